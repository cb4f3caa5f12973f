"""What a controller says that it can do: asked first, so that nobody has to guess from an error (pairing 3.5).

A list that is not in strict order, or that has a name which is none, was not written by a controller of ours.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from attrs import frozen

from kiloclaw_core.pairing.json_values import object_of, text_of
from kiloclaw_core.pairing.names import is_capability
from kiloclaw_core.pairing.requests import Kind

CHANNELS: Final = "pairing.channels"
DEVICES: Final = "pairing.devices"
OURS: Final = tuple(sorted((CHANNELS, DEVICES)))
"""What our controller says of pairing."""


@frozen
class Capabilities:
    """What the controller can do, by name."""

    names: tuple[str, ...]

    def serves(self, kind: Kind) -> bool:
        """Whether it has the routes of this list."""
        match kind:
            case Kind.CHANNELS:
                return CHANNELS in self.names
            case Kind.DEVICES:
                return DEVICES in self.names


@frozen
class NoCapabilities:
    """The reply is not one that our controller gives."""


def parse_capabilities(reply: object) -> Capabilities | NoCapabilities | None:
    """What the version reply says; None where it says nothing of it, as controllers before it do."""
    tree = object_of(reply)
    if "capabilities" not in tree:
        return None if isinstance(reply, dict) else NoCapabilities()
    listed = tree["capabilities"]
    names = [text_of(one) for one in listed] if isinstance(listed, list) else [None]
    known = tuple(name for name in names if name is not None and is_capability(name))
    ascending = all(one < other for one, other in pairwise(known))
    return Capabilities(known) if len(known) == len(names) and ascending else NoCapabilities()
