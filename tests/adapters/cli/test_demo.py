"""The demo, whole: the README's first command, as a new user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from subprocess import PIPE

import pytest
from attrs import evolve
from rich.console import Console

from kiloclaw_adapters.cli import demonstrating
from kiloclaw_adapters.demo import DemoError, Judgement, Played
from kiloclaw_adapters.demo.judging import PROMISED
from kiloclaw_adapters.demo.lanes import Line as Shown
from kiloclaw_adapters.demo.lanes import Screen

from .conftest import CANARY, Line, run

pytestmark = pytest.mark.xdist_group("by the clock on the wall")

SOUND = Played(
    lines=(Shown(1, "caller", "provision"),),
    judgements=(Judgement("gone", "It is gone.", "witnessed", 7),),
    moments=7,
    kills=2,
    workers=3,
    seconds=9.5,
)


def plays(monkeypatch: pytest.MonkeyPatch, played: Played) -> None:
    """Have the demo play so, without playing it."""
    monkeypatch.setattr(demonstrating, "_played", lambda **_how: played)


def test_the_demo_heals_and_survives_two_kills_and_everything_holds() -> None:
    """The project's first impression, and a promise: real processes, real HTTP, SIGKILL, and nothing left behind."""
    ran = subprocess.run(
        [sys.executable, "-m", "kiloclaw_adapters.cli", "demo", "--json"], capture_output=True, text=True, check=False
    )
    told = json.loads(ran.stdout)

    assert [one for one in told["claims"] if one["verdict"] == "broken"] == []
    assert [one["name"] for one in told["claims"] if one["verdict"] == "not_witnessed"] == ["restarting", "restoring"]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (told["held"], told["kills"], told["workers"]) == (True, 2, 3)
    assert {one["name"]: one["verdict"] for one in told["claims"] if one["name"] in PROMISED} == {
        "one machine at most": "held",
        "nothing is left behind": "held",
        "destroyed stays destroyed": "held",
        "destroyed while creating": "witnessed",
        "gone": "witnessed",
        "the data is kept": "held",
        "no silent empty disk": "held",
        "recovering": "witnessed",
        "a volume is kept": "witnessed",
    }
    verdicts = {one["name"]: one["verdict"] for one in told["claims"]}
    assert [verdicts[name] for name in ("one is let in", "nobody is locked out", "Fly is empty")] == ["held"] * 3
    refused = "An instance is being created already; it will be there soon."
    assert f"tab 2: {refused}" in [one["text"] for one in told["lines"]]
    counted = [float(one["text"].split()[2]) for one in told["lines"] if one["text"].startswith("keeps vol_")]
    assert counted == sorted(counted, reverse=True)
    assert len(counted) > 1
    assert {one["lane"] for one in told["lines"]} == {"caller", "instance", "fly", "in flight"}
    assert CANARY not in ran.stdout


def test_a_demo_that_is_interrupted_leaves_nothing_behind_and_says_nothing_of_its_processes() -> None:
    """Ctrl-C goes to all of them at once, and a worker's traceback is nobody's affair."""
    command = [sys.executable, "-u", "-m", "kiloclaw_adapters.cli", "demo"]
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout is not None, "a pipe"
        next(line for line in running.stdout if "worker 1 begins" in line)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=20)

    assert (running.returncode, err) == (130, "")
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_demo_in_which_all_holds_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line is the one that is remembered."""
    plays(monkeypatch, SOUND)
    ran = run("demo")

    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        "9.5 s, 3 workers, 2 of them killed with SIGKILL: everything held.",
    )


def test_a_demo_says_what_it_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is to look for a run that shows it: what no trace tells no further one does."""
    silent = [Judgement("who waits is served", "It is.", "not_judged", why="no trace tells of it")] * 2
    unseen = [Judgement("restarting", "An instance restarts.", "not_witnessed")]
    plays(monkeypatch, evolve(SOUND, judgements=(*SOUND.judgements, *silent, *unseen)))
    ran = run("demo")

    assert (ran.code, ran.out.splitlines()[-3:]) == (
        0,
        [
            "9.5 s, 3 workers, 2 of them killed with SIGKILL: everything held.",
            "not judged: 2, because of what the trace does not tell",
            "not witnessed: 1, because the story does not come to it",
        ],
    )


def test_a_demo_in_which_a_claim_does_not_hold_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that cannot fail shows nothing."""
    plays(monkeypatch, evolve(SOUND, judgements=(Judgement("gone", "It is gone.", "not_witnessed"),)))
    ran = run("demo")

    assert (ran.code, "not everything held" in ran.out, "✗  gone  not witnessed" in ran.out) == (1, True, True)
    assert json.loads(run("demo", "--json").out)["held"] is False


def test_a_demo_that_cannot_go_on_ends_with_one_line_and_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something was waited for in vain; a traceback would not say what."""

    def stuck(*, quietly: bool) -> Played:
        raise DemoError("waited 12 s for the instance to be gone, in vain")

    monkeypatch.setattr(demonstrating, "_played", stuck)

    assert run("demo") == Line(1, "", "kiloclaw: waited 12 s for the instance to be gone, in vain\n")


NARROW = [
    "   1.50  caller     tab 2: An instance is being created",
    "                    already; it will be there soon.",
    "   2.00  in flight  7 create_machine →",
]
WIDE = [
    "seconds  caller     instance           fly               in flight",
    "   1.50  tab 2: An",
    "         instance",
    "         is being",
    "         created",
    "         already;",
    "         it will",
    "         be there",
    "         soon.",
    "   2.00                                                  7 create_machine →",
]


@pytest.mark.parametrize(("width", "shown"), [(60, NARROW), (80, WIDE)], ids=["60", "80"])
def test_a_lane_is_a_place_where_there_is_room_for_it_and_else_a_word(
    width: int, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A lane that is five letters wide can be read by nobody."""
    screen = Screen(Console(width=width), 0)
    screen.head()
    screen.tell(Shown(1500, "caller", "tab 2: An instance is being created already; it will be there soon."))
    screen.tell(Shown(2000, "in flight", "7 create_machine →"))
    screen.show(2000)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown
