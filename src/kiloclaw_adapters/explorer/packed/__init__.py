"""The explorer that follows thousands of states at once, where numpy is installed (the extra `fast`)."""

from kiloclaw_adapters.explorer.packed.search import explore_packed

__all__ = ("explore_packed",)
