"""The rules of a lifecycle, in English: what each says, what to do instead, and on which evidence it is judged.

`docs/reference/rules.md` is made from this table. Rules that the explorer claims as well are judged by those claims
where a trace tells no truth.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_core.rules.asked import TELLING_WORDS
from kiloclaw_core.rules.evidence import ConclusiveEvidence
from kiloclaw_core.rules.finding import Fold
from kiloclaw_core.rules.holdings import LOST_WORDS, LastCopy, NoSilentEmptyVolume, NoUntrackedResource, SingleMachine
from kiloclaw_core.rules.outcomes import COMPLETE, FAILED_WORDS, NO_MACHINE, STARTED, TruthfulOutcome
from kiloclaw_core.rules.patience import BoundedRetry, NoLockout
from kiloclaw_core.rules.records import AlarmArmed, BoundedTransition, DestroyedStaysDestroyed, StatusTruth
from kiloclaw_core.rules.shapes import Identity, RegionMatch, SizeUnchanged
from kiloclaw_core.rules.stops import UNASKED, IdBeforeWait, IntentBeforeEffect, StopIntent
from kiloclaw_core.rules.writes import StaleWrite


class Need(Enum):
    """What a trace must tell before a rule can be judged."""

    TRUTH = "truth"
    REQUESTS = "requests"
    REST = "rest"
    SIGNED = "signed"
    DATA = "data"
    SIZE = "size"
    REGION = "region"


NEEDS: Final = {
    Need.TRUTH: "`effect` and `world` lines: what really happened outside",
    Need.REQUESTS: "`call` lines: what was requested of the provider; or the truth",
    Need.REST: "a `quiesce` line: a moment at which nothing more happens by itself",
    Need.SIGNED: "`by` on `write` lines, where several commands are under way: whose commit it was; or `decided_on` "
    "and `became`: which version was read, and which was committed",
    Need.DATA: "`data` on volumes: what is on them",
    Need.SIZE: "`size` on machines that a request makes or changes",
    Need.REGION: "`region` on volumes that machines are to mount",
}


@frozen
class Rule:
    """A rule: what it says, what its author would do instead, and what it is judged by."""

    name: str
    sentence: str
    instead: str
    fold: Callable[[], Fold]
    needs: frozenset[Need] = frozenset()
    claims: tuple[str, ...] = ()
    judged: str = ""


def _needs(*needs: Need) -> frozenset[Need]:
    return frozenset(needs)


RULES: Final = (
    Rule(
        "single-machine",
        "There are never two machines of one sandbox, but for those on their way out.",
        "Look for the machine by its name and by its metadata before making one, and make the next only when the last "
        "is confirmed gone; a fixed name lets Fly refuse the second.",
        SingleMachine,
        _needs(Need.TRUTH),
        ("one machine at most",),
        "Broken where a create adds a machine while another is neither destroyed nor on its way out.",
    ),
    Rule(
        "no-untracked-resource",
        "At rest the record names every machine and volume there is.",
        "Write every id into the record before going on, keep it there until a delete is confirmed, and finish destroy "
        "only when two listings show nothing.",
        NoUntrackedResource,
        _needs(Need.TRUTH, Need.REST),
        ("tracked at rest", "nothing is left behind"),
        "Judged at rest: each of the sandbox's own machines and volumes is named by an id of a record that "
        "has an owner.",
    ),
    Rule(
        "destroyed-stays-destroyed",
        "Once destroy is granted, the status says so for ever, and nothing is created, changed or started.",
        "Let every task that goes on after a wait compare what it knew with the record, and give up where destroy was "
        "granted since; let no late answer write a status.",
        DestroyedStaysDestroyed,
        claims=("destroyed stays destroyed",),
        judged="Broken by a write with another status, by a write after the wipe, and by a create, start or update "
        "that is "
        "sent. A provision after the wipe begins a new life.",
    ),
    Rule(
        "last-copy",
        "The last volume with what a user wrote is not deleted unless the user asked for its end.",
        "Commit the volume that takes its place first, see it whole and its machine well, and delete the old one only "
        "then, from a list of what is to go; in doubt keep it.",
        LastCopy,
        _needs(Need.TRUTH, Need.DATA),
        ("the data is kept",),
        "Broken where a request deletes a volume whose label is on no other of the sandbox's volumes, and destroy was "
        "not granted.",
    ),
    Rule(
        "no-silent-empty-volume",
        "No empty volume takes the place of what a user wrote, unless the data is lost and that is told.",
        "Take a volume for lost only when Fly says so of the very volume that the record names now, look at the mounts "
        "of the machines there are, fork or restore rather than begin anew, and log the loss with `data_loss`.",
        NoSilentEmptyVolume,
        _needs(Need.TRUTH, Need.DATA),
        ("no silent empty disk",),
        "Broken where a machine is put on an `empty` volume, or the record rests on one, while a volume with data is "
        "still there that the record does not set aside, or while no event says `data_loss`.",
    ),
    Rule(
        "bounded-transition",
        "What starts, restarts, recovers, is restored or is destroyed comes to an end.",
        "Give every status that must end an alarm and a ceiling when it is written, and let the alarm end it "
        "whatever the "
        "provider says.",
        BoundedTransition,
        _needs(Need.REST),
        judged="Broken by such a status at rest (destroying: unless the provider still refuses), and by starting "
        "for more "
        "than 8 minutes, restarting 18, recovering 13, restoring 33.",
    ),
    Rule(
        "status-truth",
        "At rest, running means that the recorded machine is started on the recorded volume, and stopped that none is.",
        "Let what is seen be compared with what is wanted at every alarm, and let a look at the status change nothing.",
        StatusTruth,
        _needs(Need.TRUTH, Need.REST),
        ("truthful at rest",),
        "Judged at rest, for running, stopped and provisioned.",
    ),
    Rule(
        "alarm-armed",
        "What is not gone has an alarm that is still to come.",
        "Set the alarm in the same commit as the status, and let every way out of the alarm set the next.",
        AlarmArmed,
        _needs(Need.REST),
        ("an alarm is armed",),
        "Judged at rest: a record with a status, or with a clean-up to do, has an alarm that is not overdue.",
    ),
    Rule(
        "stale-write",
        "Nobody writes over what another committed since he began.",
        "Commit only if the record is still the one that was read, field by field; else read again and decide anew.",
        StaleWrite,
        _needs(Need.SIGNED),
        judged="Broken where a task changes the status or an id that another task committed after it began, or "
        "writes at all "
        "after a destroy or a wipe that came after it began. Where commits say which version they were decided on, "
        "that is what a task knew, whenever it began.",
    ),
    Rule(
        "truthful-outcome",
        "What is answered and logged is so.",
        "Answer from what was confirmed; where nobody knows, say that it is unknown, look again, and never "
        "call it failed, "
        "gone or done.",
        TruthfulOutcome,
        _needs(Need.TRUTH),
        judged="Broken by destroy said to be complete with something left, by started without a started machine, by "
        "already "
        "stopped with one up or booting, by an error for what is done, by no machine created though it was, and by a "
        "granted start that is dropped without a word.",
    ),
    Rule(
        "conclusive-evidence",
        "Nothing is destroyed, replaced or forgotten on an answer that does not prove that it may be.",
        "Believe a 404 of the very object alone, ask again after a 5xx, confirm with a get what the text of "
        "an error says, "
        "and know which machine is the old one and which the new.",
        ConclusiveEvidence,
        _needs(Need.TRUTH),
        judged="Broken by such a step after a 5xx or a failed listing, after a text that a read contradicts, after "
        "a 404 of "
        "another object, and where the machine that is replaced is taken for the one that replaces it.",
    ),
    Rule(
        "region-match",
        "A machine and its volume are in the same region.",
        "Read the region off the volume right before each create, and get rid of the old machine before moving.",
        RegionMatch,
        _needs(Need.TRUTH, Need.REGION),
        judged="Broken by a create or an update that asks for a volume of another region, and by a machine that "
        "rests on one.",
    ),
    Rule(
        "size-unchanged",
        "A machine keeps its size unless the record says another.",
        "Write the size of a machine into the record when it is first seen, and make the next of that size.",
        SizeUnchanged,
        _needs(Need.TRUTH, Need.SIZE),
        judged="Broken by a create or an update after which the machine has another size than the last one had and the "
        "record's `machine_size` has.",
    ),
    Rule(
        "identity",
        "What belongs to another is left alone, and whose a record is never changes.",
        "Compare the owner in the metadata before each change, never go by name in an app that is shared, and take no "
        "app from the environment.",
        Identity,
        _needs(Need.TRUTH),
        ("strangers are left alone",),
        "Broken by a request that changes another sandbox's machine or volume, by a create outside the "
        "recorded app, and "
        "by a record with another `sandbox_id`.",
    ),
    Rule(
        "stop-intent",
        "What was stopped stays stopped until somebody asks for a start.",
        "Write that it is to be stopped before sending the stop, and let nothing but a command change that.",
        StopIntent,
        _needs(Need.TRUTH),
        judged="Broken where a machine is started after a stop took effect, or was answered with stopped, and "
        "nobody asked "
        "for a start, restart, provision or restore since.",
    ),
    Rule(
        "bounded-retry",
        "Nothing is tried for ever at the same pace.",
        "Count the tries in the record, wait longer each time, and at a ceiling stop and say so.",
        BoundedRetry,
        _needs(Need.REQUESTS),
        judged="Broken by the same request failing ten times at a constant pace, and by three moves within an hour "
        "that no "
        "user asked for.",
    ),
    Rule(
        "no-lockout",
        "A user always finds a way in.",
        "Let a cooldown bound what timers do, never what users ask; give every busy status an end, and let destroy "
        "through always.",
        NoLockout,
        judged="Broken by two of a user's commands in a row that were refused, failed or ignored while the provider "
        "was "
        "healthy since the first. What is refused while something is under way counts only if that never ends.",
    ),
    Rule(
        "intent-before-effect",
        "What is about to be done is durable before it is done.",
        "Commit the intent, then send; after a crash or a failure go on from the intent.",
        IntentBeforeEffect,
        _needs(Need.TRUTH),
        judged="Broken where a create or a stop landed, its operation died or failed before it was recorded, "
        "nothing durable "
        "announced it, and the service then loses it or takes it for something else.",
    ),
    Rule(
        "id-before-wait",
        "The id of a new machine is durable before anybody waits for it.",
        "Commit the id in the same turn that hears it, and wait only then.",
        IdBeforeWait,
        _needs(Need.REQUESTS),
        judged="Broken by a wait for, or a health probe of, a machine that was just made, before a write names it.",
    ),
)
"""Every rule, in the order in which they are told."""

TELLING_LABELS: Final = NO_MACHINE
"""The labels of events that rules look for."""
TELLING_EVENTS: Final = (*FAILED_WORDS, *LOST_WORDS, UNASKED)
"""The parts of the names of events that rules look for."""
TELLING_ENDS: Final = (COMPLETE, *STARTED)
"""How the names of events end that rules look for."""

__all__ = ("NEEDS", "RULES", "TELLING_ENDS", "TELLING_EVENTS", "TELLING_LABELS", "TELLING_WORDS", "Need", "Rule")
