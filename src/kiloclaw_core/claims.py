"""What is claimed of an instance, in English first: what always holds, what is sometimes seen, what leads home.

Claims speak of scenes, so the same ones judge the explored system and the recorded trace of any service. Every
*always* has a *sometimes* beside it that shows it is not vacuous.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from kiloclaw_core.explore.model import Claim, Kind
from kiloclaw_core.world.predicates import (
    a_machine_is_up,
    alarm_armed,
    asked_is_wanted,
    at_home,
    data_is_kept,
    destroyed_stays_destroyed,
    have_a_cause,
    machines_go_first,
    moves_are_few,
    no_candidate_at_rest,
    no_fact_is_dropped,
    no_silent_empty_disk,
    none_boots_on_older_data,
    nothing_left_behind,
    one_machine_at_most,
    one_request_at_a_time,
    one_that_moves_is_kept,
    recoveries_are_few,
    restart_takes_effect,
    running_has_a_machine,
    says,
    strangers_are_left_alone,
    tracked_at_rest,
    volume_in_use_is_there,
    who_waits_is_served,
)
from kiloclaw_core.world.scene import Scene

Predicate: TypeAlias = Callable[[Scene], bool]
EVERYTHING: Final = ("record", "outside", "ghost", "bag")
STANDING: Final = ("record", "outside", "ghost")
"""What most claims read: the same reading for all of them, so that each is judged once for it."""


def always(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A claim that holds in every scene."""
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def sometimes(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A witness: a claim that holds in some scene."""
    return Claim(name, sentence, Kind.SOMETIMES, reads, holds)


def home(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[Scene]:
    """A claim that from everywhere, with nothing but calm to come, such a scene is reached."""
    return Claim(name, sentence, Kind.LEADS_HOME, reads, holds)


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
    always(
        "moves are few",
        "No more copies to move to are had within an hour than the policy allows, unless somebody asks in between.",
        STANDING,
        moves_are_few,
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
