"""Walks by rules that have names: what a failing one prints is a story that can be read, and run again as it stands.

Each rule is one thing that may happen to an instance; all but one are drawn only where they may. `which` says which
one, where there are several of its sort, counted round. In the end calm leads home from wherever it came to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from kiloclaw_adapters.explorer.walking import Walk, Walker, mildest
from kiloclaw_adapters.testing.races.walks import assert_holds
from kiloclaw_core.explore import When
from kiloclaw_core.explore.compiled import Arrow
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.scene import Scene
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

WHICH: Final = st.integers(0, 3)
FEW: Final = (HealthCheck.filter_too_much,)
"""What hypothesis need not complain of: in many a state only two or three of the rules may be drawn."""
SEVERAL: Final = frozenset({"fail"})
"""The rules of the system that do several things, which the first word of what they do tells apart."""


def sort_of(walker: Walker[Scene], arrow: Arrow) -> str:
    """What sort of thing this is: the rule of the system that does it, and the first word of what it does."""
    rules, known = walker.product.rules, arrow[0]
    name = rules[known.rule].step.__name__
    return f"{name} {known.move.action.label.split()[0].rstrip(':')}" if name in SEVERAL else name


def may(*sorts: str) -> Callable[[InstanceByName], bool]:
    """Whether any of these sorts of things may happen now."""
    return lambda machine: any(sort in machine.offered for sort in sorts)


class InstanceByName(RuleBasedStateMachine):
    """An instance, its callers, its process, the network and Fly, in a configuration.

    Whoever wants another configuration makes one with `by_name`.
    """

    configuration: ClassVar[Configuration] = configuration_named("start-destroy-deep")
    walker: ClassVar[Walker[Scene] | None] = None

    def __init__(self) -> None:
        """Begin where the configuration begins."""
        super().__init__()
        kind = type(self)
        if kind.walker is None:
            kind.walker = Walker(System(kind.configuration))
        self.walks: Walker[Scene] = kind.walker
        self.state = self.walks.begin()
        self.choices: list[int] = []
        self.offer()

    # -- callers ---------------------------------------------------------------------------------------------

    @precondition(may("start"))
    @rule()
    def somebody_starts_it(self) -> None:
        """A caller asks for it to run."""
        self.happen("start")

    @precondition(may("stop"))
    @rule()
    def somebody_stops_it(self) -> None:
        """A caller asks for it to rest."""
        self.happen("stop")

    @precondition(may("restart", "resize"))
    @rule(which=WHICH)
    def somebody_restarts_it(self, which: int) -> None:
        """A caller asks for a new machine, of another size perhaps."""
        self.happen("restart", "resize", which=which)

    @precondition(may("destroy"))
    @rule()
    def somebody_destroys_it(self) -> None:
        """A caller asks for it to be gone."""
        self.happen("destroy")

    @precondition(may("provision"))
    @rule()
    def somebody_provisions_it_again(self) -> None:
        """A caller asks for what is there already."""
        self.happen("provision")

    @precondition(may("recover", "restore", "clean_up", "reassociate"))
    @rule(which=WHICH)
    def an_operator_steps_in(self, which: int) -> None:
        """A recovery, a restore, a clean-up, or another volume."""
        self.happen("recover", "restore", "clean_up", "reassociate", which=which)

    @precondition(may("poll"))
    @rule()
    def somebody_polls(self) -> None:
        """A caller looks."""
        self.happen("poll")

    # -- what goes on by itself ------------------------------------------------------------------------------

    @rule(which=WHICH)
    def it_goes_on(self, which: int) -> None:
        """Whatever goes on by itself, if anything does: so that a story that leaves things out gets somewhere too."""
        if self.calm:
            self.take(self.calm[which % len(self.calm)])

    @precondition(may("wake"))
    @rule()
    def it_wakes(self) -> None:
        """The process hears of what was asked."""
        self.happen("wake")

    @precondition(may("land_request"))
    @rule(which=WHICH)
    def a_request_lands(self, which: int) -> None:
        """Fly does what it was asked; whoever asked has not heard of it yet."""
        self.happen("land_request", which=which)

    @precondition(may("hear"))
    @rule(which=WHICH)
    def an_answer_is_delivered(self, which: int) -> None:
        """The process hears what came of a request."""
        self.happen("hear", which=which)

    @precondition(may("go_on"))
    @rule(which=WHICH)
    def fly_goes_on(self, which: int) -> None:
        """A machine boots or stops, a volume becomes whole."""
        self.happen("go_on", which=which)

    @precondition(may("ring"))
    @rule(which=WHICH)
    def an_alarm_rings(self, which: int) -> None:
        """Because nothing else can happen."""
        self.happen("ring", which=which)

    # -- what goes wrong -------------------------------------------------------------------------------------

    @precondition(may("fail time"))
    @rule(which=WHICH)
    def an_answer_is_lost(self, which: int) -> None:
        """The request may have landed, or may yet land."""
        self.happen("fail time", which=which)

    @precondition(may("fail refuse", "fail no"))
    @rule(which=WHICH)
    def a_request_is_refused(self, which: int) -> None:
        """Out of the blue, or because there is no room."""
        self.happen("fail refuse", "fail no", which=which)

    @precondition(may("fail stall", "fail overstay"))
    @rule(which=WHICH)
    def a_request_is_held_up(self, which: int) -> None:
        """It leaves late, or outlives its settle."""
        self.happen("fail stall", "fail overstay", which=which)

    @precondition(may("fail blind", "fail lagging", "fail poll"))
    @rule(which=WHICH)
    def a_look_does_not_show_what_is_there(self, which: int) -> None:
        """A list or a view lags behind."""
        self.happen("fail blind", "fail lagging", "fail poll", which=which)

    @precondition(may("conflict"))
    @rule(which=WHICH)
    def a_commit_meets_another(self, which: int) -> None:
        """Two write the record at once."""
        self.happen("conflict", which=which)

    @precondition(may("ring_early"))
    @rule(which=WHICH)
    def an_alarm_rings_early(self, which: int) -> None:
        """Before its time."""
        self.happen("ring_early", which=which)

    @precondition(may("stop_by_itself", "start_by_itself"))
    @rule(which=WHICH)
    def a_machine_does_what_nobody_asked(self, which: int) -> None:
        """It stops, or it starts."""
        self.happen("stop_by_itself", "start_by_itself", which=which)

    @precondition(may("migrate", "lose", "fall_silent"))
    @rule(which=WHICH)
    def a_host_goes_away(self, which: int) -> None:
        """Fly moves what was on it, or loses it, or it does not answer."""
        self.happen("migrate", "lose", "fall_silent", which=which)

    @precondition(may("answer_again"))
    @rule(which=WHICH)
    def a_host_answers_again(self, which: int) -> None:
        """As if nothing had been."""
        self.happen("answer_again", which=which)

    @precondition(may("crash"))
    @rule()
    def the_process_crashes(self) -> None:
        """Every answer under way is lost; the record is not."""
        self.happen("crash")

    @precondition(may("take_over"))
    @rule()
    def another_process_takes_over(self) -> None:
        """While the first one still lives."""
        self.happen("take_over")

    def teardown(self) -> None:
        """Once nothing else goes wrong, everything comes to rest."""
        assert_holds(self.configuration, self.walks.homeward(Walk(tuple(self.choices)), mildest))

    # -- how ------------------------------------------------------------------------------------------------

    def offer(self) -> None:
        """Sort what may happen now."""
        arrows = self.walks.offered(self.state)
        self.calm = [index for index, arrow in enumerate(arrows) if arrow[0].when is not When.FREE]
        self.offered: dict[str, list[int]] = {}
        for index, arrow in enumerate(arrows):
            self.offered.setdefault(sort_of(self.walks, arrow), []).append(index)

    def happen(self, *sorts: str, which: int = 0) -> None:
        """One thing of these sorts happens."""
        found = [index for sort in sorts for index in self.offered.get(sort, [])]
        self.take(found[which % len(found)])

    def take(self, choice: int) -> None:
        """What this choice lets happen happens; every *always* holds afterwards."""
        self.choices.append(choice)
        _, self.state = self.walks.offered(self.state)[choice]
        assert_holds(self.configuration, Walk(tuple(self.choices), broken=self.walks.broken_in(self.state)))
        self.offer()


def by_name(configuration: Configuration) -> type[InstanceByName]:
    """The same rules in another configuration; what it remembers is its own."""
    return type("InstanceByName", (InstanceByName,), {"configuration": configuration, "walker": None})
