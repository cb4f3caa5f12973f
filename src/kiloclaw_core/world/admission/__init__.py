"""Admission as it is explored: callers, an owner's registry, rows, instances reduced to what matters, and doubt."""

from __future__ import annotations

__all__: list[str] = []
