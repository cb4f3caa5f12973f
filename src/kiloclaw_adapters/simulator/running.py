"""What requests do that set a machine going or bring it down, or ask something of what runs in it (Fly: fly.md 2).

Whether a state allows it is decided by `kiloclaw_core.world.fly`.
"""

from __future__ import annotations

import re
from typing import Final

from kiloclaw_adapters.simulator.asking import Answer, Ask, Refused, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.controllers import executed
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.finding import machine_reached, open_app
from kiloclaw_adapters.simulator.happenings import suspend as put_to_sleep
from kiloclaw_adapters.simulator.kinds import Kind, TooEarly
from kiloclaw_adapters.simulator.moving import depart, foretell
from kiloclaw_adapters.simulator.placing import check_running
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import MachineState
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueMachine

PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
DURATION: Final = re.compile(rf"(?:{PART.pattern})+")
SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
DEFAULT_REPLY: Final[Json] = {"exit_code": 0, "exit_signal": 0, "stdout": "", "stderr": ""}
MOST_SUSPENDED_MB: Final = 2048


def start(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Start a machine that is down; it is up later."""
    open_app(stage, ask, met)
    found = machine_reached(stage, ask)
    _check_time(stage, found, met)
    fly = _allowed(truth.start_machine(stage.fly, found.machine))
    if fly != stage.fly:
        check_running(stage, found, found.guest)
    _change(stage, found, met, fly, "start")
    return shown({"previous_state": found.state.value, "migrated": False, "new_host": ""})


def _check_time(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...]) -> None:
    """Refuse a start that comes too early after the last change, or while the machine is starting."""
    early_ms = max((kind.for_ms for kind in met if isinstance(kind, TooEarly)), default=0)
    if early_ms and machine.state is MachineState.STARTING:
        raise Refused(*REFUSALS["still_attempting"])
    papers = stage.papers[machine.machine]
    for name, kind in (("still_active", "exit"), ("getting_replaced", "update")):
        last_ms = papers.last_ms(kind)
        if last_ms is not None and stage.now_ms() - last_ms < early_ms:
            raise Refused(*REFUSALS[name])


def stop(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Ask a machine to stop; it is down later."""
    open_app(stage, ask, met)
    timeout = ask.body.text("timeout", "5s")
    ask.body.text("signal", "SIGINT")
    if DURATION.fullmatch(timeout) is None:
        raise invalid(f"body.timeout: {timeout!r} is no duration such as 30s")
    longest_s = stage.rules.longest_stop_s
    if longest_s and seconds_of(timeout) > longest_s:
        raise invalid(f"body.timeout: {timeout} is longer than {longest_s:g}s")
    found = machine_reached(stage, ask)
    _change(stage, found, met, _allowed(truth.stop_machine(stage.fly, found.machine)), "stop")
    return shown({"ok": True})


def seconds_of(duration: str) -> float:
    """How long a duration such as `1m30s` is."""
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(duration))


def suspend(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Put a machine to sleep, unless it is too large for that, or runs by a schedule."""
    open_app(stage, ask, met)
    found = machine_reached(stage, ask)
    config = stage.papers[found.machine].configs[found.version]
    if found.state is MachineState.SUSPENDED:
        return shown({"ok": True})
    if found.state is not MachineState.STARTED:
        raise refused(412, f"failed_precondition: unable to suspend machine from current state: '{found.state.value}'")
    if (found.guest is not None and found.guest.memory_mb > MOST_SUSPENDED_MB) or "schedule" in config:
        text = f"machines that have a schedule, or more than {MOST_SUSPENDED_MB} MB of memory, cannot be suspended"
        raise refused(412, f"failed_precondition: {text}")
    put_to_sleep(stage, found, "user")
    foretell(stage, found.machine, met)
    return shown({"ok": True})


def _allowed(landing: tuple[Fly, Rejected | None]) -> Fly:
    fly, refusal = landing
    if refusal is not None:
        raise rejected(refusal)
    return fly


def _change(stage: Stage, found: TrueMachine, met: tuple[Kind, ...], fly: Fly, kind: str) -> None:
    """Let a start or a stop land; one that changes nothing does not begin the way again."""
    changed = fly.machine(found.machine)
    if changed is None or changed == found:
        return
    stage.fly = fly
    stage.record(changed, kind, "user")
    depart(stage, changed, met)


def execute(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Run a command in a machine that is up: what it comes to was said at the control surface.

    Where nothing was said, the commands that list and approve what wants to be paired do so.
    """
    open_app(stage, ask, met)
    if not ask.body.entries("command") and not ask.body.text("cmd", ""):
        raise invalid("body.command: is missing")
    found = machine_reached(stage, ask)
    if found.state is not MachineState.STARTED:
        raise refused(412, "failed_precondition: machine is not running")
    paired = executed(stage, found.machine, ask.body.entries("command"))
    reply = stage.replies.get(found.machine) or paired or {}
    return shown({**DEFAULT_REPLY, **reply})
