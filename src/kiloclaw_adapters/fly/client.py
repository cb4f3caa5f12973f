"""The endpoints of Fly's Machines API that we use, one method each (Fly: fly.md 1.1 to 1.5).

A method says which request it is and under which rate limit it counts, and gives back the raw reply. Methods that
change something take `may_send`, asked right before the write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self
from urllib.parse import quote

from attrs import field, frozen

from kiloclaw_adapters.fly.limit import MaySend, any_time
from kiloclaw_adapters.fly.transport import Call, FlyTransport, Json, Reply

LONGEST_POLL_S: Final = 60  # Fly: beyond 60 s, `wait` answers 400 (fly.md 2.6)
POLL_GRACE_S: Final = 10.0  # Fly: a poll that is read for no longer than it lasts, times out here (fly.md 2.6)


@frozen
class FlyClient:
    """Asks one Fly; `request_s` is how long an ordinary request may take. Use it with `async with`, or `aclose` it."""

    transport: FlyTransport
    request_s: float = field(default=30.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.transport.aclose()

    # -- machines ------------------------------------------------------------------------------------------------

    async def create_machine(self, app: str, body: Json, may_send: MaySend) -> Reply:
        """Make a machine."""
        return await self._change("create_machine", app, "POST", "/machines", may_send, body=body)

    async def get_machine(self, app: str, machine: str) -> Reply:
        """Look at one machine."""
        return await self._read("get_machine", app, f"/machines/{_segment(machine)}", of=machine)

    async def list_machines(self, app: str) -> Reply:
        """List the machines of an app that are not destroyed."""
        return await self._read("list_machines", app, "/machines")

    async def update_machine(self, app: str, machine: str, body: Json, may_send: MaySend) -> Reply:
        """Replace a machine's whole config."""
        path = f"/machines/{_segment(machine)}"
        return await self._change("update_machine", app, "POST", path, may_send, of=machine, body=body)

    async def start_machine(self, app: str, machine: str, may_send: MaySend) -> Reply:
        """Start a machine; it is up later."""
        path = f"/machines/{_segment(machine)}/start"
        return await self._change("start_machine", app, "POST", path, may_send, of=machine)

    async def stop_machine(self, app: str, machine: str, may_send: MaySend) -> Reply:
        """Ask a machine to stop; it is down later."""
        path = f"/machines/{_segment(machine)}/stop"
        return await self._change("stop_machine", app, "POST", path, may_send, of=machine, body={})

    async def delete_machine(self, app: str, machine: str, may_send: MaySend) -> Reply:
        """Delete a machine, running or not (Fly: without force, a running one is refused)."""
        path = f"/machines/{_segment(machine)}"
        query = {"force": "true"}
        return await self._change("delete_machine", app, "DELETE", path, may_send, of=machine, query=query)

    async def wait_machine(self, app: str, machine: str, state: str, timeout_s: float, version: str = "") -> Reply:
        """Poll until the machine is in this state, for 1 to 60 s; a 408 names the state it is in instead.

        Of a version, where one is named: of one that was replaced, Fly never says anything else (Fly: fly.md 2.2).
        """
        poll_s = max(1, min(LONGEST_POLL_S, int(timeout_s)))
        path = f"{_app(app)}/machines/{_segment(machine)}/wait"
        query = {"state": state, "timeout": str(poll_s), **({"version": version} if version else {})}
        call = Call("wait_machine", app, machine, "GET", path, poll_s + POLL_GRACE_S, query)
        return await self.transport.ask(call)

    async def exec_machine(self, app: str, machine: str, line: Sequence[str], timeout_s: float) -> Reply:
        """Run a command in a machine that is up, as its root and for so long; asked twice, it runs twice."""
        path = f"{_app(app)}/machines/{_segment(machine)}/exec"
        body = {"command": list(line), "timeout": max(1, int(timeout_s))}
        return await self.transport.ask(
            Call("exec_machine", app, machine, "POST", path, timeout_s + POLL_GRACE_S, body=body)
        )

    # -- volumes -------------------------------------------------------------------------------------------------

    async def create_volume(self, app: str, body: Json, may_send: MaySend) -> Reply:
        """Make a volume. Names are not unique: asked twice, Fly makes two (Fly: fly.md 3)."""
        return await self._change("create_volume", app, "POST", "/volumes", may_send, body=body)

    async def get_volume(self, app: str, volume: str) -> Reply:
        """Look at one volume."""
        return await self._read("get_volume", app, f"/volumes/{_segment(volume)}")

    async def list_volumes(self, app: str) -> Reply:
        """List the volumes of an app, those on the way out among them."""
        return await self._read("list_volumes", app, "/volumes")

    async def list_snapshots(self, app: str, volume: str) -> Reply:
        """List the snapshots of a volume, which may itself be gone."""
        return await self._read("list_snapshots", app, f"/volumes/{_segment(volume)}/snapshots")

    async def delete_volume(self, app: str, volume: str, may_send: MaySend) -> Reply:
        """Delete a volume; one that a machine has is refused."""
        return await self._change("delete_volume", app, "DELETE", f"/volumes/{_segment(volume)}", may_send)

    # -- apps ----------------------------------------------------------------------------------------------------

    async def create_app(self, app: str, org_slug: str, network: str, may_send: MaySend) -> Reply:
        """Make an app in a network of its own. Names are global."""
        body = {"app_name": app, "org_slug": org_slug, "network": network}
        call = Call("create_app", app, app, "POST", "/apps", self.request_s, body=body)
        return await self.transport.ask(call, may_send)

    async def get_app(self, app: str) -> Reply:
        """Look at an app."""
        return await self._read("get_app", app, "")

    async def list_addresses(self, app: str) -> Reply:
        """List the addresses of an app."""
        return await self._read("list_addresses", app, "/ip_assignments")

    async def create_address(self, app: str, kind: str, may_send: MaySend) -> Reply:
        """Give an app an address: `v6` or `shared_v4`. Asked twice, it may have two (Fly: fly.md 1.2)."""
        return await self._change("create_address", app, "POST", "/ip_assignments", may_send, body={"type": kind})

    async def set_secret(self, app: str, name: str, value: str, may_send: MaySend) -> Reply:
        """Set a secret of an app; the answer tells the version of its secrets."""
        path = f"/secrets/{_segment(name)}"
        return await self._change("set_secret", app, "POST", path, may_send, body={"value": value})

    # -- both kinds of request -----------------------------------------------------------------------------------

    async def _read(self, action: str, app: str, path: str, *, of: str = "") -> Reply:
        call = Call(action, app, of or app, "GET", f"{_app(app)}{path}", self.request_s)
        return await self.transport.ask(call, any_time)

    async def _change(  # noqa: PLR0913 - what a request names
        self,
        action: str,
        app: str,
        method: str,
        path: str,
        may_send: MaySend,
        *,
        of: str = "",
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> Reply:
        call = Call(action, app, of or app, method, f"{_app(app)}{path}", self.request_s, query or {}, body)
        return await self.transport.ask(call, may_send)


def _app(app: str) -> str:
    return f"/apps/{_segment(app)}"


def _segment(text: str) -> str:
    if text.strip(".") == "":
        raise ValueError(f"{text!r} names nothing that could stand in a path")
    return quote(text, safe="")
