"""How often an instance moves by itself: so many copies within an hour, then it stays where it is for an hour.

Each move costs a copy, and a volume that is kept; where one does not help, the third does not either. Whoever asks
something of an instance that is about nothing lets it move again. Every copy counts that was asked for and not refused,
whatever the move was for and whatever became of it (reconcile 8.4 R13, RW35).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.instance import Instance, Moves
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.stories import Idle


def counted(instance: Instance) -> Instance:
    """The instance about to ask for one copy more, by its next op."""
    copies = 0 if instance.moves is None else instance.moves.copies
    return evolve(instance, moves=Moves(copies + 1, instance.ops))


def uncounted(instance: Instance) -> Instance:
    """The instance whose copy was refused: nothing was copied."""
    if instance.moves is None or instance.moves.copies == 1:
        return forgotten(instance)
    return evolve(instance, moves=evolve(instance.moves, copies=instance.moves.copies - 1))


def are_spent(instance: Instance) -> bool:
    """Whether another move has to wait."""
    copies = 0 if instance.moves is None else instance.moves.copies
    return copies >= instance.policy.moves_an_hour


def too_soon() -> Rejected:
    """Why an instance that moved so often stays where it is."""
    return Rejected(Why.TOO_EARLY, text="it was copied elsewhere too often within the last hour to move once more")


def asked(instance: Instance) -> Instance:
    """The instance of which something is asked: unless it is about something, its moves are forgotten."""
    return forgotten(instance) if isinstance(instance.story, Idle) else instance


def forgotten(instance: Instance) -> Instance:
    """The instance free to move again."""
    return evolve(instance, moves=None)


def alarms(instance: Instance) -> tuple[Alarm, ...]:
    """When its moves are forgotten: an hour after the latest, so that no hour sees more of them."""
    if instance.moves is None:
        return ()
    return (Alarm(AlarmName.MOVE_MEMORY, instance.moves.latest, instance.policy.move_memory_s),)
