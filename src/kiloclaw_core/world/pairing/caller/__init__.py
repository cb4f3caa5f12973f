"""A caller as it is explored: before a controller of any age, with what may go astray between them."""

from __future__ import annotations

__all__: list[str] = []
