"""What claims are made of: sentences that a scene makes true or false, each by itself."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.phases import Gone, Running, Stopped
from kiloclaw_core.world.scene import Scene

REST: Final = (Stopped, Running, Gone)


UP: Final = frozenset({"started", "starting", "created"})


LEAVING: Final = frozenset({"destroying", "destroyed"})


def one_machine_at_most(scene: Scene) -> bool:
    """No two machines that are not on their way out (I1)."""
    leaving = frozenset() if scene.record is None else scene.record.leaving_machine_ids
    return sum(one.id not in leaving and one.state not in LEAVING for one in scene.machines) <= 1


def nothing_left_behind(scene: Scene) -> bool:
    """A record that says nothing is left is right, and nothing can still arrive (I2)."""
    if scene.record is not None or not scene.destroy_granted:
        return True
    return not scene.machines and not scene.volumes and not scene.pending


def destroyed_stays_destroyed(scene: Scene) -> bool:
    """Once destroy is granted, the status says so for ever, and nothing is created, changed or started (I3)."""
    if not scene.destroy_granted:
        return True
    says_so = scene.record is None or scene.record.status == "destroying"
    return says_so and not scene.issued_after_destroy


def data_is_kept(scene: Scene) -> bool:
    """While nobody asked for its end, what the user wrote is on some volume (I4)."""
    nothing = scene.written == 0 or not scene.left
    return scene.destroy_granted or nothing or any(one.data == "d1" for one in scene.volumes)


def no_silent_empty_disk(scene: Scene) -> bool:
    """No machine ran on an empty volume once the user had written to another, while nobody asked for its end (I4)."""
    return scene.destroy_granted or scene.written <= 1


def tracked_at_rest(scene: Scene) -> bool:
    """At rest the record names every machine and volume there is (I2)."""
    if not scene.resting or scene.record is None:
        return True
    machines, volumes = scene.record.machine_ids, scene.record.volume_ids
    return all(one.id in machines for one in scene.machines) and all(one.id in volumes for one in scene.volumes)


def alarm_armed(scene: Scene) -> bool:
    """An instance that is not gone has an alarm, unless errands or requests are under way that have theirs (I7)."""
    return scene.record is None or scene.armed


def one_request_at_a_time(scene: Scene) -> bool:
    """Of the requests that must be settled, no second one is under way while one may still land."""
    return len(scene.pending) <= 1


def running_has_a_machine(scene: Scene) -> bool:
    """What is said to run names the machine that runs."""
    return scene.record is None or scene.record.status != "running" or scene.record.machine_id is not None


def strangers_are_left_alone(scene: Scene) -> bool:
    """Nothing that is not the sandbox's own is ever deleted (I15)."""
    return not scene.strangers_lost


def machines_go_first(scene: Scene) -> bool:
    """No volume is asked to go while a machine that the record names mounts it."""
    return not scene.mounted_deletes


def no_fact_is_dropped(scene: Scene) -> bool:
    """A fact whose commit met another commit is absorbed again by whoever holds the lease (I8)."""
    return not scene.dropped


def who_waits_is_served(scene: Scene) -> bool:
    """Nobody waits for an answer that cannot come."""
    return scene.unserved is None


def no_candidate_at_rest(scene: Scene) -> bool:
    """At rest no volume is on its way to be the one in use: a move was committed, or given up."""
    return not scene.resting or scene.record is None or scene.record.pending_recovery_volume_id is None


def one_that_moves_is_kept(scene: Scene) -> bool:
    """While a volume is on its way to take another's place, that other one is there, unless it was lost by itself."""
    record = scene.record
    if record is None or record.pending_recovery_volume_id is None or scene.lost:
        return True
    return any(one.id == record.volume_id for one in scene.volumes)


def recoveries_are_few(scene: Scene) -> bool:
    """No more recoveries begin within a day than the policy allows (I21)."""
    return scene.recoveries <= scene.recoveries_allowed


def moves_are_few(scene: Scene) -> bool:
    """No more copies to move to are asked for within an hour than the policy allows, unless somebody asks (I19)."""
    return scene.moves <= scene.moves_allowed


def asked_is_wanted(scene: Scene) -> bool:
    """What was asked last is what is wanted."""
    return scene.record is None or scene.wanted is None or scene.record.desired in {scene.wanted, "gone"}


def have_a_cause(scene: Scene) -> bool:
    """A recovery answers a machine that stopped though nobody asked."""
    return scene.recoveries <= scene.stops


def restart_takes_effect(scene: Scene) -> bool:
    """At rest a machine that is wanted up runs at least the config of the last restart, or a note says why not."""
    record = scene.record
    if record is None or (record.status, record.desired) != ("running", "running") or not scene.resting or scene.noted:
        return True
    ours = [one for one in scene.machines if one.id == record.machine_id and one.state in UP]
    return all(one.revision is None or one.revision >= scene.restarted for one in ours)


def none_boots_on_older_data(scene: Scene) -> bool:
    """No machine comes up on older data while the latest is on another volume, while nobody asked for its end."""
    excused = scene.noted or scene.went_back or scene.destroy_granted
    if excused or not any(one.data == "d1" for one in scene.volumes):
        return True
    booting = {one.volume_id for one in scene.machines if one.state in {"created", "starting", "replacing"}}
    return all(one.data == "d1" for one in scene.volumes if one.id in booting)


def volume_in_use_is_there(scene: Scene) -> bool:
    """The volume that a record names as its own is there, unless Fly itself took it away."""
    record = scene.record
    if record is None or record.volume_id is None or scene.destroy_granted or scene.lost:
        return True
    return any(one.id == record.volume_id for one in scene.volumes)


def truthful(scene: Scene) -> bool:
    """What the status says is so, or a note says why not (I6)."""
    record = scene.record
    if record is None:
        return True
    told = record.leaving_machine_ids if scene.stuck else frozenset()
    up = [one for one in scene.machines if one.state in UP and one.id not in told]
    if record.desired == "running":
        runs = any((one.id, one.volume_id) == (record.machine_id, record.volume_id) for one in up)
        unknowable = scene.silent and scene.noted
        return runs or unknowable if record.status == "running" else scene.noted
    return not up or scene.noted


def at_home(scene: Scene) -> bool:
    """At rest, truthful, and everything tracked; or waiting for a host that does not answer, and saying so."""
    at_rest = scene.resting and truthful(scene) and tracked_at_rest(scene) and nothing_left_behind(scene)
    return at_rest or (scene.silent and scene.stuck)


def says(scene: Scene, status: str) -> bool:
    """Whether the record says this of itself."""
    return scene.record is not None and scene.record.status == status


def a_machine_is_up(scene: Scene) -> bool:
    """A machine is started."""
    return any(one.state == "started" for one in scene.machines)
