"""What the names that outsiders see are made of, and what may be read back from them."""

from __future__ import annotations

import pytest

from kiloclaw_core.names import (
    MachineId,
    OpId,
    SandboxId,
    first_op,
    hinted_machine,
    is_machine_name,
    is_sandbox_id,
    legacy_volume_name,
    machine_name,
    volume_mark,
    volume_name,
)

SANDBOX = SandboxId("ki_1")
VIOLATION = "already_exists: unique machine name violation, machine ID {} already exists with name"


def test_the_first_op_of_an_incarnation_is_beyond_every_op_of_the_last() -> None:
    """A restored backup forgets which ops it gave out, so the next incarnation starts where no old one reaches."""
    assert (first_op(0), first_op(1), first_op(3)) == (OpId(0), OpId(2**32), OpId(3 * 2**32))


@pytest.mark.parametrize("text", ["ki_1", "ab", "A-b_9", "x" * 128])
def test_a_text_of_letters_digits_dashes_and_underscores_names_a_sandbox(text: str) -> None:
    """Upstream's ids are such texts."""
    assert is_sandbox_id(text)


@pytest.mark.parametrize("text", ["", "a", "x" * 129, "a b", "ki.1", "ki_1\n", "kí_1"])
def test_any_other_text_names_no_sandbox(text: str) -> None:
    """A machine's name and a volume's are made from it, so that nothing Fly refuses may pass."""
    assert not is_sandbox_id(text)


def test_a_machine_bears_the_name_of_its_sandbox() -> None:
    """The one fixed name is the fence against a second machine."""
    assert machine_name(SANDBOX) == "ki_1"


def test_a_later_generation_of_a_machine_bears_another_name() -> None:
    """The first name may be held for good, by a machine on a host that does not answer (decisions 1.9)."""
    assert (machine_name(SANDBOX, 0), machine_name(SANDBOX, 1), machine_name(SANDBOX, 12)) == (
        "ki_1",
        "ki_1-generation-1",
        "ki_1-generation-12",
    )


@pytest.mark.parametrize("name", ["ki_1", "ki_1-generation-1", "ki_1-generation-12"])
def test_a_name_of_any_generation_is_the_sandboxs(name: str) -> None:
    """A machine of a generation that no record remembers is found by its name too."""
    assert is_machine_name(name, SANDBOX)


@pytest.mark.parametrize(
    "name", ["", "ki_2", "ki_1-1", "ki_1-generation-", "ki_1-generation-x", "ki_1-generation-²", "x-ki_1", "ki_11"]
)
def test_any_other_name_is_not_the_sandboxs(name: str) -> None:
    """A name that only begins like ours may be another sandbox's."""
    assert not is_machine_name(name, SANDBOX)


def test_upstreams_volume_name_is_cut_to_what_fly_takes() -> None:
    """Volumes that upstream made are recognised by exactly this name (reconcile 1.4)."""
    assert legacy_volume_name(SandboxId("Ki-1")) == "kiloclaw_ki_1"
    assert legacy_volume_name(SandboxId("x" * 40)) == "kiloclaw_" + "x" * 21


@pytest.mark.parametrize("op", [0, 1, 35, 36, first_op(1), first_op(200_000) + 7])
def test_a_volumes_name_gives_its_op_back(op: int) -> None:
    """The name is the only mark that a volume can carry, and Fly cuts nothing from one this long."""
    name = volume_name(SANDBOX, OpId(op))
    assert volume_mark(name, SANDBOX) == op
    assert len(name) <= 30
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize(
    "name",
    [
        volume_name(SandboxId("ki_2"), OpId(7)),
        legacy_volume_name(SANDBOX),
        volume_name(SANDBOX, OpId(0))[:-1],
        volume_name(SANDBOX, OpId(7)) + "-copy",
    ],
)
def test_a_name_that_is_not_ours_carries_no_mark(name: str) -> None:
    """A find whose mark we cannot explain is never a candidate."""
    assert volume_mark(name, SANDBOX) is None


def test_a_refusal_that_names_a_machine_is_a_hint() -> None:
    """Where Fly's text says who holds our name, a listing is saved (4.6.2 a)."""
    assert hinted_machine(VIOLATION.format("148e21ea7d9389")) == MachineId("148e21ea7d9389")


@pytest.mark.parametrize("text", ["", "already_exists", VIOLATION.format("Not_An_Id"), VIOLATION.format("a" * 65)])
def test_a_refusal_that_names_none_well_formed_is_no_hint(text: str) -> None:
    """The wording is the provider's: what does not look like an id is not used as one (4.6.2 b)."""
    assert hinted_machine(text) is None
