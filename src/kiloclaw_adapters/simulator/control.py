"""The simulator's own surface under `/_sim`: what is true, what was asked, what goes wrong, and what stands still.

JSON in and out; what cannot be read is a 400 that says what and where. The truth itself is changed only as Fly would
change it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kiloclaw_adapters.simulator import interfering
from kiloclaw_adapters.simulator.chaos import everything_at
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError, read_object
from kiloclaw_adapters.simulator.rules import PRESETS
from kiloclaw_adapters.simulator.spelling import plain, read_fault, read_hold, read_rules
from kiloclaw_adapters.simulator.stage import Stage

Act: TypeAlias = Callable[[Stage, str, Fields], Json]
"""What one control request does; the text is what its path names. Raises `MalformedError` or `LookupError`."""


def show_truth(stage: Stage, _of: str, _body: Fields) -> Json:
    """Everything that is, and every request; secrets stay out of it."""
    return {
        "machines": [{**plain(one), "host": stage.hosts.of(one.machine).host} for one in stage.fly.machines],
        "volumes": [{**plain(one), "host": stage.hosts.of(one.volume).host} for one in stage.fly.volumes],
        "snapshots": [
            {**plain(one), "finished": stage.snapshot_papers[one.snapshot].finished} for one in stage.fly.snapshots
        ],
        "apps": [
            {"app": one.app, "org_slug": one.org_slug, "network": one.network, "version": one.version}
            | {"addresses": [kind.value for kind in one.addresses], "secrets": [name for name, _ in one.secrets]}
            for one in stage.apps.apps
        ],
        "requests": [asked.shown() for asked in stage.log.kept],
    }


def show_requests(stage: Stage, _of: str, _body: Fields) -> Json:
    """Every request, the oldest first."""
    return {"requests": [asked.shown() for asked in stage.log.kept]}


def show_faults(stage: Stage, _of: str, _body: Fields) -> Json:
    """Every fault that is on, and how many requests it met and holds."""
    return {"faults": [entry.shown() for entry in stage.faults.entries.values()]}


def add_fault(stage: Stage, _of: str, body: Fields) -> Json:
    """Switch a fault on; the number in the answer switches it off."""
    return _added(stage, stage.faults.add(read_fault(body)))


def add_chaos(stage: Stage, _of: str, body: Fields) -> Json:
    """Switch everything on that can go wrong at any request, each with this `chance`."""
    chance = body.share("chance", 0.05)
    body.nothing_else()
    if not 0 < chance <= 1:
        raise MalformedError(f"body.chance: must be above 0 and at most 1, not {chance}")
    numbers = [stage.faults.add(fault) for fault in everything_at(chance)]
    stage.wake()
    return {"numbers": numbers}


def hold(stage: Stage, _of: str, body: Fields) -> Json:
    """Hold matching requests, `when` before or after their effect, until they are released."""
    return _added(stage, stage.faults.add(read_hold(body)))


def _added(stage: Stage, number: int) -> Json:
    stage.wake()
    return stage.faults.entries[number].shown()


def remove_fault(stage: Stage, of: str, _body: Fields) -> Json:
    """Switch one fault off, or, where the path names none, all of them."""
    if not of:
        stage.faults.clear()
    elif not of.isascii() or not of.isdigit() or int(of) not in stage.faults.entries:
        raise LookupError(f"path: no fault has the number {of!r}")
    else:
        stage.faults.remove(int(of))
    stage.wake()
    catch_up(stage)
    return {"ok": True}


def release(stage: Stage, _of: str, body: Fields) -> Json:
    """Release what a hold, named by its `number`, holds; or what every hold holds."""
    number = body.number("number", at_least=1) if body.has("number") else None
    body.nothing_else()
    holds = [entry for entry in stage.faults.holds() if number in {None, entry.number}]
    if number is not None and not holds:
        raise LookupError(f"body.number: no hold has the number {number}")
    released = sum(entry.held for entry in holds)
    for entry in holds:
        stage.faults.remove(entry.number)
    return {"released": released}


def show_rules(stage: Stage, _of: str, _body: Fields) -> Json:
    """How this Fly decides where sources conflict."""
    return plain(stage.rules)


def set_rules(stage: Stage, _of: str, body: Fields) -> Json:
    """Decide otherwise: as a `preset` says, or rule by rule."""
    stage.rules = read_rules(body, stage.rules, PRESETS)
    return plain(stage.rules)


def reset(stage: Stage, _of: str, _body: Fields) -> Json:
    """Begin again with nothing, and no faults."""
    stage.reset()
    return {"ok": True}


ACTS: Final[tuple[tuple[str, str, Act], ...]] = (
    ("GET", "/_sim/truth", show_truth),
    ("GET", "/_sim/requests", show_requests),
    ("GET", "/_sim/faults", show_faults),
    ("POST", "/_sim/faults", add_fault),
    ("DELETE", "/_sim/faults", remove_fault),
    ("DELETE", "/_sim/faults/{of}", remove_fault),
    ("POST", "/_sim/chaos", add_chaos),
    ("POST", "/_sim/hold", hold),
    ("POST", "/_sim/release", release),
    ("GET", "/_sim/rules", show_rules),
    ("POST", "/_sim/rules", set_rules),
    ("POST", "/_sim/machines/{of}/advance", interfering.advance),
    ("POST", "/_sim/machines/{of}/stop", interfering.halt),
    ("POST", "/_sim/machines/{of}/befall", interfering.let_befall),
    ("POST", "/_sim/machines/{of}/controller", interfering.set_controller),
    ("POST", "/_sim/machines/{of}/reply", interfering.set_reply),
    ("POST", "/_sim/machines/{of}/pairing", interfering.set_pending),
    ("POST", "/_sim/machines/{of}/lease", interfering.lease),
    ("POST", "/_sim/volumes/{of}/advance", interfering.advance_volume),
    ("POST", "/_sim/volumes/{of}/snapshot", interfering.back_up),
    ("POST", "/_sim/volumes/{of}/lose", interfering.lose_volume),
    ("GET", "/_sim/hosts", interfering.show_hosts),
    ("POST", "/_sim/hosts/{of}", interfering.set_host),
    ("POST", "/_sim/hosts/{of}/lose", interfering.lose_host),
    ("POST", "/_sim/reset", reset),
)


@frozen
class Control:
    """The endpoint of one control request."""

    stage: Stage
    act: Act

    async def answer(self, request: Request) -> Response:
        """Do it, and answer what it found; 400 for what cannot be read, 404 for what is not there."""
        catch_up(self.stage)
        try:
            body = read_object(await request.body())
            return JSONResponse(self.act(self.stage, request.path_params.get("of", ""), body))
        except MalformedError as error:
            return JSONResponse({"error": str(error)}, 400)
        except LookupError as error:
            return JSONResponse({"error": str(error.args[0])}, 404)
