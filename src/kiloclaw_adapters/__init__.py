"""The thin outside: stores, clients, the interpreter and the command line, which carry out what the core decides.

No lifecycle decision is made here; those belong to `kiloclaw_core`.
"""

from __future__ import annotations

__all__: tuple[str, ...] = ()
