"""What Fly is taken to decide where sources conflict: leniently, strictly, or rule by rule (Fly: fly.md 6, 9)."""

from __future__ import annotations

import pytest
from attrs import asdict, evolve

from kiloclaw_adapters.simulator import LENIENT, STRICT, Rules, Settings, Simulator

from .suite import MACHINES, Wire, shown, simulated

pytestmark = pytest.mark.anyio


async def test_rules_are_shown_and_set_by_a_preset_or_one_by_one(wire: Wire, simulator: Simulator) -> None:
    """A rule that is not named stays as it was, or as the preset has it."""
    assert (await wire.get("/_sim/rules"))[1] == await wire.do("rules", {"preset": "lenient"})
    assert simulator.stage.rules == LENIENT
    await wire.do("rules", {"update_launches": True, "name_held_s": 5})
    assert simulator.stage.rules == Rules(update_launches=True, name_held_s=5.0)
    await wire.do("rules", {"preset": "strict", "name_held_s": 2.5})
    assert simulator.stage.rules == evolve(STRICT, name_held_s=2.5)
    simulator.reset()
    assert simulator.stage.rules == LENIENT


def as_fields(rules: Rules) -> dict[str, object]:
    """The rules by their names."""
    return asdict(rules)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"preset": "harsh"}, "body.preset: 'harsh' is none of lenient, strict"),
        ({"update_launches": 1}, "body.update_launches: must be true or false, not 1"),
        ({"name_held_s": "long"}, 'body.name_held_s: must be a number, not "long"'),
        ({"name_held_s": -0.5}, "body: name_held_s must be 0 or more, not -0.5"),
    ],
)
async def test_rules_that_cannot_be_are_refused(body: object, text: str, wire: Wire, simulator: Simulator) -> None:
    """And nothing changes."""
    assert await wire.post("/_sim/rules", body) == (400, {"error": text})
    assert simulator.stage.rules == LENIENT


async def test_no_rule_of_the_strict_is_that_of_the_lenient() -> None:
    """The presets are apart in everything, so that who holds under both depends on nothing."""
    lenient, strict = as_fields(LENIENT), as_fields(STRICT)
    assert [name for name in lenient if lenient[name] == strict[name]] == []


async def test_strictly_a_wait_for_stopped_names_its_version() -> None:
    """As documents say; Fly's own client does not always, and a simulator may be set up so (Fly: fly.md 2.6)."""
    async with simulated(Simulator(Settings(boot_s=0.0, stop_s=0.0, rules=STRICT))) as wire:
        machine = await wire.booted()
        await wire.post(f"{MACHINES}/{machine}/stop")
        path, version = f"{MACHINES}/{machine}/wait", (await wire.look(f"{MACHINES}/{machine}"))["instance_id"]
        text = "invalid_argument: instance_id: must be given to wait for stopped"
        assert await wire.get(path, state="stopped") == (400, {"error": text})
        waits = [await wire.get(path, state="stopped", **{name: str(version)}) for name in ("version", "instance_id")]
        assert [(status, shown(body)["state"]) for status, body in waits] == [(200, "stopped")] * 2
