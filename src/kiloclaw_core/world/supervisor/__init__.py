"""The supervisor as it is explored: with children that are stubborn, stuck, or cannot be started."""

from __future__ import annotations

__all__: list[str] = []
