"""How stories of admission are told in its world: what happens is named, and every claim is looked at on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import define, field, frozen

from kiloclaw_core.explore import Kind, ProductModel, When
from kiloclaw_core.explore.naive import Choice
from kiloclaw_core.explore.product import Joint
from kiloclaw_core.names import SandboxId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import Evidence, Failure, Phase, Registry, Resolution, RouteState, RowState
from kiloclaw_core.registry.asks import Reply
from kiloclaw_core.world.admission.calls import Served
from kiloclaw_core.world.admission.instances import Wanted
from kiloclaw_core.world.admission.scene import AdmissionScene
from kiloclaw_core.world.admission.setting import SMALL, AdmissionBudget, AdmissionConfiguration, Caller
from kiloclaw_core.world.admission.system import AdmissionSystem

PLENTY: Final = AdmissionBudget(
    again=3, destroys=3, releases=3, faults=3, deaths=3, crashes=3, takeovers=3, outages=3, early=9, refusals=3
)
"""Whatever a story tells may happen."""


@frozen
class Ending:
    """How an attempt and what it made stand: the whole of what matters to anybody."""

    phase: Phase
    evidence: Evidence
    failure: Failure | None
    resolution: Resolution | None
    probes: int
    route: RouteState | None
    row: RowState
    wanted: Wanted
    there: bool


@define
class Tale:
    """A story in the world of admission: each step is chosen by the words it begins with."""

    callers: tuple[Caller, ...]
    old: bool = False
    tries: int = 0
    unheard: bool = False
    policy: Policy = SMALL
    system: AdmissionSystem = field(init=False)
    model: ProductModel[AdmissionScene] = field(init=False)
    state: Joint = field(init=False)

    def __attrs_post_init__(self) -> None:
        told = AdmissionConfiguration(
            "a story",
            "As it is told.",
            self.callers,
            PLENTY,
            tries=self.tries,
            policy=self.policy,
            old=self.old,
            unheard=self.unheard,
        )
        self.system = AdmissionSystem(told)
        self.model = ProductModel(self.system)
        self.state = self.model.initial()

    @property
    def scene(self) -> AdmissionScene:
        """The moment that the story has come to."""
        return self.system.scene(self.state)

    @property
    def registry(self) -> Registry:
        """The registry as it is now."""
        return self.scene.registry

    def happens(self, *steps: str) -> Tale:
        """These things happen, one after the other; each is the one choice that begins with these words."""
        for step in steps:
            self._take(step, [one for one in self.model.actions(self.state) if str(one).startswith(step)])
        return self

    def calms(self) -> Tale:
        """Nothing else goes wrong: whatever goes on by itself goes on, until nothing does; and all is at home."""
        while True:
            calm = [one for one in self.model.actions(self.state) if one.move.when is not When.FREE]
            if not calm:
                break
            self._take("calm", calm[:1])
        home = [claim for claim in self.system.claims if claim.kind is Kind.LEADS_HOME]
        assert [claim.name for claim in home if not claim.holds(self.scene)] == []
        return self

    def choices(self) -> tuple[str, ...]:
        """What may happen now, for whoever tells a story."""
        return tuple(str(one) for one in self.model.actions(self.state))

    def may(self, step: str) -> bool:
        """Whether something that begins with these words may happen now."""
        return any(one.startswith(step) for one in self.choices())

    def _take(self, step: str, found: Iterable[Choice]) -> None:
        candidates = list(found)
        assert candidates, f"{step!r} cannot happen; there are {self.choices()}"
        self.state = self.model.next(self.state, candidates[0])
        always = [claim for claim in self.system.claims if claim.kind is Kind.ALWAYS]
        assert [claim.name for claim in always if not claim.holds(self.scene)] == [], f"after {candidates[0]}"

    # -- what is told ------------------------------------------------------------------------------------------------

    def reply(self, name: str) -> Reply | None:
        """What this caller was told; None where nobody was."""
        call = next(call for caller, call in self.scene.calls if caller.name == name)
        return call.reply if isinstance(call, Served) else None

    def ending(self, name: str) -> Ending | None:
        """How the attempt of this name stands; None where it was never let in."""
        known = next((one for one in self.registry.reservations if one.attempt == name), None)
        if known is None:
            return None
        route = self.registry.route(known.instance)
        attempted = self.scene.attempted(known)
        return Ending(
            known.phase,
            known.evidence,
            known.failure,
            known.resolution,
            known.probes,
            None if route is None else route.state,
            self.scene.rows.state(known.instance),
            attempted.wanted,
            attempted.there,
        )

    def row(self, instance: SandboxId) -> RowState:
        """What the row of this instance says."""
        return self.scene.rows.state(instance)
