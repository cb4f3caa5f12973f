"""The controller's cache of pairing requests as it is explored: the truth that it looks at, and who asks."""

from __future__ import annotations

__all__: list[str] = []
