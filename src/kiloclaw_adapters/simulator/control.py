"""The simulator's own surface under `/_sim`: what is true, what was asked, what goes wrong, and what stands still.

JSON in and out; what cannot be read is a 400 that says what and where. The truth itself is changed only as Fly would
change it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import asdict, frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError, read_object
from kiloclaw_adapters.simulator.spelling import read_fault, read_hold
from kiloclaw_adapters.simulator.stage import Stage, exit_event
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueMachine

Act: TypeAlias = Callable[[Stage, str, Fields], Json]
"""What one control request does; the text is what its path names. Raises `MalformedError` or `LookupError`."""


def show_truth(stage: Stage, _of: str, _body: Fields) -> Json:
    """Everything that is, and every request; secrets stay out of it."""
    return {
        "machines": [_plain(one) for one in stage.fly.machines],
        "volumes": [{**asdict(one), "named": one.named.value} for one in stage.fly.volumes],
        "apps": [
            {"app": one.app, "org_slug": one.org_slug, "network": one.network, "version": one.version}
            | {"addresses": [kind.value for kind in one.addresses], "secrets": [name for name, _ in one.secrets]}
            for one in stage.apps.apps
        ],
        "requests": [asked.shown() for asked in stage.log.kept],
    }


def _plain(machine: TrueMachine) -> Json:
    return {**asdict(machine), "state": machine.state.value}


def show_requests(stage: Stage, _of: str, _body: Fields) -> Json:
    """Every request, the oldest first."""
    return {"requests": [asked.shown() for asked in stage.log.kept]}


def show_faults(stage: Stage, _of: str, _body: Fields) -> Json:
    """Every fault that is on, and how many requests it met and holds."""
    return {"faults": [entry.shown() for entry in stage.faults.entries.values()]}


def add_fault(stage: Stage, _of: str, body: Fields) -> Json:
    """Switch a fault on; the number in the answer switches it off."""
    return _added(stage, stage.faults.add(read_fault(body)))


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
    stage.catch_up()
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


def advance(stage: Stage, of: str, _body: Fields) -> Json:
    """Let a machine that is on its way arrive now."""
    found = _machine(stage, of)
    if not truth.is_moving(found.state):
        raise MalformedError(f"path: machine {of} is {found.state.value}, and not on its way anywhere")
    stage.arrive(found.machine, stage.now_ms())
    return _after(stage, found)


def halt(stage: Stage, of: str, body: Fields) -> Json:
    """Let a machine stop though nobody asked: its process ends with `exit_code`, perhaps `out_of_memory`."""
    found = _machine(stage, of)
    code, out_of_memory = body.number("exit_code", 1), body.truth("out_of_memory", default=False)
    body.nothing_else()
    if found.state is not MachineState.STARTED:
        raise MalformedError(f"path: machine {of} is {found.state.value}, not started")
    stage.halt(found, exit_event(code, out_of_memory=out_of_memory, asked=False))
    return _after(stage, found)


def set_controller(stage: Stage, of: str, body: Fields) -> Json:
    """Make a machine's controller `well` or not."""
    found, well = _machine(stage, of), body.truth("well", default=True)
    body.nothing_else()
    (stage.unwell.discard if well else stage.unwell.add)(found.machine)
    return {"machine": found.machine, "well": well}


def reset(stage: Stage, _of: str, _body: Fields) -> Json:
    """Begin again with nothing, and no faults."""
    stage.reset()
    return {"ok": True}


def _machine(stage: Stage, of: str) -> TrueMachine:
    found = stage.fly.machine(MachineId(of))
    if found is None:
        raise LookupError(f"path: no machine has the id {of!r}")
    return found


def _after(stage: Stage, machine: TrueMachine) -> Json:
    found = stage.fly.machine(machine.machine)
    assert found is not None, f"machine {machine.machine} went away while it was looked at"
    return _plain(found)


ACTS: Final[tuple[tuple[str, str, Act], ...]] = (
    ("GET", "/_sim/truth", show_truth),
    ("GET", "/_sim/requests", show_requests),
    ("GET", "/_sim/faults", show_faults),
    ("POST", "/_sim/faults", add_fault),
    ("DELETE", "/_sim/faults", remove_fault),
    ("DELETE", "/_sim/faults/{of}", remove_fault),
    ("POST", "/_sim/hold", hold),
    ("POST", "/_sim/release", release),
    ("POST", "/_sim/machines/{of}/advance", advance),
    ("POST", "/_sim/machines/{of}/stop", halt),
    ("POST", "/_sim/machines/{of}/controller", set_controller),
    ("POST", "/_sim/reset", reset),
)


@frozen
class Control:
    """The endpoint of one control request."""

    stage: Stage
    act: Act

    async def answer(self, request: Request) -> Response:
        """Do it, and answer what it found; 400 for what cannot be read, 404 for what is not there."""
        self.stage.catch_up()
        try:
            body = read_object(await request.body())
            return JSONResponse(self.act(self.stage, request.path_params.get("of", ""), body))
        except MalformedError as error:
            return JSONResponse({"error": str(error)}, 400)
        except LookupError as error:
            return JSONResponse({"error": str(error.args[0])}, 404)
