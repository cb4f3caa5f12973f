"""The two halves in one call."""

from __future__ import annotations

from returns.result import Failure

from kiloclaw_core import Absent, Desired, Destroy, Provision, Recover, Refusal, Restart, Restore, Start, Stop, compose
from kiloclaw_core.effects import EnsureApp
from kiloclaw_core.instance import Instance
from kiloclaw_core.names import CommandId, OpId, SnapshotId
from kiloclaw_core.phases import Clearing, Ensuring
from kiloclaw_core.world.setting import IDENTITY, SANDBOX, SPEC


def provisioned() -> Instance:
    """An instance that waits for its app."""
    record = compose.provision(Absent(SANDBOX), Provision(CommandId("p"), IDENTITY, SPEC)).unwrap().record
    assert isinstance(record, Instance)
    return record


def test_provision_gives_the_record_and_its_first_effect() -> None:
    """An importer alone with a record needs neither a store nor a worker to see what would happen."""
    transition = compose.provision(Absent(SANDBOX), Provision(CommandId("p"), IDENTITY, SPEC)).unwrap()

    assert isinstance(transition.record, Instance)
    assert transition.record.phase == Ensuring(OpId(1))
    assert transition.effects == (EnsureApp(OpId(1), IDENTITY.app),)


def test_start_and_stop_turn_what_is_wanted() -> None:
    """The later wish counts."""
    started = compose.start(provisioned(), Start(CommandId("a"))).unwrap().record
    stopped = compose.stop(started, Stop(CommandId("b"))).unwrap().record

    assert isinstance(started, Instance)
    assert isinstance(stopped, Instance)
    assert (started.desired, stopped.desired) == (Desired.RUNNING, Desired.STOPPED)


def test_destroy_of_what_holds_nothing_pays_what_is_owed() -> None:
    """Destroy is granted at once and goes straight to its debts."""
    transition = compose.destroy(provisioned(), Destroy(CommandId("d"))).unwrap()

    assert isinstance(transition.record, Instance)
    assert transition.record.phase == Clearing()
    assert [type(effect).__name__ for effect in transition.effects] == ["PayDebt", "PayDebt"]


def test_a_refusal_says_why() -> None:
    """What was never provisioned cannot be started."""
    assert compose.start(Absent(SANDBOX), Start(CommandId("a"))) == Failure(Refusal.NOT_PROVISIONED)


def test_a_restart_a_recovery_and_a_restore_are_asked_in_one_call_as_well() -> None:
    """What each of them needs is looked at as for anybody who shares the record."""
    bare = provisioned()

    assert compose.restart(bare, Restart(CommandId("r"))) == Failure(Refusal.BUSY)
    assert compose.restore(bare, Restore(CommandId("s"), SnapshotId("vs_1"), "op", "asked")) == Failure(Refusal.BUSY)
    looked_at = compose.recover(bare, Recover(CommandId("v"), "op", "asked")).unwrap()
    assert isinstance(looked_at.record, Instance)
    assert [note.did for note in looked_at.record.audit] == ["asked for recovery"]
