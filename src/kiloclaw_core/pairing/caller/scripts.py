"""The command lines of exec: the scripts that list, and the command that approves (pairing 1.7, 3.3, 3.4)."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.pairing.command_lines import approve_line
from kiloclaw_core.pairing.requests import Kind, Subject

AT_HOME: Final = ("/usr/bin/env", "HOME=/root")


def exec_list_line(kind: Kind) -> tuple[str, ...]:
    """Run the script that lists."""
    match kind:
        case Kind.CHANNELS:
            return (*AT_HOME, "node", "/usr/local/bin/openclaw-pairing-list.js")
        case Kind.DEVICES:
            return (*AT_HOME, "node", "/usr/local/bin/openclaw-device-pairing-list.js")


def exec_approve_line(subject: Subject) -> tuple[str, ...]:
    """Run the command that approves."""
    _, *arguments = approve_line(subject)
    return (*AT_HOME, "openclaw", *arguments)
