"""The situations that the vectors of reconcile 9 begin in, and the few words in which they say what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Identity, Restart
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    Effect,
    GetMachine,
    ListSnapshots,
    ProbeHealth,
)
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import MachineHolding
from kiloclaw_core.machine import MachineState, Spec
from kiloclaw_core.names import CommandId, MachineId, Region, SnapshotId, VolumeId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.status import status_of
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.landing import Outside
from tests.story.machines import becomes
from tests.story.scenario import AT, EMPTY, REAL, SPEC, WHO, Scenario, asked, provision, start, stop

AMS: Final = Region("ams")
FRA: Final = Region("fra")
IAD: Final = Region("iad")
WIDE: Final = evolve(SPEC, regions=(AMS, FRA, IAD))
"""A spec whose owner allows three regions."""
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404, "not found")
MISSING: Final = Rejected(Why.MISSING_VOLUME, None, 400, "volume does not exist")
FULL_HOST: Final = Rejected(Why.CAPACITY_HOST, None, 412, "insufficient resources")
FULL_REGION: Final = Rejected(Why.CAPACITY_REGION, None, 400, "no capacity")
MANY: Final = 200
"""More answers and pauses than any story here takes to come to rest."""
BROKEN: Final = Rejected(Why.INVALID, None, 422, "invalid config")
"""A refusal that asking again does not change."""


# -- what came of it ---------------------------------------------------------------------------------------------


def status(scenario: Scenario) -> str | None:
    """The status that outsiders see."""
    return status_of(scenario.record)


def roles(scenario: Scenario) -> dict[str, str]:
    """What the ledger holds, and why."""
    held = scenario.instance.ledger.holdings
    return {one.machine if isinstance(one, MachineHolding) else one.volume: one.role.value for one in held}


def noted(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Which stories failed last, and why."""
    return tuple((one.failing.value, one.why.value) for one in scenario.instance.notes)


def armed(scenario: Scenario) -> dict[AlarmName, float]:
    """The alarms that are armed, with their patience."""
    return {one.name: one.patience_s for one in alarms_of(scenario.record)}


def lines(*transitions: Transition) -> list[str]:
    """The names of what was logged, in order."""
    return [note.name for one in transitions for note in one.notes]


def kinds(effects: tuple[Effect, ...]) -> list[type[Effect]]:
    """What was asked for, by kind."""
    return [type(one) for one in effects]


def there(scenario: Scenario) -> set[str]:
    """The machines and volumes that there really are."""
    fly = scenario.outside.fly
    return {*(one.machine for one in fly.machines), *(one.volume for one in fly.volumes)}


def before(instance: Instance) -> tuple[str, str]:
    """The machine and the volume in use, to compare with what comes of them."""
    return our_machine(instance).machine, our_volume(instance).volume


# -- what happens outside ----------------------------------------------------------------------------------------


def quits(scenario: Scenario) -> Scenario:
    """The scenario whose machine has stopped by itself."""
    return becomes(scenario, MachineState.STOPPED)


def vanishes(scenario: Scenario, machine: MachineId | None = None) -> Scenario:
    """The scenario whose machine somebody deleted."""
    victim = our_machine(scenario.instance).machine if machine is None else machine
    scenario.outside = evolve(scenario.outside, fly=truth.delete_machine(scenario.outside.fly, victim))
    return scenario


def loses_volume(scenario: Scenario) -> Scenario:
    """The scenario whose volume in use is lost, and its machine with it if it has one."""
    fly = scenario.outside.fly
    volume = fly.volume(our_volume(scenario.instance).volume)
    assert volume is not None, "the volume is gone already"
    holder = fly.holder(volume.volume)
    machine = None if holder is None else fly.machine(holder)
    lost = fate.lose_volume(fly, volume) if machine is None else fate.lose_host(fly, machine)
    scenario.outside = evolve(scenario.outside, fly=lost)
    return scenario


def snapshot(scenario: Scenario, name: str = "s-1") -> Scenario:
    """The scenario with a snapshot of its volume in use."""
    volume = scenario.outside.fly.volume(our_volume(scenario.instance).volume)
    assert volume is not None, "there is no volume to take a snapshot of"
    taken = disks.take_snapshot(scenario.outside.fly, volume, SnapshotId(name))
    scenario.outside = evolve(scenario.outside, fly=taken)
    return scenario


def made_whole(scenario: Scenario) -> Scenario:
    """The scenario once Fly has moved everything into every copy."""
    for volume in scenario.outside.fly.volumes:
        whole = fate.becomes_whole(scenario.outside.fly, volume)
        scenario.outside = evolve(scenario.outside, fly=whole)
    return scenario


# -- what is asked -----------------------------------------------------------------------------------------------


def restart(name: str = "restart", image: str | None = None) -> Restart:
    """A user's command to restart."""
    return Restart(CommandId(name), image, at=AT)


# -- where it begins ---------------------------------------------------------------------------------------------


def provisioned(
    spec: Spec = SPEC, outside: Outside = EMPTY, policy: Policy = REAL, identity: Identity = WHO
) -> Scenario:
    """An instance with a volume that never ran."""
    scenario = asked(provision(spec=spec, identity=identity), outside, policy)
    scenario.wake()
    scenario.land_all()
    return scenario


def begun(scenario: Scenario, name: str = "begin") -> Scenario:
    """The scenario whose user asks for a start: the first request is on its way."""
    scenario.ask(start(name))
    scenario.wake()
    return scenario


def up(spec: Spec = SPEC, outside: Outside = EMPTY, policy: Policy = REAL) -> Scenario:
    """An instance that runs."""
    scenario = begun(provisioned(spec, outside, policy))
    scenario.land_all()
    return scenario


def down(spec: Spec = SPEC, policy: Policy = REAL) -> Scenario:
    """An instance that ran and was stopped; its machine is there."""
    scenario = up(spec, EMPTY, policy)
    scenario.ask(stop("halt"))
    scenario.wake()
    scenario.land_all()
    return scenario


def restarted(scenario: Scenario, image: str | None = None) -> Scenario:
    """The scenario whose user asks for a restart: the first request is on its way."""
    scenario.ask(restart(image=image))
    scenario.wake()
    return scenario


def renewing(scenario: Scenario) -> Scenario:
    """A restart whose update is made: the machine is on its way to the new version."""
    return until(restarted(scenario), AwaitState)


def until(scenario: Scenario, kind: type[Effect]) -> Scenario:
    """The scenario once everything has landed but the first request of this kind, which is on its way."""
    for effect in on_its_way(scenario):
        if isinstance(effect, kind):
            return scenario
        scenario.land()
    raise AssertionError(f"nobody asked for {kind.__name__}")


def recovering(scenario: Scenario) -> Scenario:
    """A running instance that has just begun to recover: its machine stopped and was seen so twice."""
    quits(scenario)
    scenario.ring(AlarmName.STOCKTAKE)
    until(scenario, GetMachine).land()
    scenario.land()
    assert status(scenario) == "recovering"
    return scenario


def copying(scenario: Scenario) -> Scenario:
    """A recovery whose copy of the volume is asked for."""
    return until(recovering(scenario), CreateVolume)


def replacing(scenario: Scenario) -> Scenario:
    """A recovery whose next machine is asked for, on the copy."""
    return until(recovering(scenario), CreateMachine)


def booting(scenario: Scenario) -> Scenario:
    """A recovery whose next machine boots."""
    return until(recovering(scenario), AwaitState)


def proving(scenario: Scenario) -> Scenario:
    """A recovery whose next machine is up and asked whether it is well."""
    return until(recovering(scenario), ProbeHealth)


def recovered(scenario: Scenario) -> Scenario:
    """A recovery that has just succeeded: the snapshots of the volume it left are asked for."""
    return until(recovering(scenario), ListSnapshots)


# -- what must never come about ----------------------------------------------------------------------------------


def data_is_kept(scenario: Scenario) -> bool:
    """Whether what the user wrote last is on some volume that the ledger holds."""
    fly, held = scenario.outside.fly, roles(scenario)
    return any(one.data == fly.latest > 0 and one.volume in held for one in fly.volumes)


def runs_on_the_data(scenario: Scenario) -> bool:
    """Whether the machine in use is up, on the volume in use, and that bears what the user wrote last."""
    fly, (machine, volume) = scenario.outside.fly, before(scenario.instance)
    found, mounted = fly.machine(MachineId(machine)), fly.volume(VolumeId(volume))
    assert found is not None, "the machine in use is not there"
    assert mounted is not None, "the volume in use is not there"
    up = (found.state, found.volume) == (MachineState.STARTED, volume)
    return status(scenario) == "running" and up and mounted.data == fly.latest


# -- what happens until it rests ---------------------------------------------------------------------------------


def on_its_way(scenario: Scenario) -> Iterator[Effect]:
    """The oldest request on its way, which is then to be landed or answered, until it rests; pauses pass."""
    for _ in range(MANY):
        if scenario.sent:
            yield scenario.sent[0]
        elif AlarmName.PAUSE in armed(scenario):
            scenario.ring(AlarmName.PAUSE)
        else:
            return
    raise AssertionError(f"it goes round and round: {scenario.instance.phase}")


def told_until_rest(scenario: Scenario) -> list[str]:
    """What is logged until it has come to rest."""
    told: list[str] = []
    for _ in range(MANY):
        if not scenario.sent and AlarmName.PAUSE not in armed(scenario):
            return told
        told += lines(scenario.land() if scenario.sent else scenario.ring(AlarmName.PAUSE))
    raise AssertionError(f"it goes round and round: {scenario.instance.phase}")


def asked_until_rest(scenario: Scenario) -> list[type[Effect]]:
    """Everything that is asked for from here on until it has come to rest, by kind."""
    asked: list[type[Effect]] = []
    for effect in on_its_way(scenario):
        asked.append(type(effect))
        scenario.land()
    return asked


def settled(scenario: Scenario) -> Scenario:
    """The scenario once it has come to rest."""
    asked_until_rest(scenario)
    return scenario


def told_while(scenario: Scenario, outward: str, state: MachineState) -> list[str]:
    """What is logged while this is the status, and whoever looks at the machine finds it in this state."""
    told: list[str] = []
    for _ in range(MANY):
        if status(scenario) != outward:
            return told
        becomes(scenario, state)
        told += lines(scenario.land() if scenario.sent else scenario.ring(AlarmName.PAUSE))
    raise AssertionError(f"it stays {outward}: {scenario.instance.phase}")
