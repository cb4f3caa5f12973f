"""`provision`, `start`, `stop`, `restart`, `resize` and `destroy`, on a real store and against a simulated Fly."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import CANARY, Line, outward, run, told

pytestmark = pytest.mark.usefixtures("fly")

HELD = ("machine_id", "volume_id", "region")


def test_an_instance_lives_from_provision_to_destroy() -> None:
    """The whole life by hand, as a newcomer types it."""
    sandbox = "ki_life"

    provisioned = told("provision", sandbox, "--user", "user-life")
    running = told("start", sandbox)
    stopped = told("stop", sandbox)
    gone = told("destroy", sandbox)

    assert [outward(view) for view in (provisioned, running, stopped, gone)] == [
        ("provisioned", None),
        ("running", None),
        ("stopped", None),
        (None, None),
    ]
    assert running["machine_id"] == stopped["machine_id"] is not None
    assert (gone["desired"], gone["machine_id"], gone["volume_id"]) == ("gone", None, None)


def test_a_restart_keeps_machine_and_volume() -> None:
    """And takes the image that it is given."""
    told("provision", "ki_again", "--user", "user-again")
    running = told("start", "ki_again")

    restarted = told("restart", "ki_again", "--image", "other:2")

    assert outward(restarted) == ("running", None)
    assert [restarted[name] for name in HELD] == [running[name] for name in HELD]
    assert outward(told("restart", "ki_again", "--async")) == ("restarting", "restarting")


def test_a_restart_without_a_machine_ends_with_1() -> None:
    """There is nothing to restart yet."""
    told("provision", "ki_early", "--user", "user-early")

    assert run("restart", "ki_early") == Line(
        1, "", "kiloclaw: ki_early: refused because the instance has no machine yet\n"
    )


def test_a_size_is_changed_by_its_user_and_overridden_by_an_operator() -> None:
    """Without asking Fly; an operator's name and reason stay in the record."""
    told("provision", "ki_sized", "--user", "user-sized")

    told("resize", "ki_sized", "--size", "performance-4x:8192", "--volume-gb", "20")
    told("resize", "ki_sized", "--override", "shared-cpu-1x:512", "--operator", "ann", "--because", "idle")
    told("resize", "ki_sized", "--override", "none", "--operator", "ann", "--because", "busy")

    assert told("debug", "ki_sized")["audit"] == [
        "ann set 1 x shared, 512 MB because idle",
        "ann ended the override of the size because busy",
    ]


def test_a_start_that_nobody_waits_for_returns_at_once() -> None:
    """The intent is durable, and a worker does the rest."""
    told("provision", "ki_async", "--user", "user-async")

    assert outward(told("start", "ki_async", "--async")) == ("starting", "starting")


def test_a_start_that_fly_refuses_ends_with_1_and_its_reason(fly: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told what Fly said, in one line."""
    told("provision", "ki_token", "--user", "user-token")
    monkeypatch.setenv("FLY_API_TOKEN", "fo1_wrong-token")

    assert run("start", "ki_token") == Line(
        1, "", f"kiloclaw: Fly at {fly} does not accept FLY_API_TOKEN; what was asked stands\n"
    )


def test_a_fly_that_does_not_answer_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after the minutes that a lost answer takes to be settled; and what was asked is not lost."""
    told("provision", "ki_alone", "--user", "user-alone")
    monkeypatch.setenv("FLY_API_BASE", "http://127.0.0.1:9")

    assert run("start", "ki_alone") == Line(
        1,
        "",
        "kiloclaw: Fly does not answer at http://127.0.0.1:9; what was asked stands, and a worker does it\n",
    )
    assert told("status", "ki_alone")["desired"] == "running"


def test_a_command_that_cannot_be_granted_ends_with_1() -> None:
    """What was destroyed stays destroyed, and the caller hears why."""
    told("provision", "ki_gone", "--user", "user-gone")
    told("destroy", "ki_gone")

    assert run("start", "ki_gone") == Line(1, "", "kiloclaw: ki_gone: refused because the instance is gone\n")


WHICH_SIZE = "resize takes --size and --volume-gb, or --override with --operator and --because"
WHICH_SOURCE = "restore takes either --snapshot or --volume"
WHICH_OVERRIDE = "--override takes --operator and --because, and neither --size nor --volume-gb"
STORES = "sqlite:///relative.db, sqlite:////absolute.db or memory://"
UNSENDABLE = "must be printable ASCII without spaces around it, and not empty"
BAD_INPUT = [
    (("stop", "x"), "sandbox_id: 'x' must be 2 to 128 letters, digits, dashes and underscores"),
    (("destroy", "a b"), "sandbox_id: 'a b' must be 2 to 128 letters, digits, dashes and underscores"),
    (("provision", "ki_1", "--user", " "), "--user: must not be empty"),
    (("provision", "ki_1", "--user", "u", "--app", "No App"), "app: 'No App' is no name of an app"),
    (("provision", "ki_1", "--user", "u", "--image", " "), "--image: ' ' is no name of an image"),
    (
        ("provision", "ki_1", "--user", "u", "--size", "big"),
        "--size: 'big' must be like performance-1x:3072 or shared-cpu-2x:4096 (memory in MB)",
    ),
    (("restart", "ki_1", "--image", "a b"), "--image: 'a b' is no name of an image"),
    (("resize", "ki_1", "--size", "performance-4x:8192"), WHICH_SIZE),
    (("resize", "ki_1", "--volume-gb", "20"), WHICH_SIZE),
    (("resize", "ki_1", "--size", "shared-cpu-2x:4096", "--volume-gb", "0"), "volume_gb: must be from 1 to 500, not 0"),
    (("resize", "ki_1", "--size", "performance-4x:8192", "--volume-gb", "20", "--operator", "ann"), WHICH_SIZE),
    (("resize", "ki_1", "--override", "none", "--operator", "ann"), WHICH_OVERRIDE),
    (("resize", "ki_1", "--override", "none", "--because", "idle"), WHICH_OVERRIDE),
    (
        ("resize", "ki_1", "--override", "none", "--operator", "ann", "--because", "idle", "--volume-gb", "20"),
        WHICH_OVERRIDE,
    ),
    (
        ("resize", "ki_1", "--override", "big", "--operator", "ann", "--because", "idle"),
        "--override: 'big' must be like performance-1x:3072 or shared-cpu-2x:4096 (memory in MB)",
    ),
    (("restore", "ki_1", "--operator", "ann", "--because", "asked"), WHICH_SOURCE),
    (
        ("restore", "ki_1", "--snapshot", "vs1", "--volume", "vol_1", "--operator", "ann", "--because", "asked"),
        WHICH_SOURCE,
    ),
    (("recover", "ki_1", "--operator", " ", "--because", "asked"), "operator: must not be empty"),
    (("cleanup", "ki_1", " ", "--operator", "ann", "--because", "asked"), "volume: must not be empty"),
    (
        ("list", "--store", "postgres://u:secret@h/d"),
        f"no store at 'postgres://h/d': it must be {STORES}, without options",
    ),
]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("words", "complaint"), BAD_INPUT, ids=[" ".join(words) for words, _ in BAD_INPUT])
def test_bad_input_gets_one_line_and_2(words: tuple[str, ...], complaint: str) -> None:
    """A slip is told in one line that says what was wrong, never as a traceback."""
    assert run(*words) == Line(2, "", f"kiloclaw: {complaint}\n")


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("FLY_API_TOKEN", "", "FLY_API_TOKEN is not set, and Fly is asked for something"),
        (
            "FLY_API_TOKEN",
            f"{CANARY}\n",
            "FLY_API_TOKEN: must be printable ASCII without spaces around it, and not empty",
        ),
        ("FLY_API_BASE", "fly", "FLY_API_BASE: must be like https://api.machines.dev, not 'fly'"),
        ("FLY_API_BASE", f"http://{CANARY}@fly", "FLY_API_BASE: must not carry a user or a password"),
        (
            "KILOCLAW_CONTROLLER_BASE",
            f"http://{CANARY}@fly",
            "KILOCLAW_CONTROLLER_BASE: must be like https://{app}.fly.dev, without a user",
        ),
    ],
    ids=["no token", "two lines", "no address", "a user in it", "a user in the controllers'"],
)
def test_an_environment_that_cannot_be_used_is_named(
    variable: str, value: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the variable and never shows what a token holds."""
    monkeypatch.setenv(variable, value)

    assert run("stop", "ki_1") == Line(2, "", f"kiloclaw: {complaint}\n")


def test_the_token_appears_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in what is said, nor in what is kept: whoever reads either must not become us."""
    said = [
        run("provision", "ki_secret", "--user", "user-secret"),
        run("start", "ki_secret"),
        run("debug", "ki_secret"),
    ]
    monkeypatch.setenv("FLY_API_BASE", "http://127.0.0.1:9")
    said += [run("stop", "ki_secret"), run("destroy", "ki_secret", "--json")]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"ki_secret" in kept
    assert [CANARY in line.out + line.err for line in said] == [False] * 5
    assert CANARY.encode() not in kept


def test_a_machine_is_given_what_a_secret_refers_to(fly: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record has the reference, Fly the value, and only where this process may be asked for it."""
    monkeypatch.setenv("OF_ALICE", "s3cr3t-of-alice")
    told("provision", "ki_secret", "--user", "user-secret", "--secret", "API_KEY=env:OF_ALICE")

    refused = run("start", "ki_secret")
    monkeypatch.setenv("KILOCLAW_SECRETS", "env")

    assert (refused.code, "API_KEY: there is no such secret" in refused.err) == (1, True)
    assert outward(told("start", "ki_secret")) == ("running", None)
    with sqlite3.connect("kiloclaw.db") as database:
        (body,) = database.execute("SELECT body FROM record WHERE key = 'ki_secret'").fetchone()
    assert ("env:OF_ALICE" in body, "s3cr3t-of-alice" in body) == (True, False)


SECRETS = (
    "API_KEY",
    "API_KEY=",
    "=env:KEY",
    "API KEY=env:KEY",
    "API_KEY=s3cr3t",
    "API_KEY=envB",
    "API_KEY=env:",
    "A=x:y",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_that_refers_to_nothing_gets_one_line_and_2(secret: str) -> None:
    """The line does not repeat it: it may be a value that was typed by mistake."""
    assert run("provision", "ki_typo", "--user", "user-typo", "--secret", secret) == Line(
        2, "", "kiloclaw: --secret: must be like API_KEY=env:KEY, with a reference and never the value itself\n"
    )
    assert not Path("kiloclaw.db").exists()


def test_a_secret_that_is_given_twice_gets_one_line_and_2() -> None:
    """Only one of the two could be meant."""
    twice = ("--secret", "API_KEY=env:ONE", "--secret", "API_KEY=env:OTHER")

    assert run("provision", "ki_typo", "--user", "user-typo", *twice) == Line(
        2, "", "kiloclaw: --secret: API_KEY is given twice\n"
    )


def test_a_keeper_of_secrets_that_nobody_knows_gets_one_line_and_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by its variable, before anything is asked."""
    monkeypatch.setenv("KILOCLAW_SECRETS", "vault")

    assert run("status", "ki_typo") == Line(2, "", "kiloclaw: KILOCLAW_SECRETS: 'vault' is none of none, env\n")
