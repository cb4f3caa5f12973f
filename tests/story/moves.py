"""Scenarios of moves: an instance with somewhere else to go, one that stopped by itself, one that is taken back.

Each of them can be had at any step of its story, by the phase that it waits in.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.commands import Desired, Identity, Reassociate, Recover, Restart, Restore
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Transition
from kiloclaw_core.ledger import MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineState, Spec, VolumeState
from kiloclaw_core.names import CommandId, MachineId, OpId, Region, SnapshotId, VersionId, VolumeId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Changing,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Ensuring,
    Inspecting,
    Pausing,
    Phase,
    Probing,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Cause, Relocating
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.landing import Outside, land

from .machines import becomes, replaced
from .scenario import AT, EMPTY, REAL, SPEC, WHO, Scenario, asked, provision, start, stop

AMS: Final = Region("ams")
FRA: Final = Region("fra")
IAD: Final = Region("iad")
WIDE: Final = evolve(SPEC, regions=(AMS, FRA, IAD))
"""What an owner asks for whose instance has somewhere else to go."""
V3: Final = VolumeId("v3")
M7: Final = MachineId("m7")
OURS: Final = MachineHolding(M7, Role.ACTIVE, V3, VersionId("i7"), revision=1, booted=True)
"""The machine of a running instance."""
HOME: Final = VolumeHolding(V3, Role.ACTIVE, Data.BEARING, AMS, healthy=True, mark=OpId(3))
"""The volume of a running instance."""
S3: Final = SnapshotId("s-v3")
NO_ROOM: Final = Rejected(Why.CAPACITY_HOST, None, 412, "insufficient resources")
FULL: Final = Rejected(Why.CAPACITY_REGION, None, 422, "no capacity in region")
QUOTA: Final = Rejected(Why.QUOTA, None, 403, "over the allowed quota")
MISSING: Final = Rejected(Why.MISSING_VOLUME, None, 400, "volume does not exist")
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)
DENIED: Final = Rejected(Why.UNAUTHORIZED, None, 401, "unauthorized")


def until(scenario: Scenario, phase: type[Phase]) -> Scenario:
    """The scenario once it waits in this phase: until then all lands and is answered."""
    while not isinstance(scenario.instance.phase, phase):
        scenario.land()
    return scenario


def land_at(scenario: Scenario, at: int) -> Transition:
    """The oldest request on its way lands, and is answered at this moment."""
    effect, *later = scenario.sent
    scenario.sent = tuple(later)
    scenario.outside, outcome = land(scenario.outside, effect)
    return scenario.tell(Replied(effect.op, outcome, at))


def land_unheard(scenario: Scenario) -> Scenario:
    """The scenario whose oldest request has landed, and whose answer nobody will hear."""
    effect, *later = scenario.sent
    scenario.sent = tuple(later)
    scenario.outside, _ = land(scenario.outside, effect)
    return scenario


def followed(scenario: Scenario) -> tuple[Effect, ...]:
    """Everything that is on its way and what follows from it, once all has landed: what was sent, in order."""
    effects: list[Effect] = []
    while scenario.sent:
        effects.append(scenario.sent[0])
        scenario.land()
    return tuple(effects)


def ride_out(scenario: Scenario) -> Scenario:
    """The scenario once all has landed, every pause was waited out, and every delete that it waits for was repeated."""
    scenario.land_all()
    while isinstance(scenario.instance.phase, Pausing | Clearing):
        waits = isinstance(scenario.instance.phase, Pausing)
        scenario.ring(AlarmName.PAUSE if waits else AlarmName.ERRAND_RETRY)
        scenario.land_all()
    return scenario


# -- running, with somewhere else to go --------------------------------------------------------------------------


def provisioned(
    spec: Spec = WIDE, outside: Outside = EMPTY, policy: Policy = REAL, identity: Identity = WHO
) -> Scenario:
    """An instance that rests with its volume v3 in ams, and has no machine."""
    scenario = asked(provision(spec=spec, identity=identity), outside, policy)
    scenario.wake()
    scenario.land_all()
    return scenario


def wide(spec: Spec = WIDE, policy: Policy = REAL, identity: Identity = WHO) -> Scenario:
    """An instance that runs: its machine m7, its volume v3 in ams; the next op is 10."""
    scenario = provisioned(spec, policy=policy, identity=identity)
    scenario.ask(start())
    scenario.wake()
    scenario.land_all()
    return scenario


def down(spec: Spec = WIDE) -> Scenario:
    """The same, stopped by its user; the next op is 13."""
    scenario = wide(spec)
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    return scenario


def photographed(scenario: Scenario) -> Scenario:
    """The scenario with a snapshot of the volume in use as it is now."""
    held = scenario.instance.ledger.volume
    volume = None if held is None else scenario.outside.fly.volume(held.volume)
    assert volume is not None, "there is no volume in use"
    taken = disks.take_snapshot(scenario.outside.fly, volume, SnapshotId(f"s-{volume.volume}"))
    scenario.outside = evolve(scenario.outside, fly=taken)
    return scenario


def lost(scenario: Scenario, volume: VolumeId = V3) -> Scenario:
    """The scenario once this volume is no more, whatever became of it."""
    found = scenario.outside.fly.volume(volume)
    assert found is not None, f"there is no {volume}"
    scenario.outside = evolve(scenario.outside, fly=truth.without_volume(scenario.outside.fly, found))
    return scenario


def whole(scenario: Scenario) -> Scenario:
    """The scenario once Fly has moved everything into every volume."""
    for volume in scenario.outside.fly.volumes:
        scenario.outside = evolve(scenario.outside, fly=fate.becomes_whole(scenario.outside.fly, volume))
    return scenario


def unready(scenario: Scenario, volume: VolumeId, state: VolumeState = VolumeState.UNREADY) -> Scenario:
    """The scenario whose volume is in this state."""
    found = scenario.outside.fly.volume(volume)
    assert found is not None, f"there is no {volume}"
    scenario.outside = evolve(scenario.outside, fly=truth.with_volume(scenario.outside.fly, evolve(found, state=state)))
    return scenario


# -- no room -----------------------------------------------------------------------------------------------------


def displaced(refusal: Rejected = NO_ROOM) -> Scenario:
    """A first start, whose create of a machine was refused: v3 was never used. The look at it is op 9, or 10."""
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    until(scenario, CreatingMachine).answer(refusal)
    return scenario


def ousted(refusal: Rejected = NO_ROOM, phase: type[Phase] = CheckingVolume) -> Scenario:
    """A start of a machine that ran before was refused: v3 bears data. The look at it is op 19, or 20."""
    scenario = down()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Changing).answer(refusal)
    return until(scenario, phase)


# -- a recovery --------------------------------------------------------------------------------------------------

RECOVERY: Final[dict[str, type[Phase]]] = {
    "the app": Ensuring,
    "the source": CheckingVolume,
    "the old machine": Clearing,
    "the copy": CreatingVolume,
    "the new machine": CreatingMachine,
    "its boot": Awaiting,
    "its health": Probing,
}
"""What a recovery waits for, step by step."""


def suspected(scenario: Scenario) -> Scenario:
    """The machine stopped by itself, and a first look has shown it so."""
    becomes(scenario, MachineState.STOPPED)
    scenario.ring(AlarmName.STOCKTAKE)
    until(scenario, Inspecting).land()
    return scenario


def recovering(phase: type[Phase] = Ensuring, scenario: Scenario | None = None) -> Scenario:
    """The machine stopped by itself, and the instance recovers; it waits in this phase."""
    scenario = suspected(wide() if scenario is None else scenario)
    scenario.land()
    return until(scenario, phase)


def recovered(scenario: Scenario | None = None) -> Scenario:
    """An instance that recovered: its machine m18 on the copy v17, in fra; v3 is kept."""
    scenario = recovering(scenario=scenario)
    scenario.land_all()
    return scenario


V17: Final = VolumeId("v17")
M18: Final = MachineId("m18")
COPY: Final = VolumeHolding(V17, Role.CANDIDATE, Data.FRESH, FRA, parent=V3, mark=OpId(17))
"""The copy that a recovery makes of v3, before a machine is sent for on it."""
REPLACEMENT: Final = MachineHolding(M18, Role.ACTIVE, V17, VersionId("i18"), revision=1)
"""The machine that a recovery makes on it, before it was seen up."""


def telling(attempt: Attempt) -> Relocating:
    """The story of a recovery that has come so far."""
    return Relocating(OpId(13), attempt, Cause.UNEXPECTED_STOP)


def recover(name: str = "recover") -> Recover:
    """An operator's command to recover."""
    return Recover(CommandId(name), "eve", "it is down", AT)


# -- a restart ---------------------------------------------------------------------------------------------------

RESTART: Final[dict[str, type[Phase]]] = {
    "the app": Ensuring,
    "a look": Inspecting,
    "the update": Changing,
    "the boot": Awaiting,
    "its health": Probing,
}
"""What a restart waits for, step by step."""


def restart(image: str | None = None, name: str = "restart") -> Restart:
    """A user's command to restart."""
    return Restart(CommandId(name), image, at=AT)


def restarting(phase: type[Phase] = Ensuring, scenario: Scenario | None = None) -> Scenario:
    """A running instance that is restarted; it waits in this phase."""
    scenario = wide() if scenario is None else scenario
    scenario.ask(restart())
    scenario.wake()
    return until(scenario, phase)


# -- a restore, a reassociation ----------------------------------------------------------------------------------

RESTORE: Final[dict[str, type[Phase]]] = {
    "the stop": Changing,
    "being stopped": Awaiting,
    "the old machine": Clearing,
    "the volume": CreatingVolume,
}
"""What a restore waits for, step by step; a start follows."""


def restore(name: str = "restore") -> Restore:
    """An operator's command to go back to the snapshot s-v3."""
    return Restore(CommandId(name), S3, "eve", "a user asked", AT)


def restoring(phase: type[Phase] = Changing, scenario: Scenario | None = None) -> Scenario:
    """A running instance that is taken back to its snapshot s-v3; it waits in this phase."""
    scenario = photographed(wide() if scenario is None else scenario)
    scenario.ask(restore())
    scenario.wake()
    return until(scenario, phase)


def reassociate(volume: VolumeId, name: str = "reassociate") -> Reassociate:
    """An operator's command to go over to this volume."""
    return Reassociate(CommandId(name), volume, "eve", "it is the right one", AT)


V15: Final = VolumeId("v15")
"""The volume that a restore of a running instance makes of the snapshot."""


def restored() -> Scenario:
    """An instance that was taken back to a snapshot and then stopped: v15 is its volume, v3 is kept."""
    scenario = restoring()
    scenario.land_all()
    scenario.ask(stop("rest"))
    scenario.wake()
    scenario.land_all()
    assert scenario.instance.desired is Desired.STOPPED
    return scenario


def asked_back() -> Scenario:
    """Such an instance goes back to the volume it left: v3 is looked at, by op 28."""
    scenario = restored()
    scenario.ask(reassociate(V3))
    scenario.wake()
    return scenario


# -- another mount -----------------------------------------------------------------------------------------------

V_NEW: Final = VolumeId("v-new")
STRANGE: Final = VolumeHolding(V_NEW, Role.FOUND, Data.BEARING, AMS)
"""Another volume, once a look has shown that our machine mounts it."""


def unreachable(scenario: Scenario) -> Scenario:
    """The scenario whose machine is on a host that does not answer any more, and which has looked."""
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=False))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    return scenario


def remounted(scenario: Scenario, volume: VolumeId | None = V_NEW) -> Scenario:
    """The scenario whose machine mounts this volume, whoever saw to that; nothing else of it has changed."""
    return replaced(scenario, evolve(scenario.outside.fly.machines[0], volume=volume))
