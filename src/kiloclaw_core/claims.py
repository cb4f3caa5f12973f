"""What is claimed of an instance, in English first: what always holds, what is sometimes seen, what leads home.

Claims speak of scenes, so the same ones judge the explored system and the recorded trace of any service. Every
*always* has a *sometimes* beside it that shows it is not vacuous.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from kiloclaw_core.explore.model import Claim, Kind
from kiloclaw_core.phases import Gone, Running, Stopped
from kiloclaw_core.world.scene import Scene

Predicate: TypeAlias = Callable[[Scene], bool]
REST: Final = (Stopped, Running, Gone)
EVERYTHING: Final = ("record", "outside", "ghost", "bag")
STANDING: Final = ("record", "outside", "ghost")
"""What most claims read: the same reading for all of them, so that each is judged once for it."""
UP: Final = frozenset({"started", "starting", "created"})
LEAVING: Final = frozenset({"destroying", "destroyed"})


def always(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A claim that holds in every scene."""
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def sometimes(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A witness: a claim that holds in some scene."""
    return Claim(name, sentence, Kind.SOMETIMES, reads, holds)


def home(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A claim that from everywhere, with nothing but calm to come, such a scene is reached."""
    return Claim(name, sentence, Kind.LEADS_HOME, reads, holds)


# -- predicates, each a sentence about one scene -----------------------------------------------------------------


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
    if scene.silent and scene.stuck:
        return True
    return scene.resting and truthful(scene) and tracked_at_rest(scene) and nothing_left_behind(scene)


def says(scene: Scene, status: str) -> bool:
    """Whether the record says this of itself."""
    return scene.record is not None and scene.record.status == status


def a_machine_is_up(scene: Scene) -> bool:
    """A machine is started."""
    return any(one.state == "started" for one in scene.machines)


# -- the claims --------------------------------------------------------------------------------------------------

CLAIMS: Final[tuple[Claim[Scene], ...]] = (
    always(
        "one machine at most",
        "There are never two machines of one sandbox, but for those on their way out.",
        STANDING,
        one_machine_at_most,
    ),
    sometimes("a machine is up", "A machine is started.", STANDING, a_machine_is_up),
    always(
        "nothing is left behind",
        "Once gone, nothing is left, and nothing can still arrive.",
        EVERYTHING,
        nothing_left_behind,
    ),
    sometimes(
        "gone",
        "An instance that was destroyed is gone.",
        STANDING,
        lambda scene: scene.destroy_granted and scene.record is None,
    ),
    always(
        "destroyed stays destroyed",
        "Once destroy is granted, the status says so for ever, and nothing is created, changed or started.",
        STANDING,
        destroyed_stays_destroyed,
    ),
    sometimes(
        "destroyed while creating",
        "Destroy is granted while a create is in flight.",
        EVERYTHING,
        lambda scene: scene.destroy_granted and any(one.op == "CreateMachine" for one in scene.pending),
    ),
    always(
        "the data is kept",
        "While nobody asked for its end, what the user wrote is on some volume.",
        STANDING,
        data_is_kept,
    ),
    sometimes("data is written", "A user has written to a volume.", STANDING, lambda scene: scene.written > 0),
    always(
        "no silent empty disk",
        "No machine ran on an empty volume once the user had written to another.",
        STANDING,
        no_silent_empty_disk,
    ),
    always(
        "tracked at rest",
        "At rest the record names every machine and volume there is.",
        EVERYTHING,
        tracked_at_rest,
    ),
    sometimes(
        "at rest with something",
        "An instance rests and holds a machine and a volume.",
        EVERYTHING,
        lambda scene: scene.resting and bool(scene.machines) and bool(scene.volumes),
    ),
    always("an alarm is armed", "An instance that is not gone has an alarm.", STANDING, alarm_armed),
    sometimes("an instance rests", "An instance is at rest.", EVERYTHING, lambda scene: scene.resting),
    always(
        "one request at a time",
        "Of the requests that must be settled, no second one is under way while one may still land.",
        EVERYTHING,
        one_request_at_a_time,
    ),
    sometimes(
        "a request may land unheard",
        "A request may still land though nobody hears its answer.",
        EVERYTHING,
        lambda scene: any(not one.heard for one in scene.pending),
    ),
    always(
        "running has a machine",
        "What is said to run names the machine that runs.",
        STANDING,
        running_has_a_machine,
    ),
    sometimes(
        "running",
        "An instance is said to run.",
        STANDING,
        lambda scene: scene.record is not None and scene.record.status == "running",
    ),
    always(
        "strangers are left alone",
        "Nothing that is not the sandbox's own is ever deleted.",
        STANDING,
        strangers_are_left_alone,
    ),
    always(
        "machines go before volumes",
        "No volume is asked to go while a machine that the record names mounts it.",
        EVERYTHING,
        machines_go_first,
    ),
    sometimes(
        "two resources go",
        "A machine and a volume are both on their way out.",
        STANDING,
        lambda scene: (
            scene.record is not None
            and scene.record.pending_destroy_machine_id is not None
            and scene.record.pending_destroy_volume_id is not None
        ),
    ),
    always(
        "no move at rest",
        "At rest no volume is on its way to be the one in use: a move was committed, or given up.",
        EVERYTHING,
        no_candidate_at_rest,
    ),
    sometimes(
        "a volume moves",
        "A volume is on its way to take another's place.",
        STANDING,
        lambda scene: scene.record is not None and scene.record.pending_recovery_volume_id is not None,
    ),
    always(
        "a move keeps what it leaves",
        "While a volume is on its way to take another's place, that other one is there.",
        STANDING,
        one_that_moves_is_kept,
    ),
    sometimes(
        "a volume is kept",
        "A volume that was left is kept.",
        STANDING,
        lambda scene: scene.record is not None and scene.record.retained_volume_id is not None,
    ),
    always(
        "recoveries are few",
        "No more recoveries begin within a day than the policy allows.",
        STANDING,
        recoveries_are_few,
    ),
    sometimes("recovering", "An instance recovers.", STANDING, lambda scene: says(scene, "recovering")),
    sometimes("restarting", "An instance restarts.", STANDING, lambda scene: says(scene, "restarting")),
    sometimes("restoring", "An instance is being restored.", STANDING, lambda scene: says(scene, "restoring")),
    always("asked is wanted", "What was asked last is what is wanted.", STANDING, asked_is_wanted),
    always(
        "recoveries have a cause",
        "A recovery answers a machine that stopped though nobody asked.",
        STANDING,
        have_a_cause,
    ),
    always(
        "a restart takes effect",
        "At rest a machine that is wanted up runs at least the config of the last restart, or a note says why not.",
        EVERYTHING,
        restart_takes_effect,
    ),
    always(
        "no machine boots on older data",
        "No machine comes up on older data while the latest is on another volume, unless that was asked or is told.",
        STANDING,
        none_boots_on_older_data,
    ),
    always(
        "no recovery is cut short",
        "A recovery or a restore ends with its volume in use, or a note tells that it failed.",
        STANDING,
        lambda scene: not scene.cut_short,
    ),
    always(
        "committed when well",
        "A recovery takes its copy into use only when the machine on it was just seen well.",
        STANDING,
        lambda scene: not scene.unwell,
    ),
    always(
        "who may ask is heard",
        "A start or a stop is refused only while the instance is destroyed, recovers, or is restored.",
        STANDING,
        lambda scene: not scene.turned_away,
    ),
    always(
        "what is under way has an end",
        "Every start, restart, move and restore has a ceiling armed, or has passed it.",
        STANDING,
        lambda scene: scene.bounded,
    ),
    always(
        "the volume in use is there",
        "The volume that a record names as its own is there, unless Fly itself took it away.",
        STANDING,
        volume_in_use_is_there,
    ),
    always(
        "no fact is dropped",
        "A fact whose commit met another commit is absorbed again by whoever holds the lease.",
        STANDING,
        no_fact_is_dropped,
    ),
    always(
        "who waits is served",
        "Nobody waits for an answer that cannot come.",
        EVERYTHING,
        who_waits_is_served,
    ),
    home(
        "leads home",
        "With nothing but calm to come, every instance comes to rest, truthful, tracked, or gone.",
        EVERYTHING,
        at_home,
    ),
)
