"""How far the controller has come up, and what it may serve: listening first, degraded rather than gone.

`Booting -> Ready`, or `Degraded`. It listens before anything else; what fails before its routes exist leaves the health
routes alone, what fails later leaves the cache unstarted and everything else at work (pairing 4.3). A shutdown is
looked at after every stage, so that nothing is started under a server that closes (pairing PW21).
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, frozen


class Stage(Enum):
    """What is done in order while the controller comes up; the words are those that a health route shows."""

    CRITICAL = "critical bootstrap"
    ROUTES = "runtime configuration"
    BOOTSTRAP = "bootstrap"
    GATEWAY = "gateway start"

    @property
    def following(self) -> Stage | None:
        """The stage after this one; None after the last."""
        stages = tuple(Stage)
        place = stages.index(self) + 1
        return stages[place] if place < len(stages) else None


@frozen
class Booting:
    """This stage is under way."""

    stage: Stage = Stage.CRITICAL


@frozen
class Ready:
    """Everything has come up."""


@frozen
class Degraded:
    """This stage failed, and what came before it works."""

    stage: Stage


@frozen
class Standing:
    """How far it has come, and whether it is on its way down."""

    phase: Booting | Ready | Degraded = Booting()
    ending: bool = False


def stage_ended(standing: Standing, stage: Stage, *, well: bool) -> Standing:
    """A stage has ended; only the one under way counts, and none follows once it is on its way down."""
    if standing.phase != Booting(stage) or standing.ending:
        return standing
    if not well:
        return evolve(standing, phase=Degraded(stage))
    following = stage.following
    return evolve(standing, phase=Ready() if following is None else Booting(following))


def ended(standing: Standing) -> Standing:
    """It is on its way down: no further stage begins."""
    return evolve(standing, ending=True)


def next_stage(standing: Standing) -> Stage | None:
    """The stage that is to be done now; None where none is."""
    match standing.phase:
        case Booting(stage=stage) if not standing.ending:
            return stage
        case Booting() | Ready() | Degraded():
            return None


def serves_routes(standing: Standing) -> bool:
    """Whether the routes behind the bearer exist: before that, all but health is answered 503."""
    match standing.phase:
        case Booting(stage=stage) | Degraded(stage=stage):
            return stage not in {Stage.CRITICAL, Stage.ROUTES}
        case Ready():
            return True


def starts_cache(standing: Standing) -> bool:
    """Whether the cache is started: when everything has come up, and not before; nobody waits for what it reads."""
    return standing.phase == Ready() and not standing.ending


def health_words(standing: Standing) -> tuple[tuple[str, str], ...]:
    """What the health routes show beside `status`: a state, and a general word for the stage it is in or failed in."""
    match standing.phase:
        case Booting(stage=Stage.GATEWAY):
            return (("state", "starting"),)
        case Booting(stage=stage):
            return (("state", "bootstrapping"), ("phase", stage.value))
        case Degraded(stage=stage):
            return (("state", "degraded"), ("error", f"Startup failed during {stage.value}"))
        case Ready():
            return (("state", "ready"),)
