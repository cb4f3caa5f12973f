"""An executable, pure model of the outside: Fly, the directory, the network, and everything joined with the core."""

from __future__ import annotations

__all__: tuple[str, ...] = ()
