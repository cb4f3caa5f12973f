"""How large an instance is: changed by two commands and nothing else, and had from the next start or restart on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import OverrideSize, Refusal, Resize
from kiloclaw_core.effects import CreateVolume, UpdateMachine
from kiloclaw_core.instance import Absent, AuditNote, Instance, Record, Remembered
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.phases import Changing, CreatingVolume

from .everywhere import changing, creating_volume
from .moves import WIDE, displaced, provisioned, recovering, restarting, restoring, until, wide
from .scenario import AT, SANDBOX, Scenario, asked, destroy, provision, start, starting, stop

LARGE: Final = Guest(8, 16_384, "performance")
HUGE: Final = Guest(16, 32_768, "performance")
RESIZE: Final = Resize(CommandId("resize"), LARGE, 50, AT)
OVERRIDE: Final = OverrideSize(CommandId("override"), HUGE, "eve", "an incident", AT)
NOTED: Final = AuditNote("eve", "set 16 x performance, 32768 MB", "an incident")


def granted(before: Instance, spec: Spec, command: Resize | OverrideSize) -> Instance:
    """The same instance, wanting this spec, once a worker has looked."""
    remembered = (*before.granted, Remembered(command.id))
    return evolve(before, spec=spec, granted=remembered, asked=before.ops, ops=OpId(before.ops + 1))


def test_another_size_is_another_revision_of_the_spec() -> None:
    """Nothing is sent for it: the machine that runs is what its user has paid for so far."""
    scenario = wide()
    before = scenario.instance
    spec = evolve(WIDE, guest=LARGE, volume_gb=50, revision=2)
    assert scenario.ask(RESIZE) == granted(before, spec, RESIZE)


def test_an_operators_size_wins_and_is_audited() -> None:
    """What the owner asked for stays written, beneath it."""
    scenario = wide()
    before = scenario.instance
    spec = evolve(WIDE, override=HUGE, revision=2)
    assert scenario.ask(OVERRIDE) == evolve(granted(before, spec, OVERRIDE), audit=(NOTED,))
    assert scenario.instance.spec.size == HUGE
    assert [one.at for one in scenario.instance.audit] == [AT]


def test_an_operator_ends_an_override() -> None:
    """The owner's size is what counts again; both acts stay written."""
    scenario = wide()
    scenario.ask(OVERRIDE)
    before = scenario.instance
    ended = OverrideSize(CommandId("end"), None, "bob", "it is over", AT)
    spec = evolve(WIDE, revision=3)
    audit = (NOTED, AuditNote("bob", "ended the override of the size", "it is over"))
    assert scenario.ask(ended) == evolve(granted(before, spec, ended), audit=audit)
    assert scenario.instance.spec.size == WIDE.guest


def test_a_resize_ends_an_override() -> None:
    """The owner's latest word is about the size that the machine has (lifecycle 1.4)."""
    scenario = wide()
    scenario.ask(OVERRIDE)
    assert scenario.ask(RESIZE).spec == evolve(WIDE, guest=LARGE, volume_gb=50, revision=3)


def test_the_machine_has_its_new_size_from_the_next_restart_on() -> None:
    """A waking alone changes nothing of a machine that runs."""
    scenario = wide()
    scenario.ask(RESIZE)
    scenario.wake()
    scenario.land_all()
    restarting(Changing, scenario)
    (effect,) = scenario.sent
    assert isinstance(effect, UpdateMachine)
    assert effect.config.guest == LARGE


def test_whoever_provisions_again_leaves_an_operators_size_alone() -> None:
    """Another image is wanted, and nothing was said of the size."""
    scenario = wide()
    scenario.ask(OVERRIDE)
    before = scenario.instance
    newer = evolve(provision(spec=evolve(WIDE, image="image-2")), id=CommandId("newer"))
    assert scenario.ask(newer).spec == evolve(before.spec, image="image-2", revision=3)


def test_the_machine_has_its_new_size_from_the_next_start_on() -> None:
    """Its config is an older one, so that it is updated before it is booted."""
    scenario = wide()
    for command in (stop(), RESIZE):
        scenario.ask(command)
        scenario.wake()
        scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Changing)
    (effect,) = scenario.sent
    assert isinstance(effect, UpdateMachine)
    assert effect.config.guest == LARGE


def test_a_new_volume_has_the_new_size() -> None:
    """The one in use is not touched: Fly grows volumes, and never shrinks one."""
    scenario = asked(provision(spec=WIDE))
    scenario.ask(RESIZE)
    scenario.wake()
    until(scenario, CreatingVolume)
    (effect,) = scenario.sent
    assert isinstance(effect, CreateVolume)
    assert (effect.size_gb, effect.guest) == (50, LARGE)


# -- when not ----------------------------------------------------------------------------------------------------


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = wide()
    scenario.ask(destroy())
    return scenario


@pytest.mark.parametrize("command", [RESIZE, OVERRIDE])
@pytest.mark.parametrize(
    ("tell_of", "refusal"),
    [
        (starting, Refusal.BUSY),
        (restarting, Refusal.BUSY),
        (displaced, Refusal.BUSY),
        (recovering, Refusal.RECOVERING),
        (restoring, Refusal.RESTORING),
        (destroyed, Refusal.BEING_DESTROYED),
    ],
)
def test_the_size_does_not_change_while_a_machine_of_the_present_one_is_being_had(
    tell_of: Callable[[], Scenario], refusal: Refusal, command: Resize | OverrideSize
) -> None:
    """Otherwise nobody could say which size it will have (reconcile 2.15)."""
    assert decide(tell_of().record, command) == Failure(refusal)


@pytest.mark.parametrize("tell_of", [creating_volume, provisioned, wide, changing])
def test_the_size_may_change_at_rest_and_on_the_way_there(tell_of: Callable[[], Scenario]) -> None:
    """No machine is being had while the instance is provisioned, or while its machine is stopped."""
    assert isinstance(decide(tell_of().record, RESIZE), Success)


@pytest.mark.parametrize("command", [RESIZE, OVERRIDE])
def test_what_was_never_provisioned_has_no_size(command: Resize | OverrideSize) -> None:
    """There is nothing that could be resized."""
    absent: Record = Absent(SANDBOX)
    assert decide(absent, command) == Failure(Refusal.NOT_PROVISIONED)
