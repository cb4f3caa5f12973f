"""Secrets: their values reach Fly and nobody else, and without them nothing is sent."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Final

import httpx
import pytest
from attrs import evolve, frozen
from hypothesis import example, given
from hypothesis import strategies as st

from kiloclaw_adapters.fly import FlyPerformer
from kiloclaw_adapters.fly.revealing import Revealed, reveal
from kiloclaw_adapters.logs import Fields, LogWatch
from kiloclaw_adapters.moments import Called, Returned
from kiloclaw_adapters.ports import Secrets
from kiloclaw_adapters.provider import fly_provider
from kiloclaw_adapters.secret_keeping import EnvironmentSecrets, NoSecrets
from kiloclaw_adapters.trace_words import answer_words, call_words
from kiloclaw_core.commands import Command
from kiloclaw_core.effects import CreateMachine, Effect, UpdateMachine
from kiloclaw_core.instance import Record
from kiloclaw_core.names import SecretRef
from kiloclaw_core.outcomes import Outcome, Rejected, Unknown, Why

from .suite import (
    CONFIG,
    CREATE_MACHINE,
    MACHINE,
    START_MACHINE,
    UPDATE_MACHINE,
    ScriptedFly,
    VirtualClock,
    performer,
    says,
)

pytestmark = pytest.mark.anyio

VALUE: Final = 'hush <canary> & "quote"\n\\ ünd'
SECRET_CONFIG: Final = evolve(CONFIG, secrets=(("KEY", SecretRef("env:KEY")), ("OTHER", SecretRef("env:OTHER"))))
CREATE: Final = evolve(CREATE_MACHINE, config=SECRET_CONFIG)
UPDATE: Final = evolve(UPDATE_MACHINE, config=SECRET_CONFIG)
KEPT: Final = EnvironmentSecrets({"KEY": VALUE, "OTHER": "another canary"})
BOTH: Final = pytest.mark.parametrize("effect", [CREATE, UPDATE])


@frozen
class BrokenSecrets:
    """A keeper that fails, and says too much about it."""

    async def resolve(self, reference: SecretRef) -> str:  # noqa: ARG002 (the port's)
        """It fails."""
        raise OSError(f"the vault is sealed: {VALUE}")


@frozen
class TalkativeSecrets:
    """A keeper that knows nothing of the reference, and says too much about it."""

    async def resolve(self, reference: SecretRef) -> str:  # noqa: ARG002 (the port's)
        """There is no value."""
        raise KeyError(VALUE)


async def told(effect: CreateMachine | UpdateMachine, fly: ScriptedFly, secrets: Secrets) -> Outcome:
    """What the effect came to."""
    clock = VirtualClock()
    return await performer(fly, clock, secrets).perform(effect, committed_at=clock())


# -- nothing is sent without them --------------------------------------------------------------------------------


@BOTH
async def test_the_values_are_in_what_is_sent(effect: CreateMachine | UpdateMachine) -> None:
    """As variables of the machine, beside those that the record itself has."""
    fly = ScriptedFly([says(400, "")])
    await told(effect, fly, KEPT)
    (request,) = fly.asked
    environment = json.loads(request.content)["config"]["env"]
    assert environment == {"A": "1", "B": "zwei", "KEY": VALUE, "OTHER": "another canary"}


REFUSED: tuple[tuple[Secrets, Why, str], ...] = (
    (NoSecrets(), Why.INVALID, "KEY: there is no such secret, and nothing was sent"),
    (TalkativeSecrets(), Why.INVALID, "KEY: there is no such secret, and nothing was sent"),
    (EnvironmentSecrets({"KEY": VALUE}), Why.INVALID, "OTHER: there is no such secret, and nothing was sent"),
    (BrokenSecrets(), Why.NOT_SENT, "KEY: its secret cannot be looked up now (OSError), and nothing was sent"),
)


@BOTH
@pytest.mark.parametrize(("secrets", "why", "text"), REFUSED)
async def test_without_a_value_nothing_is_sent(
    effect: CreateMachine | UpdateMachine, secrets: Secrets, why: Why, text: str
) -> None:
    """A machine without its key would come up and fail its user; a vault that is sealed may be opened again."""
    fly = ScriptedFly([])
    outcome = await told(effect, fly, secrets)
    assert outcome == Rejected(why)
    assert isinstance(outcome, Rejected)
    assert (outcome.text, fly.asked) == (text, [])


async def test_what_needs_no_secret_asks_for_none() -> None:
    """A start must not fail because a vault is sealed."""
    values = [await reveal(BrokenSecrets(), one) for one in (START_MACHINE, CREATE_MACHINE)]
    assert [isinstance(one, Revealed) and dict(one.values) for one in values] == [{}, {}]


async def test_whoever_stops_us_need_not_wait_for_a_keeper() -> None:
    """Only cancellation escapes, and it does."""
    entered = asyncio.Event()

    class SlowSecrets:
        async def resolve(self, reference: SecretRef) -> str:  # noqa: ARG002 (the port's)
            entered.set()
            await asyncio.Event().wait()
            raise AssertionError("nobody sets the event")

    task = asyncio.create_task(told(CREATE, ScriptedFly([]), SlowSecrets()))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_keeper_that_takes_its_time_makes_the_request_too_late() -> None:
    """Looked up before the last check, so that what is sent late is not sent at all."""
    clock, fly = VirtualClock(), ScriptedFly([])

    class SlowSecrets:
        async def resolve(self, reference: SecretRef) -> str:  # noqa: ARG002 (the port's)
            await clock.sleep(30.0)
            return "value"

    outcome = await performer(fly, clock, SlowSecrets()).perform(CREATE, committed_at=clock())
    assert (outcome, fly.asked) == (Rejected(Why.NOT_SENT), [])


# -- nobody else is told -----------------------------------------------------------------------------------------

ONCE = json.dumps({"error": f"bad variable {VALUE}, another canary"})
TWICE = json.dumps({"error": f"bad config {json.dumps({'env': {'KEY': VALUE}}, ensure_ascii=False)}"})
OTHERS = ONCE.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
SAID: tuple[httpx.Response | Exception, ...] = (
    says(400, f"bad variable {VALUE}"),
    says(400, ONCE),
    says(422, TWICE),
    says(409, OTHERS),
    says(412, json.dumps({"error": VALUE}, ensure_ascii=False)),
    says(500, VALUE),
    says(408, ONCE),
    says(200, f"<html>{VALUE}"),
    says(200, json.dumps({"id": MACHINE, "state": VALUE, "config": {"env": {"KEY": VALUE}, "guest": []}})),
    says(200, json.dumps({"id": VALUE, "state": "started"})),
    httpx.ReadTimeout(VALUE),
    httpx.InvalidURL(f"{VALUE} another canary"),
)


@BOTH
@pytest.mark.parametrize("said", SAID)
async def test_no_value_is_told_to_anybody(
    effect: CreateMachine | UpdateMachine, said: httpx.Response | Exception
) -> None:
    """Outcomes are kept in notes, logged and traced; Fly, or a library, may repeat what it was sent."""
    lines: list[tuple[str, Fields]] = []
    watch: LogWatch[Command, Record, Effect, Outcome] = LogWatch(lambda name, fields: lines.append((name, fields)))
    outcome = await told(effect, ScriptedFly([said]), KEPT)
    watch.saw("gw-1", Called(effect))
    watch.saw("gw-1", Returned(effect, outcome))
    assert isinstance(outcome, Rejected | Unknown)
    everything = f"{outcome!r} {outcome.text} {lines} {call_words(effect)} {answer_words(outcome)} {effect!r}"
    assert [word for word in ("canary", "hush", "quote") if word in everything] == []
    assert (len(lines), "another" in everything) == (1, False)


async def test_a_machine_whose_answer_repeats_a_value_is_read_as_it_is() -> None:
    """Taken out before it is read, a value that looks like a state would make another of it."""
    secrets = EnvironmentSecrets({"KEY": "started", "OTHER": MACHINE})
    body = json.dumps({"id": MACHINE, "state": "started", "config": {"env": {"KEY": "started"}}})
    plain = await told(evolve(CREATE_MACHINE), ScriptedFly([says(200, body)]), NoSecrets())
    assert await told(CREATE, ScriptedFly([says(200, body)]), secrets) == plain


def test_a_value_too_short_to_guard_anything_does_not_garble_what_people_read() -> None:
    """A port or a yes stands in every other word."""
    revealed = Revealed({"DEBUG": "1", "NONE": "", "KEY": "word", "LONG": "words and more"})
    outcome = revealed.removed_from(Rejected(Why.INVALID, text="1 word, words and more"))
    assert isinstance(outcome, Rejected)
    assert outcome.text == "1 [secret], [secret]"


@given(st.text(min_size=4), st.sampled_from([str, repr, json.dumps]), st.sampled_from([str, repr, json.dumps]))
@example("\\" * 60, json.dumps, json.dumps)
@example("\U0001f511key", json.dumps, json.dumps)
def test_however_a_value_is_quoted_it_is_found(
    value: str, inner: Callable[[str], str], outer: Callable[[str], str]
) -> None:
    """Fly quotes in one way, a library in another, and one within the other."""
    text = outer(f"bad {inner(value)} there")
    outcome = Revealed({"KEY": value}).removed_from(Unknown(text))
    assert isinstance(outcome, Unknown)
    assert "[secret]" in outcome.text


def test_nobody_who_holds_a_value_shows_it() -> None:
    """Tracebacks with locals and debug logs show reprs."""
    revealed = Revealed({"KEY": VALUE})
    asked = performer(ScriptedFly([]), VirtualClock(), KEPT)
    assert f"{revealed!r} {KEPT!r}" == "Revealed() EnvironmentSecrets()"
    assert "canary" not in f"{asked!r}"


# -- who keeps them ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:EMPTY", "EMPTY is not set"),
        ("env:MISSING", "MISSING is not set"),
        ("env:", " is not set"),
        ("KEY", "KEY: must be like env:NAME"),
        ("vault:KEY", "vault:KEY: must be like env:NAME"),
    ],
)
async def test_the_environment_keeps_what_it_has(reference: str, why: str) -> None:
    """A variable that is empty was forgotten, not meant."""
    secrets = EnvironmentSecrets({"KEY": VALUE, "EMPTY": ""})
    assert await secrets.resolve(SecretRef("env:KEY")) == VALUE
    with pytest.raises(LookupError) as caught:
        await secrets.resolve(SecretRef(reference))
    assert str(caught.value) == why


async def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at when it is asked, so that a key that was changed is the new one."""
    secrets = EnvironmentSecrets()
    monkeypatch.setitem(os.environ, "KILOCLAW_TEST_KEY", VALUE)
    assert await secrets.resolve(SecretRef("env:KILOCLAW_TEST_KEY")) == VALUE


async def test_nobody_keeps_anything_unless_the_program_says_so() -> None:
    """A reference that nobody can follow is told, not sent as it is."""
    providers = (NoSecrets(), fly_provider("t", "acme", "s")), (KEPT, fly_provider("t", "acme", "s", secrets=KEPT))
    for secrets, fly in providers:
        assert isinstance(fly.machines, FlyPerformer)
        assert fly.machines.secrets == secrets
        await fly.aclose()
    with pytest.raises(LookupError, match=r"^env:KEY: nobody here keeps secrets$"):
        await NoSecrets().resolve(SecretRef("env:KEY"))
