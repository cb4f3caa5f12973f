"""Many walks that are spread: each has lots of its own, so that shards may be walked anywhere, and come to one result.

What walk number 17 draws depends on the seed, on its configuration and on 17, and on no other walk. So the shards of a
plan, merged, say exactly what one process would have said. Lots are drawn with `random.Random.random` alone, which
draws the same in every version of Python.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from attrs import evolve, frozen

from kiloclaw_adapters.explorer.fingerprint import fingerprint
from kiloclaw_adapters.explorer.raised import raised
from kiloclaw_adapters.explorer.raising import Met, shortest_met
from kiloclaw_adapters.explorer.run import configuration_called
from kiloclaw_adapters.explorer.shortening import shortened
from kiloclaw_adapters.explorer.walking import Draw, Walk, Walks
from kiloclaw_adapters.explorer.worlds import ALL, AnyConfiguration, opened, suite_of
from kiloclaw_core.explore import Kind, Verdict, When
from kiloclaw_core.explore.compiled import Arrow
from kiloclaw_core.world.setting import Suite

MILDNESS: Final = (0.3, 0.6, 0.8, 0.9)
"""How often a walk passes over all that is not calm, each as likely: trouble early, or late and seldom."""
SHYNESS: Final = 0.5
"""How likely a walk is to shy away from one sort of trouble throughout."""
TOLD_EVERY: Final = 50
"""How many walks there are between two words of how far it is."""

WatchWalks: TypeAlias = Callable[[str, int, int, int], None]
"""Whoever is told of a configuration how many walks are done, of how many, and how many steps those took."""


class ShardError(ValueError):
    """What is said of shards does not fit together; the message says what."""


@frozen
class Shard:
    """One part of many: the walks whose numbers leave this part's place over."""

    number: int = 1
    of: int = 1

    @classmethod
    def read(cls, text: str) -> Shard:
        """The shard that is written as `2/8`, the second of eight; raises `ShardError`."""
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of:
            raise ShardError(f"a shard is written as 2/8, the second of eight, and not as {text!r}")
        return cls(number, of)

    def numbers(self, walks: int) -> range:
        """The numbers of this shard's walks, of so many in all."""
        return range(self.number - 1, walks, self.of)


@frozen
class Plan:
    """What is walked: the configurations, how often each, how far at most, and from which seed."""

    configurations: tuple[str, ...]
    walks: int = 1_000
    length: int = 200
    seed: int = 1


@frozen
class Witness:
    """A *sometimes*, and in how many walks it was met."""

    claim: str
    walks: int


@frozen
class Finding:
    """A claim that was broken: in how many walks, and the way of the first of them, shortened.

    `round_from` is how many steps come before calm goes round, where it does.
    """

    claim: str
    walks: int
    first: int
    code: str
    trace: tuple[str, ...]
    round_from: int | None

    def walk(self) -> Walk:
        """The walk that found it."""
        choices = tuple(map(int, self.code.split("/"))) if self.code else ()
        return Walk(choices, broken=(self.claim,), round_from=self.round_from)


@frozen
class Tally:
    """What the walks through one configuration came to."""

    configuration: str
    walks: int
    steps: int
    witnessed: tuple[Witness, ...]
    broken: tuple[Finding, ...]


@frozen
class Walked:
    """What some shards of a plan came to; `core` is the fingerprint of what was walked."""

    core: str
    plan: Plan
    of: int
    shards: tuple[int, ...]
    results: tuple[Tally, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """The shards that nobody has walked yet."""
        return tuple(number for number in range(1, self.of + 1) if number not in self.shards)

    @property
    def failed(self) -> bool:
        """Whether a claim was broken."""
        return any(tally.broken for tally in self.results)


def unsearched() -> tuple[str, ...]:
    """The configurations that no change has searched whole: there is most to find."""
    return tuple(one.name for one in ALL if suite_of(one) is not Suite.CI)


# -- walking -----------------------------------------------------------------------------------------------------


def walked(plan: Plan, shard: Shard = Shard(), watch: WatchWalks | None = None) -> Walked:
    """Walk this shard of a plan; the same shard of the same plan comes to the same, wherever it is walked.

    Raises `UnknownConfigurationError` before anything is walked, and `SearchRaisedError` where the core raises
    anything.
    """
    configurations = [configuration_called(name) for name in plan.configurations]
    tallies = tuple(_tally(plan, shard, one, watch) for one in configurations)
    return Walked(fingerprint(), plan, shard.of, (shard.number,), tallies)


def _tally(plan: Plan, shard: Shard, configuration: AnyConfiguration, watch: WatchWalks | None) -> Tally:
    walks, numbers = _begun(configuration), shard.numbers(plan.walks)
    seen, broken, first, steps = Counter[str](), Counter[str](), dict[str, tuple[int, Walk]](), 0
    for done, number in enumerate(numbers, start=1):
        draw = lots(plan.seed, configuration.name, number)
        walk = _walk(walks, configuration, draw, plan.length)
        steps += len(walk.choices)
        seen.update(walk.seen)
        broken.update(walk.broken)
        for claim in walk.broken:
            first.setdefault(claim, (number, evolve(walk, broken=(claim,))))
        if watch is not None and (done % TOLD_EVERY == 0 or done == len(numbers)):
            watch(configuration.name, done, len(numbers), steps)
    witnesses = [claim for claim, kind in walks.kinds().items() if kind is Kind.SOMETIMES]
    return Tally(
        configuration.name,
        len(numbers),
        steps,
        tuple(Witness(claim, seen[claim]) for claim in witnesses),
        tuple(_finding(walks, walk, number, broken[claim]) for claim, (number, walk) in sorted(first.items())),
    )


def _begun(configuration: AnyConfiguration) -> Walks:
    """Whoever walks through a configuration; raises `SearchRaisedError` where it does not begin."""
    try:
        return opened(configuration).walker()
    except Exception as error:
        raise raised(configuration, Met(None, error)) from error


def _walk(walks: Walks, configuration: AnyConfiguration, draw: Draw, length: int) -> Walk:
    """One walk, and home; raises `SearchRaisedError` where the core raises anything, with a shortened way to it."""
    try:
        return walks.homeward(walks.walk(draw, length), draw)
    except Exception as error:
        raise raised(configuration, shortest_met(walks, walks.so_far, error)) from error


def _finding(walks: Walks, walk: Walk, number: int, times: int) -> Finding:
    """The walk that broke a claim, shortened, and followed again by the rules before anybody hears of it."""
    short = evolve(shortened(walks, walk), broken=walk.broken)
    trace = walks.verdict(short).trace
    assert trace is not None, f"{short.code} broke {walk.broken[0]!r} without a trace"
    return Finding(walk.broken[0], times, number, trace.code, trace.labels, short.round_from)


def lots(seed: int, configuration: str, number: int) -> Draw:
    """Whoever draws for one walk: its own chance, how mild it is, and what it shies away from.

    Half of all that is not calm, by the first word of what it says, is passed over throughout a walk while anything
    else may happen: what comes seldom is met where what always comes first is left out.
    """
    chance = random.Random(f"{seed}/{configuration}/{number}").random  # noqa: S311 (nothing here is a secret)
    mildness = MILDNESS[int(chance() * len(MILDNESS))]
    shy: dict[str, bool] = {}

    def is_bold(arrow: Arrow) -> bool:
        word = arrow[0].move.action.label.partition(" ")[0]
        if word not in shy:
            shy[word] = chance() < SHYNESS
        return not shy[word]

    def draw(arrows: Sequence[Arrow]) -> int:
        calm = [index for index, arrow in enumerate(arrows) if arrow[0].when is not When.FREE]
        if calm and chance() < mildness:
            return calm[int(chance() * len(calm))]
        bold = [index for index, arrow in enumerate(arrows) if arrow[0].when is When.FREE and is_bold(arrow)]
        among = bold or calm or range(len(arrows))
        return among[int(chance() * len(among))]

    return draw


def verdict_of(tally: Tally, finding: Finding) -> Verdict:
    """What was broken, followed again on the core as it is here; raises `ReplayError` or `AstrayError`."""
    return opened(configuration_called(tally.configuration)).walker().verdict(finding.walk())


# -- merging -----------------------------------------------------------------------------------------------------


def merged(parts: Sequence[Walked]) -> Walked:
    """What all these shards came to together.

    Raises `ShardError` where they are not shards of one plan, or one of them is there twice, or there is none.
    """
    if not parts:
        raise ShardError("nothing to merge")
    first = parts[0]
    for other in parts[1:]:
        for what, one, another in (
            ("core", first.core, other.core),
            ("configurations", ", ".join(first.plan.configurations), ", ".join(other.plan.configurations)),
            ("number of walks", first.plan.walks, other.plan.walks),
            ("length of walks", first.plan.length, other.plan.length),
            ("seed", first.plan.seed, other.plan.seed),
            ("number of shards", first.of, other.of),
            ("witnesses", _witnesses(first), _witnesses(other)),
        ):
            if one != another:
                raise ShardError(f"not the same {what}: {one} and {another}")
    shards = sorted(number for part in parts for number in part.shards)
    twice = [number for number, times in Counter(shards).items() if times > 1]
    if twice:
        raise ShardError(f"shard {twice[0]}/{first.of} is there twice")
    together = zip(*(part.results for part in parts), strict=True)
    return evolve(first, shards=tuple(shards), results=tuple(_together(tallies) for tallies in together))


def _witnesses(walked: Walked) -> list[tuple[str, ...]]:
    return [tuple(one.claim for one in result.witnessed) for result in walked.results]


def _together(tallies: Sequence[Tally]) -> Tally:
    """The tallies of one configuration as one."""
    found = [finding for tally in tallies for finding in tally.broken]
    return Tally(
        tallies[0].configuration,
        sum(tally.walks for tally in tallies),
        sum(tally.steps for tally in tallies),
        tuple(
            Witness(same[0].claim, sum(one.walks for one in same))
            for same in zip(*(tally.witnessed for tally in tallies), strict=True)
        ),
        tuple(
            _earliest([one for one in found if one.claim == claim]) for claim in sorted({one.claim for one in found})
        ),
    )


def _earliest(found: Sequence[Finding]) -> Finding:
    """The finding of the first walk of all, with the number of all."""
    return evolve(min(found, key=lambda one: one.first), walks=sum(one.walks for one in found))
