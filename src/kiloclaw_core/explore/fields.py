"""Some fields of a part, for rules that go by these alone: what they hold, and the part where they hold other."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic

from attrs import define, field, fields

from kiloclaw_core.explore.components import Values
from kiloclaw_core.explore.model import SceneT


@define(eq=False)
class Fields(Generic[SceneT]):
    """Some fields of the attrs values of one part: an int for what they hold, and the value where they hold other."""

    place: int
    values: Values[SceneT]
    names: tuple[str, ...]
    contents: list[tuple[Hashable, ...]] = field(factory=list)
    _ids: dict[tuple[Hashable, ...], int] = field(factory=dict)
    _held: dict[int, int] = field(factory=dict)
    _patched: dict[tuple[int, int], int] = field(factory=dict)

    def held(self, part: int) -> int:
        """The int of what the fields hold in a value."""
        known = self._held.get(part)
        if known is None:
            known = self._held[part] = self.content_of(self.values.values[part])
        return known

    def content_of(self, value: Hashable) -> int:
        """The int of what the fields hold in a value that need not be known."""
        content = tuple(getattr(value, name) for name in self.names)
        known = self._ids.setdefault(content, len(self.contents))
        if known == len(self.contents):
            self.contents.append(content)
        return known

    def patched(self, part: int, content: int) -> int:
        """The value whose fields hold this instead."""
        known = self._patched.get((part, content))
        if known is None:
            value = self.values.values[part]
            owner: type = type(value)
            make: Callable[..., Hashable] = owner
            kept = {one.alias or one.name: getattr(value, one.name) for one in fields(owner) if one.init}
            changed = dict(zip(self.names, self.contents[content], strict=True))
            known = self._patched[part, content] = self.values.intern(make(**kept | changed))
        return known
