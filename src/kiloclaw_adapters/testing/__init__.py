"""What tests of this library, and of others' changes to it, are made with.

Here is what needs nothing beside the library. `profiles` and `races` need the extra `testing`: they say how hard
hypothesis tries, and hold the suites that others point at changes and ports of their own.
"""

from __future__ import annotations

from kiloclaw_adapters.overriding import overridden
from kiloclaw_adapters.testing.changes import Change, ChangeError, Replacing, changed, read_change

__all__ = ("Change", "ChangeError", "Replacing", "changed", "overridden", "read_change")
