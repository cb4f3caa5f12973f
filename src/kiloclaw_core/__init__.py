"""The pure core: what a record becomes and what is asked of the outside, decided without doing any of it.

It leaves clocks, networks, files and chance to `kiloclaw_adapters`.
"""

from __future__ import annotations

__all__: tuple[str, ...] = ()
