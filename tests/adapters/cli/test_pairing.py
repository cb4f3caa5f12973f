"""`pairing list` and `pairing approve`, against simulated machines whose controllers are of every age."""

from __future__ import annotations

import httpx
import pytest

from kiloclaw_adapters.pairing import PairingCalls, Target
from kiloclaw_core.pairing import Kind
from kiloclaw_core.pairing.caller import ListEnd, Shown, Via

from .conftest import CANARY, Line, run, told

pytestmark = pytest.mark.usefixtures("fly")

CODE = "C0DECANARY77"
REQUEST = "0c0ffee0-cafe-4bad-8bad-00000000feed"
CHANNELS = [{"code": CODE, "id": "ada", "channel": "telegram", "meta": {"name": "Ada"}}]
DEVICES = [{"requestId": REQUEST, "deviceId": "laptop", "role": "operator", "ts": 1}]
OTHERS = "what-other-tokens-are-made-from"
BOX = "ki_paired"
UNSAID = f"kiloclaw: {BOX}: whether this is up to date nobody says: the controller is too old for that\n"


@pytest.fixture
def machine(fly: str) -> str:
    """A running machine with one request of each kind pending."""
    assert run("provision", BOX, "--user", "ann").code == 0
    assert run("start", BOX).code == 0
    found = str(told("status", BOX)["machine_id"])
    pend(fly, found, age="current", channels=CHANNELS, devices=DEVICES)
    return found


def pend(fly: str, machine: str, **what: object) -> None:
    """Say what is pending in a machine, or how old its controller is."""
    answer = httpx.post(f"{fly}/_sim/machines/{machine}/pairing", json=what)
    assert answer.status_code == 200, answer.text


def approve_channel(code: str = CODE, *more: str) -> Line:
    """Approve a channel's request."""
    return run("pairing", "approve", BOX, "--channel", "telegram", "--code", code, *more)


@pytest.mark.parametrize(("age", "via"), [("current", "controller"), ("coded", "exec"), ("uncoded", "exec")])
def test_what_is_pending_is_listed_and_approved_whatever_the_controllers_age(
    age: str, via: str, machine: str, fly: str
) -> None:
    """A controller without the routes is gone round by a command on its machine, which does not say how old it is."""
    pend(fly, machine, age=age)
    listed = told("pairing", "list", BOX)
    devices = told("pairing", "list", BOX, "--kind", "devices", "--refresh")
    channel, device = approve_channel(), run("pairing", "approve", BOX, "--request", REQUEST)
    after = run("pairing", "list", BOX)
    stale, aside = (False, "") if via == "controller" else (None, UNSAID)

    assert listed == {"sandbox_id": BOX, "kind": "channels", "via": via, "stale": stale, "requests": CHANNELS}
    assert devices == {"sandbox_id": BOX, "kind": "devices", "via": via, "stale": stale, "requests": DEVICES}
    assert channel == device == Line(0, f"{BOX}: approved\n", "")
    assert after == Line(0, "nobody wants to be let in\n", aside)


def test_a_controller_that_denies_is_not_gone_round(machine: str, fly: str) -> None:
    """It may as well be somebody else's (pairing 6.2, S11)."""
    pend(fly, machine, age="denying")
    listed, approved = run("pairing", "list", BOX), approve_channel()
    why = f"kiloclaw: {BOX}: {{}}the controller does not accept us, or is too old: redeploy\n"

    assert listed == Line(1, "", why.format(""))
    assert approved == Line(1, "", why.format("not approved: "))


def test_a_secret_that_is_not_theirs_opens_nothing(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is shown to nobody."""
    monkeypatch.setenv("GATEWAY_TOKEN_SECRET", OTHERS)
    ran = run("pairing", "list", BOX)

    assert (ran.code, ran.out) == (1, "")
    assert "redeploy" in ran.err
    assert (OTHERS in ran.err, CANARY in ran.err) == (False, False)


def test_the_list_is_a_table_for_people(machine: str) -> None:
    """With the codes, which is what it is for."""
    channels, devices = run("pairing", "list", BOX), run("pairing", "list", BOX, "--kind", "devices")

    assert [line.split() for line in channels.out.splitlines()[1:]] == [["telegram", CODE, "ada"]]
    assert [line.split() for line in devices.out.splitlines()[1:]] == [["laptop", REQUEST, "operator"]]


def test_a_list_that_could_not_be_read_anew_says_so(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known before is shown all the same, and nobody takes it for new."""

    async def pending(_calls: PairingCalls, _target: Target, _kind: Kind, *, anew: bool) -> ListEnd:
        return Shown((), Via.CONTROLLER, stale=anew)

    monkeypatch.setattr(PairingCalls, "pending", pending)

    assert run("pairing", "list", BOX).err == ""
    assert run("pairing", "list", BOX, "--refresh") == Line(
        0,
        "nobody wants to be let in\n",
        f"kiloclaw: {BOX}: this may be out of date: the controller could not read all of it\n",
    )


def test_what_a_client_calls_itself_steers_no_terminal(machine: str, fly: str) -> None:
    """Whoever wants to be let in chooses these words."""
    sly = {**DEVICES[0], "role": "ops\x1b]0;owned\x07\x1b[2J", "platform": "\u202eevil"}
    pend(fly, machine, devices=[sly])
    shown = run("pairing", "list", BOX, "--kind", "devices").out

    assert r"ops\x1b]0;owned\x07\x1b[2J \u202eevil" in shown
    assert [one for one in shown if not one.isprintable() and one != "\n"] == []


def test_a_code_that_nobody_was_given_is_refused_and_not_repeated(machine: str) -> None:
    """The code in the message would be in every log of it."""
    ran = approve_channel("WR0NGCODE")
    known = run("pairing", "approve", BOX, "--channel", "telegram", "--code", "WR0NGCODE", "--json")

    assert ran == Line(1, "", f"kiloclaw: {BOX}: not approved: the command refused or failed\n")
    assert known.code == 1
    assert '"approved": false' in known.out
    assert "WR0NGCODE" not in ran.err + known.out + known.err


@pytest.mark.parametrize(
    "words",
    [
        ("--channel", "telegram"),
        ("--code", CODE),
        ("--channel", "telegram", "--code", CODE, "--request", REQUEST),
        (),
        ("--request", "--all"),
        ("--channel", "Telegram", "--code", CODE),
    ],
)
def test_what_cannot_be_approved_is_bad_input(words: tuple[str, ...], machine: str) -> None:
    """Before anybody is asked."""
    ran = run("pairing", "approve", BOX, *words)

    assert (ran.code, ran.out) == (2, "")
    assert CODE not in ran.err


def test_a_machine_that_is_down_is_not_woken(machine: str, fly: str) -> None:
    """Fly starts a machine that is asked something (pairing PW20)."""
    assert run("stop", BOX).code == 0
    ran = run("pairing", "list", BOX)

    assert ran == Line(1, "", f"kiloclaw: {BOX}: the machine is not running\n")
    assert told("status", BOX)["status"] == "stopped"
    states = {one["machine"]: one["state"] for one in httpx.get(f"{fly}/_sim/truth").json()["machines"]}
    assert states[machine] == "stopped"


def test_a_sandbox_without_a_machine_has_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that never was."""
    monkeypatch.setenv("GATEWAY_TOKEN_SECRET", "simulated")
    assert run("provision", "ki_fresh", "--user", "ben").code == 0

    assert run("pairing", "list", "ki_fresh") == Line(1, "", "kiloclaw: ki_fresh: it has no machine\n")
    assert run("pairing", "list", "ki_never").code == 2


def test_without_the_secret_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which variable is missing."""
    monkeypatch.delenv("GATEWAY_TOKEN_SECRET", raising=False)
    ran = run("pairing", "list", BOX)

    assert (ran.code, ran.err.startswith("kiloclaw: GATEWAY_TOKEN_SECRET is not set")) == (2, True)
