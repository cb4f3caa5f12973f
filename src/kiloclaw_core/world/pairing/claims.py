"""What is claimed of the controller's cache and its world together: S1 to S9 and the waits of pairing 6.2.

Every *always* has a *sometimes* that shows the danger was there. What only a move can show (that something began after
the stop, that a list went back) the system remembers as a slip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.pairing.answers import Approved, Fresh, NotApproved, NotDone, Refreshed, Seen, Unsure
from kiloclaw_core.pairing.record import Approving, Looking, Queued
from kiloclaw_core.world.pairing.predicates import (
    approved_is_gone,
    at_home,
    closed_is_quiet,
    every_wait_ends,
    never_asserted,
    never_denied,
    one_answer_each,
    one_command,
    one_reading,
    one_timer,
    only_our_own,
    only_valid_ids,
    slipped,
)
from kiloclaw_core.world.pairing.scene import PairingScene, Slip
from kiloclaw_core.world.pairing.witnesses import (
    answered_with,
    approved_by_itself,
    asked_behind,
    kept_old,
    late_success,
    pretends,
    read_too_early,
    reads_on_after_stop,
    seen_once,
    shared,
    spent,
    stale_and_overtaken,
    stopped_while_approving,
    stuck_for_good,
    told_between_readings,
    told_in_back_off,
    told_while_reading,
    waits_for_a_reading,
    waits_for_its_turn,
    waits_in,
)


def _always(
    name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[PairingScene], bool]
) -> Claim[PairingScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _never(slip: Slip, name: str, sentence: str) -> Claim[PairingScene]:
    return Claim(name, sentence, Kind.ALWAYS, ("bag",), slipped(slip))


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[PairingScene], bool]) -> Claim[PairingScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


SAFE: Final = (
    _always(
        "one timer of a sort",
        "Each list that rests has one periodic and one debounced reading before it at most, and no other list has any.",
        ("record",),
        one_timer,
    ),
    _always(
        "a closed cache is quiet",
        "After a stop no alarm is wanted but of the command that has to end.",
        ("record",),
        closed_is_quiet,
    ),
    _never(Slip.BEGUN_AFTER_STOP, "nothing begins after a stop", "After a stop no reading and no command begins."),
    _never(
        Slip.CHANGED_AFTER_STOP,
        "no list changes after a stop",
        "After a stop a list changes by nothing but an approval that succeeds.",
    ),
    _never(Slip.WENT_BACK, "no list goes back", "What a list shows is never replaced by what was read before it."),
    _never(Slip.EMPTIED, "a failure takes nothing away", "What stands where nothing could be read stays on the list."),
    _never(
        Slip.FRESHENED,
        "nothing unread is called fresh",
        "A list is called up to date only where the last reading of it showed all of it, and was kept.",
    ),
    _never(
        Slip.MISTOLD,
        "a list is told as it stands",
        "Whoever waited for a list is told of it what the list then says of itself.",
    ),
    _never(
        Slip.FORGOT, "no line is forgotten", "A line that tells of pairing leads to a reading that begins after it."
    ),
    _always(
        "success is never denied",
        "Of all who asked for what a command approved, somebody is told so, or that it is in doubt.",
        ("record", "outside", "asked", "bag"),
        never_denied,
    ),
    _never(
        Slip.DENIED,
        "doubt is never denied",
        "Whose command ran is told that nothing was approved only if the command said so itself.",
    ),
    _always(
        "success is never asserted",
        "Nobody is told that it is approved unless it is.",
        ("outside", "asked", "bag"),
        never_asserted,
    ),
    _always("one answer each", "Nobody is answered twice.", ("asked", "bag"), one_answer_each),
    _never(Slip.HASTY, "nothing is approved at first sight", "What is approved by itself was shown by two readings."),
    _always("one command at a time", "At most one process is alive.", ("bag",), one_command),
    _always("one reading at a time", "At most one step of each list is under way.", ("bag",), one_reading),
    _always(
        "only valid ids",
        "Nothing stands on a command line but what has matched its whole pattern.",
        ("bag",),
        only_valid_ids,
    ),
    _always(
        "the approved is gone",
        "No list shows a request once somebody was told that it is approved.",
        ("record", "asked", "bag"),
        approved_is_gone,
    ),
    _always(
        "only our own",
        "Nothing is approved by itself but what the gateway's own device asked for.",
        ("outside", "asked"),
        only_our_own,
    ),
    _always(
        "every wait ends",
        "Whoever waits, waits for something, and beside the very alarm that ends that wait.",
        ("record", "asked", "bag"),
        every_wait_ends,
    ),
)

WITNESSES: Final = (
    _sometimes("a command runs after the stop", ("record",), stopped_while_approving),
    _sometimes("a reading ends after the stop", ("record", "bag"), reads_on_after_stop),
    _sometimes("a line comes between two readings", ("record",), told_between_readings),
    _sometimes("somebody waits for a reading", ("record",), waits_for_a_reading),
    _sometimes("somebody waits for a turn", ("record",), waits_in(Queued)),
    _sometimes("somebody waits for a command", ("record",), waits_in(Approving)),
    _sometimes("somebody waits for a look", ("record",), waits_in(Looking)),
    _sometimes("two ask for one approval", ("record",), shared),
    _sometimes("a reading began before an approval", ("record",), read_too_early),
    _sometimes("a stale list is read too early", ("record",), stale_and_overtaken),
    _sometimes("somebody asks behind a reading", ("record",), asked_behind),
    _sometimes("a line comes while warming up", ("record",), told_while_reading),
    _sometimes("a line comes while backing off", ("record",), told_in_back_off),
    _sometimes("old entries are kept", ("record",), kept_old),
    _sometimes("a command waits for its turn", ("record", "bag"), waits_for_its_turn),
    _sometimes("a command outlives its killing", ("record",), stuck_for_good),
    _sometimes("a command in doubt has approved", ("record", "outside", "bag"), late_success),
    _sometimes("an approval is approved", ("bag",), answered_with(Approved())),
    _sometimes("an approval is refused", ("bag",), answered_with(*(NotApproved(why) for why in NotDone))),
    _sometimes("a look shows it is still there", ("bag",), answered_with(Unsure(Seen.LISTED))),
    _sometimes("a look shows it is gone", ("bag",), answered_with(Unsure(Seen.ABSENT))),
    _sometimes("a look shows nothing", ("bag",), answered_with(Unsure(Seen.UNREAD))),
    _sometimes("a list is fresh", ("bag",), answered_with(Refreshed(Fresh.FRESH))),
    _sometimes("a list is stale", ("bag",), answered_with(Refreshed(Fresh.STALE))),
    _sometimes("a list is partly stale", ("bag",), answered_with(Refreshed(Fresh.PARTLY))),
    _sometimes("our own was seen once", ("record",), seen_once),
    _sometimes("somebody pretends", ("record",), pretends),
    _sometimes("a try too many is not made", ("record",), spent),
    _sometimes("our own is approved by itself", ("outside", "asked"), approved_by_itself),
)

HOMEWARD: Final = Claim(
    "the lists are true",
    "Whatever happened, everybody is answered, and each list comes to be as things are.",
    Kind.LEADS_HOME,
    ("record", "outside", "asked", "bag"),
    at_home,
)
PAIRING_CLAIMS: Final[tuple[Claim[PairingScene], ...]] = (*SAFE, *WITNESSES, HOMEWARD)
