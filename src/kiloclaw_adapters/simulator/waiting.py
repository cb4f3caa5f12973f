"""The two requests that look at a machine through time: the long poll for a state, and the health of its controller.

Waiting costs nothing: a poll sleeps until something changes, a machine is due to arrive, or its time is up.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from kiloclaw_adapters.simulator import controllers
from kiloclaw_adapters.simulator.asking import Answer, Ask, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.finding import is_unseen, lag_ms, machine_in, machine_there, open_app, seen
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.names import MachineId
from kiloclaw_core.world import fly as truth

WAITABLE: Final = ("started", "stopped", "suspended", "destroyed", "failed", "settled")
SETTLED: Final = {"started", "stopped", "suspended", "failed"}
DESTROYED: Final = "destroyed"
SHORTEST_S: Final = 1
LONGEST_S: Final = 60


@frozen
class Poll:
    """What a poll waits for; an empty version or event means any."""

    states: tuple[str, ...]
    version: str
    since_event: str
    timeout_s: int


async def wait(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Answer as soon as the machine is in one of the states; 408, naming the state it is in, when the time is up."""
    poll = read_poll(stage, ask)
    if is_unseen(met):
        raise rejected(truth.machine_not_found())
    if lag_ms(met):
        machine_in(seen(stage, met), ask)
    end = stage.clock.now() + poll.timeout_s
    while True:
        catch_up(stage)
        answer, state = _look(stage, ask, poll)
        if answer is not None:
            return answer
        if stage.clock.now() >= end or stage.closing:
            wanted = ", ".join(poll.states)
            text = f"machine failed to reach desired state, {wanted}, currently {state}"
            raise refused(408, f"deadline_exceeded: {text}")
        await stage.change(until=end)


def read_poll(stage: Stage, ask: Ask) -> Poll:
    """What the query asks for: `state` repeated or with commas, `timeout` from 1 to 60 s (Fly: fly.md 2.6)."""
    states = ask.listed("state") or ("started",)
    for state in states:
        if state not in WAITABLE:
            raise invalid(f"state: {state!r} is none of {', '.join(WAITABLE)}")
    timeout = ask.named("timeout") or str(LONGEST_S)
    digits = timeout.removesuffix("s")
    if not digits.isascii() or not digits.isdigit() or not SHORTEST_S <= int(digits) <= LONGEST_S:
        raise invalid(f"timeout {timeout}: value must be inside range [1s, 1m0s]")
    version = ask.named("version") or ask.named("instance_id") or ""
    if "stopped" in states and not version and stage.rules.stopped_needs_version:
        raise invalid("instance_id: must be given to wait for stopped")
    return Poll(states, version, ask.named("from_event_id") or "", int(digits))


def _look(stage: Stage, ask: Ask, poll: Poll) -> tuple[Answer | None, str]:
    """The answer, if there is one already, and the state that the machine is in."""
    open_app(stage, ask)
    buried = stage.buried_machines.get(MachineId(ask.of))
    if buried is not None and buried.machine.app == ask.app and DESTROYED in poll.states:
        last = {"ok": True, "state": DESTROYED, "event_id": "", "version": buried.machine.version}
        return shown(last), DESTROYED
    found = machine_there(stage, ask)
    if poll.version and poll.version != found.version:
        return None, "replaced"  # Fly: what it is now does not matter to a version that it was (fly.md 2.2)
    state = found.state.value
    events = stage.papers[found.machine].events
    newest = str(events[0]["id"]) if events else ""
    reached = state in poll.states or ("settled" in poll.states and state in SETTLED)
    if not reached or newest <= poll.since_event:
        return None, state
    return shown({"ok": True, "state": state, "event_id": newest, "version": found.version}), state


async def probe(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Answer as a machine's controller does, or as Fly's proxy in its place."""
    if not ask.of:
        raise refused(400, "header fly-force-instance-id: must name the machine that is asked")
    machine = MachineId(ask.of)
    unreached = controllers.proxied(stage, machine)
    if unreached is not None:
        raise refused(unreached.status, unreached.text)
    return await controllers.answered(stage, machine, ask)
