"""The rows of the corpus that are no mutant: each is told by a test of ours, or there is a reason why it cannot be.

A row that a test tells has its story here; what brings it back is an example and no replaced function, so that no
search is measured by it. What each row says is the corpus's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

STARTS: Final = {
    "B13": "story/test_start_refused.py::test_a_machine_that_finds_no_room_on_its_volumes_host_moves_to_another_volume",
    "B42": "story/test_start_refused.py::test_a_missing_volume_sends_the_start_back_to_look_at_it",
    "B51": "story/vectors/test_status_sync.py::test_05_running_and_failed_is_stopped_at_the_second_look",
    "B52": "story/test_adopt.py::test_of_several_machines_the_one_nearest_to_serving_is_looked_at",
    "B54": "story/vectors/test_starting.py::test_13_a_machine_that_is_up_when_time_is_up_is_running",
    "B56": "story/vectors/test_starting.py::test_19_a_failure_before_there_is_a_machine_ends_the_start_with_a_note",
    "B60": "story/test_start_refused.py::test_a_start_that_succeeds_clears_the_note_of_the_last_one",
    "B67": "story/test_launch.py::test_a_start_boots_the_machine_that_its_update_left_down",
    "B71": "story/test_provision.py::test_provision_of_what_never_was_writes_everything_and_sends_nothing",
    "B72": "story/test_start.py::test_start_of_what_is_up_or_on_its_way_is_granted_and_changes_nothing",
    "B88": "story/vectors/test_status_sync.py::test_08_a_destroyed_machine_is_held_as_ours_no_more",
    "B89": "story/test_inspection.py::test_a_machine_on_its_way_out_counts_as_not_shown",
    "B130": "story/test_size.py::test_an_operators_size_wins_and_is_audited",
}
RESTARTS: Final = {
    "B34": "story/test_restart.py::test_a_machine_that_runs_is_given_the_config_and_launched_anew",
    "B35": "story/test_restart.py::test_a_machine_that_runs_is_given_the_config_and_launched_anew",
    "B59": "story/test_restart_ends.py::test_past_the_hard_ceiling_it_is_given_up_and_the_machine_looked_at",
    "B61": "story/test_restart_ends.py::test_past_the_soft_ceiling_people_are_told_and_the_restart_goes_on",
    "B63": "story/test_restart_ends.py::test_a_poll_that_comes_in_time_after_all_heals_it",
    "B117": "story/test_restart_finds.py::test_a_machine_that_is_down_after_the_update_is_booted_once_more",
}
MOVES: Final = {
    "B70": "story/test_reassociate.py::test_the_next_start_runs_on_the_chosen_volume",
    "B74": "story/test_recover_asked.py::test_an_instance_that_gave_up_is_started_now",
    "B75": "story/test_recover_asked.py::test_a_recovery_is_refused_with_its_reason",
    "B80": "story/test_restore.py::test_a_restore_is_written_down_with_who_asked_for_it",
    "B82": "story/test_volume.py::test_a_look_at_the_volume_without_an_answer_is_repeated_after_a_pause",
    "B83": "story/test_restore_ends.py::test_a_restore_whose_stop_is_refused_leaves_everything_as_it_was",
    "B84": "story/test_restore_ends.py::test_a_snapshot_that_cannot_be_had_leaves_the_volume_what_it_was",
    "B86": "story/test_world_fly.py::test_a_restore_into_a_smaller_volume_is_refused_and_leaves_nothing",
    "B103": "story/test_recover_ends.py::test_a_wait_that_ends_early_is_taken_up_again",
    "B104": "story/test_unbinding.py::test_a_machine_of_somebody_else_is_never_touched",
}
REGIONS: Final = {
    "B21": "story/test_regions.py::test_a_first_volume_is_asked_for_in_every_region_at_once",
    "B36": "story/test_regions.py::test_the_region_to_avoid_is_asked_last_among_few_and_left_out_among_many",
    "B90": "story/test_regions.py::test_a_region_that_had_no_room_is_not_asked_unless_none_had",
    "B91": "story/test_regions.py::test_a_region_that_had_no_room_is_not_asked_unless_none_had",
    "B92": "story/test_regions.py::test_a_full_region_is_remembered_and_told_once",
    "B93": "story/test_regions.py::test_the_region_to_avoid_is_asked_last_among_few_and_left_out_among_many",
}
DESTROYS: Final = {
    "B136": "story/test_errands.py::test_a_destroy_error_is_cleared_when_everything_is_deleted_and_paid",
    "B137": "story/test_errands.py::test_failures_are_counted_up_to_the_ceiling",
    "B163": "story/test_destroy.py::test_a_destroy_is_granted_in_every_phase_and_moves_none",
}
ADMISSION: Final = {
    "B96": "story/registry/test_destroying.py::test_an_instance_that_is_gone_is_a_tombstone_and_released_in_one_commit",
    "B112": "adapters/registry/test_rows.py::test_slots_are_closed_each_by_itself",
    "B129": "story/registry/test_updates.py::test_a_destroy_of_anothers_instance_is_refused",
    "B147": "story/registry/test_world_schedules.py"
    "::test_gw16_a_holder_that_lacks_its_completion_alone_is_completed_by_whoever_meets_it",
    "B149": "story/registry/test_world_schedules.py"
    "::test_gw20_whoever_asks_again_for_what_was_destroyed_is_refused_by_the_registry",
}
ADAPTERS: Final = {
    "B12": "adapters/fly/test_perform.py::test_a_poll_names_the_version_that_it_waits_for",
    "B14": "adapters/fly/test_bodies.py::test_a_machine_without_a_region_goes_where_its_volume_is",
    "B18": "adapters/fly/test_bodies.py"
    "::test_a_volume_is_made_where_the_machine_would_fit_in_the_first_region_with_room",
    "B19": "adapters/fly/test_classify.py::test_every_refusal_of_the_catalogue_has_its_class",
    "B20": "adapters/fly/test_classify.py::test_every_refusal_of_the_catalogue_has_its_class",
    "B28": "story/pairing/test_health.py::test_what_is_not_well_is_told",
    "B40": "adapters/fly/test_bodies.py::test_a_machine_is_made_under_its_fixed_name_and_marked",
    "B43": "adapters/fly/test_bodies.py::test_a_volume_is_made_with_its_content",
    "B44": "adapters/facade/test_answers.py::test_a_sandbox_nobody_provisioned_is_unknown",
    "B101": "adapters/controller/test_app.py::test_the_token_of_a_sandbox_follows_from_the_secret",
    "B166": "adapters/controller/test_app.py::test_it_answers_while_it_comes_up",
    "B169": "adapters/controller/test_app.py::test_what_fails_to_come_up_is_degraded_and_not_gone",
}
TOLD_IN_TESTS: Final[Mapping[str, str]] = {
    **STARTS,
    **RESTARTS,
    **MOVES,
    **REGIONS,
    **DESTROYS,
    **ADMISSION,
    **ADAPTERS,
}
"""The rows whose story is here, and the test below `tests` that tells what happens instead."""


@frozen
class Elsewhere:
    """Rows that have no story here, and why not."""

    rows: tuple[str, ...]
    because: str


ELSEWHERE: Final[tuple[Elsewhere, ...]] = (
    Elsewhere(
        (
            *("B87", "B107", "B114", "B119", "B126", "B127", "B134", "B142", "B143", "B155"),
            *("B156", "B159", "B160", "B161", "B162", "B175", "B176"),
        ),
        "Billing, mail, scheduled actions, and sweeps over many users are not in this library.",
    ),
    Elsewhere(
        ("B07", "B100", "B108", "B174"),
        "How a request finds its instance, and how one worker calls another, is the affair of whoever routes.",
    ),
    Elsewhere(
        ("B25", "B38", "B39", "B118", "B120", "B123", "B125", "B171", "B172"),
        "What runs inside a machine, its image and its files, its keys and what users set there, is nobody's to change "
        "here: a machine has the spec that a command brought.",
    ),
    Elsewhere(("B05", "B173"), "Files and histories are not synchronised here."),
    Elsewhere(("B33", "B131"), "No record is made out of a database in this release."),
    Elsewhere(("B122",), "There is one provider."),
    Elsewhere(("B110", "B132"), "What a record says is said once: there is no second copy that could differ."),
    Elsewhere(("B140",), "Failures are counted in the errand of the one resource that they are about."),
    Elsewhere(("B31",), "There is always a directory: one of our own where no other is given."),
    Elsewhere(("B24",), "A view is made of the record and asks nobody; how old it may be is a matter of cadence."),
    Elsewhere(("B170",), "What an older controller left running is the affair of whatever starts controllers."),
)
