"""What wants to be paired in a simulated machine, and how old the controller is that is asked about it."""

from __future__ import annotations

from enum import Enum

from attrs import define, field

from kiloclaw_core.pairing import (
    Kind,
    PendingRequest,
    Subject,
    kind_of,
)
from kiloclaw_core.pairing.requests import subject_of


class Age(Enum):
    """How old a controller is, by what it answers where it has no route."""

    CURRENT = "current"
    CODED = "coded"
    """It says with a code that it has no such route."""
    UNCODED = "uncoded"
    """A 404, and nothing more."""
    DENYING = "denying"
    """It takes every route that it does not know for one that a token would open."""


@define
class Pending:
    """What is pending in one machine, and how old its controller is."""

    age: Age = Age.CURRENT
    requests: dict[Kind, tuple[PendingRequest, ...]] = field(factory=dict)
    approved: list[PendingRequest] = field(factory=list)

    def of(self, kind: Kind) -> tuple[PendingRequest, ...]:
        """What is pending of this kind."""
        return self.requests.get(kind, ())

    def approve(self, subject: Subject) -> bool:
        """Approve it, if it is pending."""
        kind = kind_of(subject)
        found = next((one for one in self.of(kind) if subject_of(one) == subject), None)
        if found is None:
            return False
        self.requests[kind] = tuple(one for one in self.of(kind) if one is not found)
        self.approved.append(found)
        return True
