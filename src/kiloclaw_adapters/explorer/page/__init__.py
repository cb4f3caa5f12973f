"""A search as one page to look at: what is embedded in it, how it is packed, and the page itself.

`near` cuts a neighbourhood out of a system, `sights` says what is shown of a state, `graph` packs both, and `writing`
makes the page, which needs no Python. Its markup, its looks and its behaviour are the three files beside them.
"""

from __future__ import annotations

__all__ = ()
