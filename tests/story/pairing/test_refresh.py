"""Reading a list anew: step by step, one reading at a time, and nothing lost by what cannot be read."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    AskId,
    Break,
    Broken,
    ChannelName,
    CommandEnd,
    ConfigRead,
    Fresh,
    Kind,
    ListChannel,
    ListDevices,
    Missing,
    Pairing,
    PairingAlarm,
    PairingAlarmName,
    PairingOutcome,
    PairingRang,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Refreshed,
    Reply,
    Source,
    pairing_absorb,
    pairing_alarms_of,
    pairing_decide,
)
from kiloclaw_core.pairing.record import Idle, Life, Moments, Reading, Shelf
from kiloclaw_core.pairing.refresh import DEVICES, part_of
from tests.story.pairing.telling import (
    BROKEN,
    CONFIG,
    KNOWING_A,
    LINE,
    SHELL,
    SLACK,
    START,
    TELEGRAM,
    A,
    B,
    D,
    Ring,
    after,
    alarms,
    approve,
    listing,
    refresh,
    replies,
    sent,
    with_policy,
)

Name = PairingAlarmName
FRESH, STALE, PARTLY = Refreshed(Fresh.FRESH), Refreshed(Fresh.STALE), Refreshed(Fresh.PARTLY)
FIRST = ("failures", "1")
BOTH = ConfigRead((TELEGRAM, SLACK))
READ = Shelf(Kind.CHANNELS, Idle(OpId(1)), committed=OpId(1), stale=False)
"""A shelf after the first reading, which showed all there is."""


def reply(asker: str, answer: Refreshed) -> Reply:
    """Somebody is told how his list was read."""
    return Reply(AskId(asker), answer)


def told(name: str, kind: str, more: tuple[str, str], because: str) -> Note:
    """The log is told of a reading that did not go as it should, and why."""
    return Note(name, (("kind", kind), more, ("because", because)))


def test_a_list_of_channels_is_read_step_by_step() -> None:
    """The configuration says which channels there are; each is read; then it is committed."""
    reading = after(Pairing(), refresh())
    assert reading == PairingTransition(
        evolve(
            Pairing(),
            ops=OpId(2),
            channels=Shelf(Kind.CHANNELS, Reading(OpId(1), OpId(1)), waiting=(AskId("one"),)),
        ),
        (ReadConfig(OpId(1)),),
    )
    listed = after(reading.record, BOTH)
    assert listed.effects == (ListChannel(OpId(2), TELEGRAM, Source.FILES, 45.0, 5.0),)
    second = after(listed.record, listing(A))
    assert second.effects == (ListChannel(OpId(3), SLACK, Source.FILES, 45.0, 5.0),)
    assert after(second.record, listing(B)) == PairingTransition(
        evolve(Pairing(), ops=OpId(4), channels=evolve(READ, entries=(A, B))),
        (reply("one", FRESH),),
    )


def test_a_list_of_devices_is_read_in_one_step() -> None:
    """There is one file."""
    reading = after(Pairing(), refresh("one", Kind.DEVICES))
    assert reading.effects == (ListDevices(OpId(2), Source.FILES, 45.0, 5.0),)
    assert after(reading.record, listing(D)) == PairingTransition(
        evolve(Pairing(), ops=OpId(3), devices=evolve(READ, kind=Kind.DEVICES, entries=(D,))),
        (reply("one", FRESH),),
    )


def test_no_channels_and_no_file_are_facts_and_no_failures() -> None:
    """What is not there has nothing pending (S6)."""
    nothing = after(KNOWING_A, refresh(), ConfigRead())
    assert (nothing.record.channels.entries, nothing.effects) == ((), (reply("one", FRESH),))
    missing = after(KNOWING_A, refresh(), CONFIG, Missing())
    assert (missing.record.channels.entries, missing.effects) == ((), (reply("one", FRESH),))


def test_what_cannot_be_read_keeps_what_was_known() -> None:
    """It is told as stale, in words that hold no secret."""
    failed = after(KNOWING_A, refresh(), CONFIG, BROKEN)
    assert failed == PairingTransition(
        evolve(
            KNOWING_A,
            ops=failed.record.ops,
            channels=evolve(KNOWING_A.channels, phase=failed.record.channels.phase, failures=1, stale=True),
        ),
        (reply("one", STALE),),
        (told("pairing.refresh_failed", "channels", FIRST, "telegram: it could not be read"),),
    )


@pytest.mark.parametrize("outcome", [BROKEN, CommandEnd.FAILED, Missing(), listing(A)])
def test_a_configuration_that_cannot_be_read_is_a_failure(outcome: PairingOutcome) -> None:
    """Whatever else is answered in its place."""
    failed = after(KNOWING_A, refresh(), outcome)
    assert (failed.record.channels.entries, failed.record.channels.failures) == ((A,), 1)
    why = "configuration: it could not be read"
    assert failed.notes == (told("pairing.refresh_failed", "channels", FIRST, why),)


def test_why_a_configuration_or_the_devices_could_not_be_read_is_told() -> None:
    """Whoever reads the log should not have to go and see; what is in the files it never says."""
    configuration = after(Pairing(), refresh(), Broken(Break.NOT_JSON)).notes
    devices = after(Pairing(), refresh(kind=Kind.DEVICES), Broken(Break.NO_COMMAND)).notes
    assert (configuration, devices) == (
        (told("pairing.refresh_failed", "channels", FIRST, "configuration: it is not one JSON value"),),
        (told("pairing.refresh_failed", "devices", FIRST, "devices: the command could not be started"),),
    )


@pytest.mark.parametrize("outcome", [ConfigRead(), CommandEnd.SUCCEEDED])
def test_an_answer_to_another_question_is_no_list(outcome: PairingOutcome) -> None:
    """It would be our own performer's mistake, and it takes nothing away."""
    failed = after(KNOWING_A, refresh(), CONFIG, outcome)
    assert (failed.record.channels.entries, failed.record.channels.failures) == ((A,), 1)
    first = after(KNOWING_A, refresh(), BOTH, outcome).record.channels.phase
    assert first == Reading(OpId(3), OpId(5), (SLACK,), ((TELEGRAM, Broken(Break.UNREADABLE)),))


def test_one_channel_that_fails_keeps_its_own_entries_and_no_others() -> None:
    """The others are read; it is told as partly fresh."""
    knowing = after(Pairing(), refresh("zero"), BOTH, listing(A), listing(B)).record
    partly = after(knowing, refresh(), BOTH, Broken(Break.FAILED), Missing())
    assert (partly.record.channels.entries, partly.record.channels.stale) == ((A,), True)
    assert partly.record.channels.failures == 0
    assert partly.effects == (reply("one", PARTLY),)
    assert partly.notes == (
        told("pairing.refresh_partial", "channels", ("kept", "telegram"), "telegram: the command failed"),
    )
    three = ConfigRead((TELEGRAM, SLACK, ChannelName("discord")))
    (note,) = after(Pairing(), refresh(), three, BROKEN, listing(B), Broken(Break.CUT_SHORT)).notes
    why = "telegram: it could not be read; discord: the command was killed, or said too much"
    assert note == told("pairing.refresh_partial", "channels", ("kept", "telegram, discord"), why)


def test_a_reading_that_is_thrown_away_makes_no_list_fresh() -> None:
    """An approval came in between: Slack is as it was before it could not be read, though all was read now."""
    knowing = after(Pairing(), refresh("zero"), BOTH, listing(A), listing(B)).record
    partly = after(knowing, refresh("one"), BOTH, listing(A), BROKEN).record
    approved = after(partly, refresh("two"), BOTH, approve("three"), CommandEnd.SUCCEEDED).record
    ended = after(approved, listing(), listing())
    assert reply("two", STALE) in ended.effects
    assert (ended.record.channels.entries, ended.record.channels.stale) == ((B,), True)
    read = after(ended.record, BOTH, listing(), listing()).record
    assert (read.channels.entries, read.channels.stale) == ((), False)


def test_whoever_asks_while_a_list_is_read_is_answered_by_the_next_reading() -> None:
    """What he asks about may have come after it began (PW3)."""
    behind = after(Pairing(), refresh("one"), CONFIG, refresh("two"), refresh("three"))
    assert behind.effects == ()
    ended = after(behind.record, listing())
    assert ended.effects == (reply("one", FRESH), ReadConfig(OpId(3)))
    assert replies(after(ended.record, CONFIG, listing(A))) == [reply("two", FRESH), reply("three", FRESH)]


def test_who_asks_twice_is_answered_once() -> None:
    """Waiting, and wanting."""
    waiting = after(Pairing(), refresh("one"))
    assert after(waiting.record, refresh("one")) == PairingTransition(waiting.record)
    behind = after(waiting.record, refresh("two"))
    assert after(behind.record, refresh("two")) == PairingTransition(behind.record)


def test_a_reading_that_takes_too_long_keeps_nobody_waiting_and_is_the_only_one() -> None:
    """Those who asked are told, those who ask are told at once, and what comes late is good after all."""
    late = after(KNOWING_A, refresh("one"), CONFIG, refresh("two"), Ring(Name.READ_PATIENCE))
    overdue = Reading(OpId(3), OpId(4), (TELEGRAM,), overdue=True)
    assert late == PairingTransition(
        evolve(KNOWING_A, ops=OpId(5), channels=evolve(KNOWING_A.channels, phase=overdue, again=True, stale=True)),
        (reply("one", STALE), reply("two", STALE)),
        (Note("pairing.refresh_overdue", (("kind", "channels"),)),),
    )
    assert alarms(late.record) == {}
    asked = after(late.record, refresh("three"))
    assert asked.effects == (reply("three", STALE),)
    ended = after(asked.record, listing())
    assert (ended.record.channels.entries, ended.record.channels.stale) == ((), False)
    assert sent(ended) == [ReadConfig(OpId(5))]


def test_a_reading_that_takes_too_long_is_followed_by_another_if_somebody_asks_meanwhile() -> None:
    """What they ask about may have come after it began."""
    late = after(KNOWING_A, refresh("one"), CONFIG, Ring(Name.READ_PATIENCE)).record
    assert sent(after(late, listing())) == []
    assert sent(after(late, refresh("two"), listing())) == [ReadConfig(OpId(5))]


def test_started_it_reads_both_lists_and_then_again() -> None:
    """At once, and two minutes after each has ended."""
    started = after(Pairing(), START)
    assert started.effects == (ReadConfig(OpId(1)), ListDevices(OpId(3), Source.FILES, 45.0, 5.0))
    assert after(started.record, START) == PairingTransition(started.record)
    read = after(started.record, listing(D), CONFIG, listing(A)).record
    assert alarms(read) == {Name.PERIODIC: 120.0}
    assert len(pairing_alarms_of(read)) == 2
    assert sent(after(read, Ring(Name.PERIODIC))) == [ReadConfig(OpId(5))]


def test_never_started_it_reads_when_it_is_asked_or_told() -> None:
    """Where coming up failed half-way (pairing 4.3)."""
    assert pairing_alarms_of(KNOWING_A) == ()
    told = after(KNOWING_A, LINE)
    assert (told.effects, alarms(told.record)) == ((), {Name.DEBOUNCE: 2.0})
    assert [type(one) for one in after(told.record, Ring(Name.DEBOUNCE)).effects] == [ReadConfig]


def test_lines_are_answered_by_one_reading_two_seconds_after_the_first() -> None:
    """However many come."""
    read = after(Pairing(), START, listing(), CONFIG, listing()).record
    told = after(read, LINE)
    assert alarms(told.record) == {Name.PERIODIC: 120.0, Name.DEBOUNCE: 2.0}
    assert after(told.record, LINE) == PairingTransition(told.record)
    begun = after(told.record, Ring(Name.DEBOUNCE))
    assert [type(one) for one in begun.effects] == [ReadConfig]
    assert begun.record.channels.dirty is False


def test_a_line_in_the_first_reading_is_not_lost() -> None:
    """PW11: it is seen to once that has ended."""
    warming = after(Pairing(), START, LINE).record
    assert Name.DEBOUNCE not in alarms(warming)
    assert alarms(after(warming, listing(), CONFIG, listing()).record) == {Name.PERIODIC: 120.0, Name.DEBOUNCE: 2.0}


def test_failures_are_paused_after_longer_each_time_and_one_success_lifts_them() -> None:
    """30, 60, 120, 240, 300, 300; a forced reading that works lifts them as well (PW11)."""
    record = after(Pairing(), START, listing(), BROKEN).record
    pauses = [alarms(record)[Name.BACK_OFF]]
    for _ in range(5):
        record = after(record, Ring(Name.BACK_OFF), BROKEN).record
        pauses.append(alarms(record)[Name.BACK_OFF])
    assert pauses == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]
    assert alarms(after(record, LINE).record) == {Name.BACK_OFF: 300.0, Name.PERIODIC: 120.0, Name.DEBOUNCE: 2.0}
    forced = after(record, refresh(), CONFIG, listing(A)).record
    assert (forced.channels.failures, alarms(forced)) == (0, {Name.PERIODIC: 120.0})


def test_never_started_a_failure_is_repeated_until_it_is_none() -> None:
    """A line may have asked for what failed, and every pause ends in another reading (PW11; pairing 6.2, L2)."""
    failed = after(Pairing(), refresh(), BROKEN).record
    assert alarms(failed) == {Name.BACK_OFF: 30.0}
    assert alarms(after(failed, LINE).record) == {Name.BACK_OFF: 30.0, Name.DEBOUNCE: 2.0}
    assert alarms(after(failed, Ring(Name.BACK_OFF), CONFIG, listing(A)).record) == {}


def test_on_the_command_line_lists_are_read_one_after_the_other() -> None:
    """One command at a time, whatever it lists."""
    shell = with_policy(SHELL)
    started = after(shell, START)
    assert started.effects == (ReadConfig(OpId(1)), ListDevices(OpId(3), Source.COMMAND_LINE, 45.0, 5.0))
    waiting = pairing_absorb(started.record, PairingReplied(OpId(1), BOTH))
    assert waiting.effects == ()
    first = pairing_absorb(waiting.record, PairingReplied(OpId(3), listing(D)))
    assert first.effects == (ListChannel(OpId(4), TELEGRAM, Source.COMMAND_LINE, 45.0, 5.0),)
    second = pairing_absorb(first.record, PairingReplied(OpId(4), listing(A)))
    assert second.effects == (ListChannel(OpId(5), SLACK, Source.COMMAND_LINE, 45.0, 5.0),)
    read = pairing_absorb(second.record, PairingReplied(OpId(5), Missing()))
    assert (read.record.channels.entries, read.record.devices.entries, read.record.command) == ((A,), (D,), None)
    assert alarms(waiting.record) == {Name.READ_PATIENCE: 52.0, Name.COMMAND_PATIENCE: 52.0}


def test_an_intent_that_nobody_looked_at_rings_at_once() -> None:
    """A decision alone sends nothing."""
    wanted = pairing_decide(Pairing(), refresh()).unwrap()
    assert pairing_alarms_of(wanted) == (PairingAlarm(Name.INTENT, OpId(1), 0.0),)
    begun = after(Pairing(), refresh())
    assert pairing_absorb(wanted, PairingRang(Name.INTENT, OpId(1))) == begun
    assert pairing_absorb(wanted, Woken()) == begun


def test_what_nobody_waits_for_changes_nothing() -> None:
    """An answer to no op, and a ring of no alarm."""
    for fact in (PairingReplied(OpId(99), listing(A)), PairingRang(Name.PERIODIC, OpId(99))):
        assert pairing_absorb(KNOWING_A, fact) == PairingTransition(KNOWING_A)


def test_people_are_told_when_it_was_tried_and_when_that_went_well() -> None:
    """In milliseconds of whoever told us; no decision reads them."""
    reading = after(Pairing(), refresh("one", Kind.DEVICES)).record
    read = pairing_absorb(reading, PairingReplied(OpId(2), listing(D), at=1_000)).record
    assert read.devices.moments == Moments(1_000, 1_000, 1_000)
    again = after(read, refresh("two", Kind.DEVICES)).record
    failed = pairing_absorb(again, PairingReplied(OpId(4), BROKEN, at=2_000)).record
    assert failed.devices.moments == Moments(2_000, 1_000, 1_000)
    assert evolve(failed.devices, moments=Moments()) == failed.devices


def test_a_list_of_channels_went_well_when_all_of_it_was_read() -> None:
    """A part that could be read is committed; a configuration that could not be was tried."""
    read = pairing_absorb(after(Pairing(), refresh()).record, PairingReplied(OpId(1), ConfigRead(), at=1_000)).record
    assert read.channels.moments == Moments(1_000, 1_000, 1_000)
    failed = pairing_absorb(after(read, refresh()).record, PairingReplied(OpId(2), BROKEN, at=2_000)).record
    assert failed.channels.moments == Moments(2_000, 1_000, 1_000)
    reading = after(failed, refresh(), BOTH, listing(A)).record
    partly = pairing_absorb(reading, PairingReplied(OpId(5), BROKEN, at=3_000)).record
    assert partly.channels.moments == Moments(3_000, 1_000, 3_000)


def test_a_fresh_cache_is_not_started() -> None:
    """It wants nothing."""
    assert (Pairing().life, pairing_alarms_of(Pairing())) == (Life.FRESH, ())


def test_a_broken_list_of_devices_shows_what_was_pending_before() -> None:
    """As a broken channel does: what is known is kept until something better is."""
    assert part_of(Shelf(Kind.DEVICES, entries=(A, D)), DEVICES, Broken()) == (D,)
