"""`reservations` and what `provision` says of admission, on a real store and against a simulated Fly."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from attrs import evolve

from kiloclaw_adapters.cli.reservations import HEADINGS
from kiloclaw_adapters.custody import dues
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.registry.machinery import REGISTRY
from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import Begin, Opener, Registry, WorkStarted, registry_alarms_of, registry_decide

from .conftest import Line, outward, run, told

pytestmark = pytest.mark.usefixtures("fly", "store")

OWNER, USER = OwnerKey("user:ann"), UserId("ann")
HELD = Begin(OWNER, AttemptId("attempt-1"), USER, SandboxId("ki_held"), Opener("ann", "request-7"), at=1)
AT_WORK = WorkStarted(OWNER, HELD.attempt, Fence(1), at=1)
ANSWERED = ("--operator", "ben", "--reason", "its host burnt down")


def left_behind(attempt: AttemptId = HELD.attempt) -> None:
    """Have an attempt be in the registry whose caller is gone: it was about to call its instance."""

    async def write() -> None:
        directory = FileDirectory(Path("kiloclaw.db.directory"))
        held = registry_decide(Registry(OWNER), evolve(HELD, attempt=attempt)).unwrap()
        at_work = registry_decide(held, evolve(AT_WORK, attempt=attempt)).unwrap()
        await directory.registry.commit(
            key=OWNER,
            kind=REGISTRY.kind,
            schema=REGISTRY.schema,
            expected_version=0,
            body=REGISTRY.encode(at_work),
            alarms=dues(registry_alarms_of(at_work)),
            commit_id="left behind",
            lease=None,
        )
        await directory.aclose()

    asyncio.run(write())


def reservations(*words: str) -> list[dict[str, object]]:
    """What `reservations` shows."""
    known: dict[str, list[dict[str, object]]] = json.loads(run("reservations", *words, "--json").out)
    return known["reservations"]


def shown() -> list[dict[str, object]]:
    """What `reservations --all` shows, but for what the time makes of it."""
    known = reservations("--all")
    return [{key: one[key] for key in ("attempt_id", "phase", "evidence", "fence", "resolution")} for one in known]


def test_a_provision_is_let_in_under_its_own_id_and_asked_again_is_the_same() -> None:
    """Whoever did not hear the answer asks again, and has one instance."""
    first = told("provision", "ki_once", "--user", "user-once", "--attempt", "attempt-once")
    again = told("provision", "ki_once", "--user", "user-once", "--attempt", "attempt-once")

    assert (first, outward(first)) == (again, ("provisioned", None))
    assert shown() == [
        {
            "attempt_id": "attempt-once",
            "phase": "completed",
            "evidence": "recorded",
            "fence": 1,
            "resolution": None,
        }
    ]
    assert reservations() == []


def test_a_second_instance_is_refused_and_a_slot_of_an_organisation_is_another() -> None:
    """One for a person, and one more in each organisation that they are in."""
    told("provision", "ki_mine", "--user", "user-two")

    assert run("provision", "ki_second", "--user", "user-two") == Line(
        1, "", "kiloclaw: ki_second: There is an instance already.\n"
    )
    ours = told("provision", "ki_ours", "--user", "user-two", "--organisation", "acme", "--app", "acct-acme")
    assert outward(ours) == ("provisioned", None)


def test_programs_are_told_whether_and_when_to_ask_again() -> None:
    """As one object beside the sentence, without a word of what was said behind it."""
    left_behind()

    ran = run("provision", "ki_other", "--user", "ann", "--json")

    assert (ran.code, json.loads(ran.out)) == (
        1,
        {
            "status": 409,
            "code": "provision_in_progress",
            "retryable": True,
            "retry_after_s": 15.0,
            "anew": False,
            "sentence": "An instance is being created already; it will be there soon.",
        },
    )
    assert ran.err == "kiloclaw: ki_other: An instance is being created already; it will be there soon.\n"


def test_a_slot_that_is_held_is_shown_with_its_evidence_and_next_probe() -> None:
    """An operator sees how far it has come, and that somebody will look, or that nobody does."""
    left_behind()

    (held,) = reservations()
    lines = run("reservations").out.splitlines()

    assert 110 < float(str(held["next_probe_in_s"])) <= 120
    assert float(str(held["age_s"])) > 1_000_000
    assert {key: held[key] for key in ("owner", "user_id", "instance_id", "phase", "evidence", "actor")} == {
        "owner": "user:ann",
        "user_id": "ann",
        "instance_id": "ki_held",
        "phase": "working",
        "evidence": "possible",
        "actor": "ann",
    }
    assert lines[0].split() == " ".join(HEADINGS).split()
    assert lines[1].split()[:6] == ["attempt-1", "user:ann", "ann", "ki_held", "working", "1"]
    assert "in 1 min" in lines[1] or "in 2 min" in lines[1]


def test_an_operator_frees_a_slot_that_they_answer_for() -> None:
    """It is fenced first: a late provision of that attempt finds the sandbox gone, and the next one is let in."""
    left_behind()

    freed = told("reservations", "release", "attempt-1", "--expect-phase", "working", "--expect-fence", "1", *ANSWERED)

    assert (freed["phase"], freed["resolution"], freed["next_probe_in_s"]) == ("released", "cleaned_up", None)
    assert reservations() == []
    assert run("provision", "ki_held", "--user", "ann").code == 1
    assert outward(told("provision", "ki_new", "--user", "ann")) == ("provisioned", None)


@pytest.mark.parametrize(
    ("attempt", "phase", "fence", "code", "sentence"),
    [
        ("attempt-2", "working", "1", "reservation_not_found", "There is no such reservation."),
        (
            "attempt-1",
            "open",
            "1",
            "reservation_status_changed",
            "The reservation is not as it was when you looked; look again.",
        ),
        (
            "attempt-1",
            "working",
            "2",
            "reservation_status_changed",
            "The reservation is not as it was when you looked; look again.",
        ),
    ],
    ids=["another attempt", "another phase", "another fence"],
)
def test_an_operator_who_saw_something_else_is_refused(
    attempt: str, phase: str, fence: str, code: str, sentence: str
) -> None:
    """What they answer for must be what is there."""
    left_behind()
    words = ("reservations", "release", attempt, "--expect-phase", phase, "--expect-fence", fence, *ANSWERED)

    assert run(*words) == Line(1, "", f"kiloclaw: {attempt}: {sentence}\n")
    assert json.loads(run(*words, "--json").out)["code"] == code


def test_an_operator_without_a_name_or_a_reason_is_bad_input() -> None:
    """Nobody answers for it then."""
    left_behind()
    words = ("reservations", "release", "attempt-1", "--expect-phase", "working", "--expect-fence", "1")

    assert run(*words, "--operator", " ", "--reason", "why") == Line(2, "", "kiloclaw: operator: must not be empty\n")
    assert run(*words, "--operator", "ben", "--reason", " ") == Line(2, "", "kiloclaw: because: must not be empty\n")


def test_what_callers_made_up_is_spelt_out_for_a_terminal() -> None:
    """An attempt's id is a caller's word: it must not clear an operator's screen, or colour it."""
    left_behind(AttemptId("evil\x1b[2J\n[red]"))

    lines = run("reservations").out.splitlines()

    assert len(lines) == 2
    assert lines[1].startswith(r"evil\x1b[2J\n[red]")


def test_the_reservations_of_one_owner_are_shown_alone() -> None:
    """The others are not even read."""
    left_behind()

    assert [one["attempt_id"] for one in reservations("--owner", OWNER)] == ["attempt-1"]
    assert reservations("--owner", "user:ben") == []


def test_an_owner_without_a_kind_is_refused() -> None:
    """An empty table would say that nobody of theirs holds anything."""
    left_behind()

    assert run("reservations", "--owner", "ann") == Line(
        2, "", "kiloclaw: owner: 'ann' must be like user:ann or org:acme\n"
    )


@pytest.mark.parametrize(
    "early",
    [("--store", "sqlite:///other.db"), ("--owner", "user:ben"), ("--all",), ("--json",)],
    ids=lambda one: one[0],
)
def test_an_option_before_release_is_refused_instead_of_ignored(early: tuple[str, ...]) -> None:
    """Whoever names another store there would free a slot in this one."""
    left_behind()
    words = ("release", "attempt-1", "--expect-phase", "working", "--expect-fence", "1", *ANSWERED)

    assert run("reservations", *early, *words) == Line(
        2, "", "kiloclaw: options of `reservations release` stand behind `release`\n"
    )
    assert [one["phase"] for one in reservations()] == ["working"]


def test_a_slot_that_is_not_free_yet_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is fenced and goes on by itself, but whoever waits for the slot has to wait; the directory does not answer."""
    left_behind()
    monkeypatch.setattr(FileDirectory, "close_row", unanswered)
    ran = run("reservations", "release", "attempt-1", "--expect-phase", "working", "--expect-fence", "1", *ANSWERED)
    (held,) = reservations()

    assert (ran.code, held["phase"], held["attempt_id"]) == (1, "cleaning", "attempt-1")
    assert ran.err == "kiloclaw: attempt-1: the slot is not free yet; a worker goes on with it\n"


async def unanswered(*_asked: object) -> None:
    """A directory that is down."""
    raise OSError("no answer")
