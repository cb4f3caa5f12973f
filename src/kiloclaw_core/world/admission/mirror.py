"""Two callers exchanged, with all that is named after them: their users, attempts and instances.

Whatever happens to one may happen to the other, and everybody's budget is one; so a search need follow but one of two
states that are mirror images of each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.explore import Label, Mirror, Renumbering
from kiloclaw_core.instance import AuditNote
from kiloclaw_core.names import AttemptId, SandboxId, UserId
from kiloclaw_core.registry.admit import BORN
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.record import Registry
from kiloclaw_core.world.admission.instances import Instances
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.setting import AdmissionConfiguration, AdmissionGhost, Caller

TWO: Final = 2
EXCHANGED: Final = {0: 1, 1: 0, 2: 3, 3: 2}
"""Where each name finds the other one's: in pairs."""


def mirror_of(configuration: AdmissionConfiguration) -> Mirror | None:
    """The exchange of the two callers of a configuration that says it has one.

    Raises a `ValueError` where there are not two who want an instance of their own.
    """
    if not configuration.mirrored:
        return None
    callers = tuple(one for one in configuration.callers if isinstance(one.request, Request))
    if configuration.old or len(callers) != TWO or callers != configuration.callers:
        raise ValueError(f"{configuration.name} has no mirror: only two who want an instance each can be exchanged")
    one, other = callers
    return Mirror(((one.name, other.name),), Exchange.of(one, other).image)


@frozen
class Exchange:
    """The names that are exchanged: each attempt with the one in its place, and how a value is renamed."""

    attempts: Mapping[str, str]
    renaming: Renumbering

    @classmethod
    def of(cls, one: Caller, other: Caller) -> Exchange:
        """The exchange of these two; what they share, the user perhaps, stays as it is."""
        mine, theirs = one.request, other.request
        assert isinstance(mine, Request), f"{one} makes no attempt"
        assert isinstance(theirs, Request), f"{other} makes no attempt"
        attempts = (mine.attempt, theirs.attempt, *(AttemptId(f"{BORN}{one.instance}") for one in (mine, theirs)))
        labels: dict[object, Label] = {
            UserId: _among(mine.user, theirs.user),
            AttemptId: _among(*attempts),
            SandboxId: _among(mine.instance, theirs.instance),
        }
        exchanged = {str(name): str(attempts[EXCHANGED[place]]) for place, name in enumerate(attempts)}
        return cls(exchanged, Renumbering(labels))

    def image(self, value: Hashable) -> Hashable:
        """A part or a slot under these names, what is kept by name in its new order."""
        renamed = self.renaming.renumber(value, EXCHANGED)
        if isinstance(renamed, Registry):
            return self._registry(renamed)
        if isinstance(renamed, Rows):
            return evolve(renamed, closed=tuple(sorted(renamed.closed, key=lambda one: one.user)))
        if isinstance(renamed, Instances):
            return Instances(tuple(sorted(renamed.instances, key=lambda one: one.instance)))
        if isinstance(renamed, AdmissionGhost):
            admitted, ended = tuple(sorted(renamed.admitted)), tuple(sorted(renamed.ended))
            return AdmissionGhost(admitted, ended, tuple(sorted(renamed.doomed)))
        return renamed

    def _registry(self, registry: Registry) -> Registry:
        """A registry in the order in which it keeps what it has; what operators did names the other attempt."""
        kept = sorted(registry.reservations, key=lambda one: (one.fence, one.user, one.attempt))
        return evolve(
            registry,
            reservations=tuple(kept),
            routes=tuple(sorted(registry.routes, key=lambda one: one.instance)),
            slots=tuple(sorted(registry.slots, key=lambda one: one.user)),
            audit=tuple(self._noted(note) for note in registry.audit),
        )

    def _noted(self, note: AuditNote) -> AuditNote:
        return evolve(note, did=" ".join(self.attempts.get(word, word) for word in note.did.split(" ")))


def _among(*names: str) -> Label:
    """The place of a name among these, and the name at a place; any other stays."""
    return Label(partial(_place, names), names.__getitem__)


def _place(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) if name in names else None
