"""What one attempt of a story knows: its tries, what it has learnt, and what it may not do a second time."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from kiloclaw_core.instance import NOW, Instance
from kiloclaw_core.names import OpId
from kiloclaw_core.stories import (
    Attempt,
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Spent,
    Starting,
    Stopping,
)


def new_attempt(instance: Instance) -> Attempt:
    """An attempt with every try before it."""
    return Attempt(tries=instance.policy.tries)


def new_start(instance: Instance, reason: str = "crash_recovery", since: int = NOW) -> Instance:
    """The instance beginning to start."""
    story = Starting(instance.ops, new_attempt(instance), reason, since)
    return evolve(instance, story=story, ops=OpId(instance.ops + 1))


def learnt(instance: Instance, change: Callable[[Attempt], Attempt]) -> Instance:
    """The instance whose attempt has learnt something, if its story makes attempts."""
    match instance.story:
        case Provisioning() | Starting() | Restarting() | Relocating() | Restoring() as story:
            return evolve(instance, story=evolve(story, attempt=change(story.attempt)))
        case Idle() | Stopping():
            return instance


def attempt_of(instance: Instance) -> Attempt | None:
    """The attempt under way, if the story makes attempts."""
    match instance.story:
        case Provisioning() | Starting() | Restarting() | Relocating() | Restoring() as story:
            return story.attempt
        case Idle() | Stopping():
            return None


def has_spent(instance: Instance, what: Spent) -> bool:
    """Whether the attempt under way has used this up."""
    attempt = attempt_of(instance)
    return attempt is not None and what in attempt.spent


def spend(attempt: Attempt, what: Spent) -> Attempt:
    """The attempt once it has used this up."""
    kinds = sorted({*attempt.spent, what}, key=lambda one: one.value)
    return evolve(attempt, spent=tuple(kinds))


def regain(attempt: Attempt, what: Spent) -> Attempt:
    """The attempt once it may do this again."""
    return evolve(attempt, spent=tuple(one for one in attempt.spent if one is not what))
