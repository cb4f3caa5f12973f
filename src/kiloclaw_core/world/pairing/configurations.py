"""The named configurations of the controller's cache: each looks at one kind of trouble and is searched whole."""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.pairing.listings import Source
from kiloclaw_core.pairing.names import SLACK, TELEGRAM
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.pairing.requests import Kind
from kiloclaw_core.world.pairing.setting import FRESH, STARTED, TRUSTING, PairingBudget
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.pairing.truth import GATEWAY, MESSAGE, OPTION, OTHER_MESSAGE, PRETENDER, OpenClaw
from kiloclaw_core.world.setting import Suite

SHELL: Final = evolve(FRESH, policy=evolve(FRESH.policy, source=Source.COMMAND_LINE))
SHELL_STARTED: Final = evolve(STARTED, policy=SHELL.policy)
WAITING: Final = OpenClaw((MESSAGE,))
BOTH: Final = (Kind.CHANNELS, Kind.DEVICES)
THRICE: Final = (Kind.CHANNELS,) * 3
WHOLE: Final = PairingBudget(
    starts=1, arrivals=(MESSAGE,), refreshes=(Kind.CHANNELS,), approves=(MESSAGE,), stops=1, stucks=1
)


@frozen
class PairingConfiguration:
    """A small system by name, and what it is about."""

    name: str
    sentence: str
    budget: PairingBudget
    record: Pairing = FRESH
    outside: OpenClaw = OpenClaw()
    suite: Suite = Suite.CI

    @property
    def system(self) -> PairingSystem:
        """What is searched."""
        return PairingSystem(self.budget, self.record, self.outside)


PAIRING_CONFIGURATIONS: Final = (
    PairingConfiguration(
        "warm-up",
        "It is started, and a request comes with a line that may be lost; a reading fails.",
        PairingBudget(starts=1, arrivals=(MESSAGE,), mutes=1, breaks=1),
    ),
    PairingConfiguration(
        "wedged",
        "Three ask for a list, one for an approval, it is stopped, and one thing is stuck: a reading or the command.",
        PairingBudget(refreshes=THRICE, approves=(MESSAGE,), stops=1, stucks=1),
        outside=WAITING,
    ),
    PairingConfiguration(
        "wedged-command-line",
        "The same where lists come from the command line.",
        PairingBudget(refreshes=THRICE, approves=(MESSAGE,), stops=1, stucks=1),
        SHELL,
        WAITING,
    ),
    PairingConfiguration(
        "asked-twice",
        "Two ask for the same approval, and one thing is stuck.",
        PairingBudget(approves=(MESSAGE, MESSAGE), stucks=1),
        outside=WAITING,
    ),
    PairingConfiguration(
        "killed",
        "An approval is killed at its time-out, a reading fails, and an alarm rings early.",
        PairingBudget(approves=(MESSAGE, MESSAGE), kills=1, breaks=1, early=1),
        outside=WAITING,
    ),
    PairingConfiguration(
        "started",
        "It reads by itself, somebody asks for an approval, and one thing is stuck.",
        PairingBudget(arrivals=(MESSAGE,), approves=(MESSAGE,), stucks=1),
        STARTED,
    ),
    PairingConfiguration(
        "command-line",
        "Both lists are read from the command line, one after the other, beside an approval.",
        PairingBudget(refreshes=BOTH, approves=(MESSAGE,), breaks=1),
        SHELL_STARTED,
        WAITING,
    ),
    PairingConfiguration(
        "two-channels",
        "Two channels are set up, one of them cannot be read, and an approval goes on beside it.",
        PairingBudget(refreshes=(Kind.CHANNELS, Kind.CHANNELS), approves=(MESSAGE,), breaks=1),
        outside=OpenClaw((MESSAGE, OTHER_MESSAGE), channels=(TELEGRAM, SLACK)),
    ),
    PairingConfiguration(
        "own-device",
        "The gateway's own device asks, a stranger pretends to be it, and an option pretends to be a request.",
        PairingBudget(arrivals=(GATEWAY, PRETENDER, OPTION)),
        TRUSTING,
    ),
    PairingConfiguration(
        "own-device-in-vain",
        "What the gateway's own device asks for is refused as often as it is tried; it is stopped.",
        PairingBudget(arrivals=(GATEWAY,), kills=1, stops=1),
        TRUSTING,
        OpenClaw(refusing=True),
    ),
    PairingConfiguration(
        "whole",
        "A start, a line, a list that is read anew, an approval and a stop, with one thing stuck.",
        WHOLE,
        suite=Suite.NIGHTLY,
    ),
    PairingConfiguration(
        "whole-command-line",
        "The same where lists come from the command line.",
        WHOLE,
        SHELL,
        suite=Suite.NIGHTLY,
    ),
)
"""What is searched; the nightly ones take minutes."""


def pairing_configuration(name: str) -> PairingConfiguration:
    """The configuration of this name."""
    return next(one for one in PAIRING_CONFIGURATIONS if one.name == name)
