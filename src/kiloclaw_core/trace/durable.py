"""A record as a trace has it, in full: what rules look at beyond the words that claims know.

Steering keys are those that say what happens next: the status, and every id that the record holds (trace-format.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from kiloclaw_core.trace.reading import Node

STATUS: Final = "status"
MACHINES: Final = ("machine_id", "pending_destroy_machine_id")
VOLUMES: Final = (
    "volume_id",
    "pending_destroy_volume_id",
    "pending_recovery_volume_id",
    "previous_volume_id",
    "retained_volume_id",
    "pending_restore_volume_id",
)
STEERING: Final = (STATUS, *MACHINES, *VOLUMES)
WHOSE: Final = ("user_id", "sandbox_id", "app", "region", "desired")
MARKS: Final[Mapping[str, str]] = {
    "starting": "starting_at",
    "restarting": "restarting_at",
    "recovering": "recovery_started_at",
    "restoring": "restore_started_at",
}
"""Where a record says since when it has a status that must end."""
START_ERROR: Final = "last_start_error"
CLEANING: Final = "pending_registry_cleanup"
SIZE: Final = "machine_size"


@frozen
class Size:
    """What a machine has of processors and memory."""

    cpus: int | None
    memory_mb: int | None
    cpu_kind: str | None


@frozen
class Durable:
    """What one commit left: texts by their keys, since when its status holds, and what it is still to do.

    `keys` are all that are not null; `others` are the machines and volumes that it names beside its own keys.
    """

    texts: Mapping[str, str]
    marks: Mapping[str, int]
    keys: frozenset[str]
    size: Size | None = None
    others: frozenset[str] = frozenset()

    def text(self, key: str) -> str | None:
        """What stands under this key."""
        return self.texts.get(key)

    @property
    def status(self) -> str | None:
        """What it says of itself."""
        return self.texts.get(STATUS)

    @property
    def is_wiped(self) -> bool:
        """Whether nothing is left but what the registry must still hear."""
        return self.keys <= {CLEANING}

    @property
    def names(self) -> frozenset[str]:
        """Every machine and volume that it names."""
        return frozenset(self.texts[key] for key in (*MACHINES, *VOLUMES) if key in self.texts) | self.others

    @property
    def leaving(self) -> frozenset[str]:
        """The machines it names only to be rid of."""
        machine = self.texts.get("pending_destroy_machine_id")
        named = self.others if machine is None else self.others | {machine}
        return named - {self.texts.get("machine_id", "")}


NOTHING: Final = Durable({}, {}, frozenset())
"""What is left when nothing is left."""


def durable(node: Node | None) -> Durable:
    """The record under this node. Raises MalformedTraceError."""
    if node is None:
        return NOTHING
    texts = {key: text for key in (*STEERING, *WHOSE) if (text := node.text_or_none(key)) is not None}
    marks = {key: mark for key in MARKS.values() if (mark := node.number_or_none(key)) is not None}
    kept = frozenset(key for key, value in node.keys.items() if value is not None)
    others = frozenset((*node.texts("other_machine_ids"), *node.texts("other_volume_ids")))
    return Durable(texts, marks, kept, size_of(node.node_or_none(SIZE)), others)


def size_of(node: Node | None) -> Size | None:
    """The size under this node. Raises MalformedTraceError."""
    if node is None:
        return None
    return Size(node.number_or_none("cpus"), node.number_or_none("memory_mb"), node.text_or_none("cpu_kind"))
