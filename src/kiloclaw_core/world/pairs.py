"""What may happen to an instance at the same time, two by two, and three by three at night.

Every pair of ten happenings is a configuration of its own, with one trouble besides: a fault or a crash. Which budget a
happening needs, and where an instance must stand for it to happen, is said once for each; a pair is their sum.
"""

from __future__ import annotations

from enum import Enum
from itertools import combinations
from typing import Final

from attrs import asdict, frozen

from kiloclaw_core.world.setting import Beginning, Budget, Configuration, Suite


class Happening(Enum):
    """What a caller, an operator, Fly or time does to an instance."""

    PROVISION = "provision"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    DESTROY = "destroy"
    RECOVER = "recover"
    RELOCATE = "relocate"
    RESTORE = "restore"
    ALARM = "alarm"
    POLL = "poll"


BUDGETS: Final = {
    Happening.PROVISION: Budget(provisions=1),
    Happening.START: Budget(starts=1),
    Happening.STOP: Budget(stops=1),
    Happening.RESTART: Budget(restarts=1),
    Happening.DESTROY: Budget(destroys=1),
    Happening.RECOVER: Budget(quits=1),
    Happening.RELOCATE: Budget(full=1),
    Happening.RESTORE: Budget(restores=1),
    Happening.ALARM: Budget(early=1),
    Happening.POLL: Budget(),
}
"""What each of them takes; a poll costs nothing."""
WITNESSES: Final = {
    Happening.RESTART: "restarting",
    Happening.RECOVER: "recovering",
    Happening.RELOCATE: "a volume moves",
    Happening.RESTORE: "restoring",
    Happening.DESTROY: "gone",
}
"""What must be seen where it happens."""
LAUNCHING: Final = frozenset({Happening.START, Happening.RESTART, Happening.RECOVER, Happening.RESTORE})
"""What has a machine made, updated or started, so that there may be no room for it."""
NEED_A_MACHINE: Final = frozenset({Happening.RESTART, Happening.RECOVER, Happening.RESTORE})
NEED_IT_UP: Final = frozenset({Happening.RECOVER, Happening.STOP, Happening.RESTORE})


def beginning_of(together: frozenset[Happening]) -> Beginning:
    """Where an instance stands, so that all of this can happen to it."""
    if Happening.PROVISION in together and not together & {*NEED_A_MACHINE, Happening.RELOCATE}:
        return Beginning.PROVISIONED
    if Happening.RELOCATE in together and not together & NEED_IT_UP:
        return Beginning.HALTED
    if Happening.START in together and not together & NEED_A_MACHINE:
        return Beginning.STOPPED
    return Beginning.RUNNING


def budget_of(together: frozenset[Happening]) -> Budget:
    """What all of this takes: a move needs somebody who launches, and what was just provisioned needs no provision."""
    spared = {Happening.PROVISION} if beginning_of(together) is Beginning.PROVISIONED else set()
    launch = () if together & LAUNCHING or Happening.RELOCATE not in together else (Budget(starts=1),)
    return added(*(BUDGETS[one] for one in together - spared), *launch)


def added(*budgets: Budget) -> Budget:
    """All of these budgets together; there is never more than one process unless one of them says so."""
    names = asdict(Budget())
    total = {name: sum(getattr(one, name) for one in budgets) for name in names if name != "processes"}
    return Budget(**total, processes=max(one.processes for one in budgets))


@frozen
class Besides:
    """What else may happen, and how a sentence says it."""

    budget: Budget
    words: str


ONE_TROUBLE: Final = Besides(Budget(troubles=1), "one fault or one crash")


def together(*happenings: Happening, besides: Besides, suite: Suite, name: str | None = None) -> Configuration:
    """These happenings as one configuration."""
    words = ", ".join(one.value for one in happenings)
    return Configuration(
        name or "-and-".join(one.value for one in happenings),
        f"{words[:1].upper()}{words[1:]}, {besides.words}.",
        added(budget_of(frozenset(happenings)), besides.budget),
        beginning=beginning_of(frozenset(happenings)),
        snapshots=int(Happening.RESTORE in happenings),
        witnesses=tuple(WITNESSES[one] for one in happenings if one in WITNESSES),
        suite=suite,
        polls=Happening.POLL in happenings,
    )


PAIRS: Final = tuple(together(*pair, besides=ONE_TROUBLE, suite=Suite.CI) for pair in combinations(Happening, 2))
"""One for each pair; CI searches them all."""

MORE: Final = Besides(Budget(faults=1, crashes=1), "a fault and a crash")
TRIPLES: Final = (
    together(Happening.START, Happening.STOP, Happening.ALARM, besides=MORE, suite=Suite.NIGHTLY),
    together(Happening.STOP, Happening.RECOVER, Happening.POLL, besides=MORE, suite=Suite.NIGHTLY),
    together(Happening.RECOVER, Happening.DESTROY, Happening.ALARM, besides=MORE, suite=Suite.NIGHTLY),
    together(Happening.RESTART, Happening.DESTROY, Happening.POLL, besides=MORE, suite=Suite.NIGHTLY),
    together(
        Happening.RECOVER,
        besides=Besides(Budget(crashes=2), "two crashes"),
        suite=Suite.NIGHTLY,
        name="recover-and-crash-and-crash",
    ),
    together(
        Happening.RELOCATE,
        Happening.DESTROY,
        besides=Besides(Budget(faults=2), "two faults"),
        suite=Suite.NIGHTLY,
        name="relocate-and-destroy-and-fault",
    ),
    together(Happening.RESTORE, Happening.DESTROY, Happening.ALARM, besides=MORE, suite=Suite.NIGHTLY),
    together(
        Happening.START,
        Happening.DESTROY,
        besides=Besides(Budget(crashes=2, processes=2, conflicts=1), "two interpreters and a conflict"),
        suite=Suite.NIGHTLY,
        name="two-interpreters-and-destroy",
    ),
)
"""The nights' work: three at a time, with more going wrong."""
