"""What a controller is told before it starts: its token, where OpenClaw keeps its things, and what it may take.

Nothing here is read from the environment; the command line does that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import field, frozen

from kiloclaw_adapters.pairing.patience import require_haste
from kiloclaw_core.machine import ROOT
from kiloclaw_core.pairing import OPENCLAW, PairingPolicy, Token
from kiloclaw_core.supervisor import SupervisorPolicy

GATEWAY: Final = "http://127.0.0.1:3001"
HOME: Final = Path(ROOT)


@frozen
class Openclaw:
    """Where OpenClaw is on this machine: its program, its folder, and what a run of it finds in its environment."""

    program: str = OPENCLAW
    state: Path = HOME / ".openclaw"
    credentials: Path | None = None
    """Where channels keep their requests; by default `credentials` in the folder."""
    environment: tuple[tuple[str, str], ...] = field(default=(("HOME", str(HOME)),), repr=False)

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.state / "openclaw.json"

    @property
    def devices(self) -> Path:
        """What devices have pending."""
        return self.state / "devices" / "pending.json"

    def requests_of(self, channel: str) -> Path:
        """What a channel has pending."""
        folder = self.state / "credentials" if self.credentials is None else self.credentials
        return folder / f"{channel}-pairing.json"


@frozen
class ControllerSettings:
    """How a controller is set up. Sizes are bytes; durations end in `_s` and are seconds.

    Raises ValueError where callers would wait for less time than the controller may take.
    """

    token: Token
    gateway_line: tuple[str, ...] = field(repr=False)
    openclaw: Openclaw = Openclaw()
    gateway_url: str = GATEWAY
    gateway_environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pairing: PairingPolicy = PairingPolicy()
    supervising: SupervisorPolicy = SupervisorPolicy()
    most_body: int = 4096
    """How much of a request is read; every request that we know is smaller by far."""
    body_s: float = 10.0
    """How long a request's body may take to arrive."""
    ready_s: float = 5.0
    """How long the gateway may take to say whether it is ready."""
    closing_s: float = 5.0
    """How long requests that are under way may take when the controller goes down."""
    shares_cpu: bool = False
    """Whether others use the machine's processors too, so that its load tells whether it has settled."""

    def __attrs_post_init__(self) -> None:
        """See that the time-outs are in order."""
        require_haste(self.pairing)
