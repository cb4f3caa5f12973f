"""What holds of every sequence of events: properties 1 to 5 of pairing 8.3; the others are with what they are about."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    Broken,
    CommandEnd,
    ConfigRead,
    Kind,
    LineSeen,
    ListChannel,
    ListDevices,
    Ok,
    Pairing,
    PairingCommand,
    PairingFact,
    PairingPolicy,
    PairingRang,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Refresh,
    Reply,
    RunApprove,
    StartCache,
    StopCache,
    Unsure,
    pairing_absorb,
    pairing_alarms_of,
    pairing_ask,
    pending_view,
)
from kiloclaw_core.pairing.record import Reading
from tests.story.pairing.clockwork import NEVER, Asking, Clockwork, Timed
from tests.story.pairing.telling import KNOWING_A, LINE, SHELL, START, STOP, SUBJECT, TELEGRAM, A, D, after, refresh

APPROVE: Final = Approve(AskId("three"), SUBJECT)
SOURCES: Final = st.sampled_from((PairingPolicy(), SHELL))
WHEN: Final = st.floats(0, 300)
TAKES: Final = st.sampled_from((0.0, 0.5, 3.0, 30.0, 200.0, NEVER))
LISTED: Final[st.SearchStrategy[Ok | Broken]] = st.sampled_from((Ok((D,)), Ok(), Broken()))
COMMANDS: Final = st.sampled_from((START, STOP, refresh("one"), refresh("two", Kind.DEVICES), APPROVE, LINE))


class Outside:
    """An outside that takes as long, and shows what, each draw says."""

    def __init__(self, draws: list[tuple[float, Ok | Broken, CommandEnd]]) -> None:
        """Begin with the first draw."""
        self.draws, self.place = draws, 0

    def __call__(self, effect: Asking, _now: float) -> Timed:
        """What this is answered, and when."""
        takes, listed, end = self.draws[self.place % len(self.draws)]
        self.place += 1
        match effect:
            case ReadConfig():
                return 0.0, ConfigRead((TELEGRAM,))
            case ListChannel():
                return takes, Ok((A,)) if listed == Ok((D,)) else listed
            case ListDevices():
                return takes, listed
            case RunApprove():
                return takes, end


class Watched(Clockwork):
    """A cache of which each list changes only when something is committed, and has one timer of a sort."""

    def happen(self, what: PairingFact | PairingCommand) -> None:
        """It happens, and what it changes is looked at."""
        before = self.record.shelves
        super().happen(what)
        both = zip(before, self.record.shelves, strict=True)
        assert all(old.entries == new.entries or old.committed < new.committed for old, new in both)
        timers = [(one.name, one.of) for one in pairing_alarms_of(self.record)]
        assert len(set(timers)) == len(timers)


Command = StartCache | StopCache | Refresh | Approve


def outside_of(draws: list[tuple[float, Ok | Broken, CommandEnd]]) -> Outside:
    """The outside of these draws."""
    return Outside(draws)


DRAWS: Final[st.SearchStrategy[list[tuple[float, Ok | Broken, CommandEnd]]]] = st.lists(
    st.tuples(TAKES, LISTED, st.sampled_from(tuple(CommandEnd))), min_size=1, max_size=8
)
OUTSIDES: Final = DRAWS.map(outside_of)


def named(what: Command | LineSeen, number: int) -> Command | LineSeen:
    """The same, asked by somebody else."""
    match what:
        case Refresh() | Approve():
            return evolve(what, ask=AskId(f"asker {number}"))
        case StartCache() | StopCache() | LineSeen():
            return what


@given(OUTSIDES, SOURCES, st.lists(st.tuples(WHEN, COMMANDS), max_size=30))
def test_whatever_happens_one_command_runs_and_everybody_is_answered(
    outside: Outside, policy: PairingPolicy, happenings: list[tuple[float, Command | LineSeen]]
) -> None:
    """Property 1: S1, S2, S3, S8, and L5: whoever was granted an answer has it in time, and once."""
    cache = Watched(outside, Pairing(policy=policy))
    for number, (moment, what) in enumerate(happenings):
        cache.at(moment, named(what, number))
    stopped = min((moment for moment, what in happenings if isinstance(what, StopCache)), default=NEVER)
    cache.run(1_000)
    assert cache.most_alive <= 1
    assert [moment for moment in cache.begun if moment > stopped] == []
    waiting = [ask for shelf in cache.record.shelves for ask in (*shelf.wanted, *shelf.waiting)]
    assert waiting + [ask for one in cache.record.approvals for ask in one.askers] == []


@given(st.lists(st.tuples(st.floats(0, 60), st.booleans(), st.integers(0, 3)), min_size=1, max_size=10))
def test_the_newest_reading_that_worked_is_on_the_list(draws: list[tuple[float, bool, int]]) -> None:
    """Property 2: whatever order they are asked for and answered in."""
    shown: list[tuple[float, Ok]] = []

    def outside(effect: Asking, now: float) -> Timed:
        takes, works, number = draws[len(shown) % len(draws)]
        listed = Ok((D,) * number)
        shown.append((now, listed if works else Ok()))
        return takes, listed if works else Broken()

    cache = Clockwork(outside)
    for number, (moment, _, _) in enumerate(draws):
        cache.at(moment, Refresh(AskId(f"{number}"), Kind.DEVICES))
    cache.run(10_000)
    worked = [Ok((D,) * number) for place, (_, works, number) in enumerate(order(draws, len(shown))) if works]
    assert cache.record.devices.entries == (worked[-1].entries if worked else ())


def order(draws: list[tuple[float, bool, int]], readings: int) -> list[tuple[float, bool, int]]:
    """The draws in the order in which readings had them."""
    return [draws[place % len(draws)] for place in range(readings)]


STEPS: Final = st.sampled_from(("listed", "gone", "broken", "line", "ask", "ring"))


@given(st.lists(STEPS, max_size=8), st.lists(STEPS, max_size=8), st.booleans())
def test_an_approval_that_worked_is_never_denied(before: list[str], later: list[str], stops: bool) -> None:  # noqa: FBT001
    """Property 3: approved or in doubt, once, whatever happens before it and after; and off the list at once."""
    record = after(KNOWING_A, APPROVE).record
    (command,) = owed(record)
    exit_ = PairingReplied(command, CommandEnd.SUCCEEDED)
    told: list[Reply] = []
    for step in (*before, *(["stop"] if stops else []), "exit", *later):
        transition = pairing_absorb(record, exit_) if step == "exit" else stepped(record, step, command)
        told += [one for one in transition.effects if isinstance(one, Reply) and one.ask == APPROVE.ask]
        record = transition.record
        if step == "exit":
            assert record.channels.entries == ()
    assert [isinstance(one.answer, Approved | Unsure) for one in told] == [True]


def owed(record: Pairing) -> tuple[OpId, ...]:
    """The op of the command that runs."""
    return () if record.command is None else (record.command.op,)


def stepped(record: Pairing, step: str, command: OpId) -> PairingTransition:
    """One more thing happens, if it can; nothing of it is about the command."""
    if step == "stop":
        return pairing_ask(record, STOP).unwrap()
    if step == "line":
        return pairing_absorb(record, LINE)
    if step == "ask":
        return pairing_ask(record, refresh(f"asker {record.ops}")).value_or(PairingTransition(record))
    if step == "ring":
        rings = [PairingRang(one.name, one.of) for one in pairing_alarms_of(record)]
        return pairing_absorb(record, rings[0]) if rings else PairingTransition(record)
    answers: dict[str, Ok | Broken] = {"listed": Ok((A,)), "gone": Ok(), "broken": Broken()}
    return read(record, answers[step])


def read(record: Pairing, listed: Ok | Broken) -> PairingTransition:
    """Whatever is being read of channels is answered, if anything is: the configuration as it is, a list by this."""
    phase = record.channels.phase
    if not isinstance(phase, Reading) or phase.op is None:
        return PairingTransition(record)
    is_config = phase.op == phase.began
    return pairing_absorb(record, PairingReplied(phase.op, ConfigRead((TELEGRAM,)) if is_config else listed))


@given(st.lists(st.floats(0, 60), min_size=1, max_size=200), st.booleans())
def test_a_flood_of_lines_is_one_reading_every_two_seconds(moments: list[float], wedged: bool) -> None:  # noqa: FBT001
    """Property 4: at whatever rate; and where a source is wedged, one reading is under way."""
    cache = Clockwork(
        lambda effect, _now: (NEVER if wedged else 0.0, ConfigRead() if isinstance(effect, ReadConfig) else Ok())
    )
    for moment in moments:
        cache.at(moment, LINE)
    cache.run(100)
    assert len(cache.begun) <= (2 if wedged else 2 * min(len(moments), 1 + 60 / 2))


def test_a_hundred_thousand_lines_are_a_reading_every_two_seconds() -> None:
    """A minute of them."""
    cache = Clockwork(lambda effect, _now: (0.0, ConfigRead() if isinstance(effect, ReadConfig) else Ok()))
    for number in range(100_000):
        cache.at(number * 0.0006, LINE)
    cache.run(100)
    assert len(cache.begun) <= 2 * (1 + 60 / 2)


@given(OUTSIDES, st.lists(st.tuples(WHEN, st.sampled_from((refresh("one"), LINE))), max_size=10))
def test_once_reading_works_what_is_pending_is_listed_within_its_time(
    outside: Outside, happenings: list[tuple[float, Refresh | LineSeen]]
) -> None:
    """Property 5: two minutes, five where it is backing off, and the time of a reading."""
    broken_until = 400.0
    draws = [(min(takes, 200.0), listed, end) for takes, listed, end in outside.draws]
    before = Outside(draws)

    def healing(effect: Asking, now: float) -> Timed:
        if now < broken_until:
            return before(effect, now)
        shown = ConfigRead((TELEGRAM,)) if isinstance(effect, ReadConfig) else Ok((A,))
        return 0.0, Ok((D,)) if isinstance(effect, ListDevices) else shown

    cache = Clockwork(healing)
    cache.at(0, START)
    for number, (moment, what) in enumerate(happenings):
        cache.at(moment, named(what, number))
    cache.run(broken_until + 200 + 300 + 1)
    assert pending_view(cache.record, Kind.CHANNELS, 0).requests == (A,)
    assert pending_view(cache.record, Kind.DEVICES, 0).requests == (D,)
