"""Round the controller: the command lines of exec."""

from __future__ import annotations

from kiloclaw_core.pairing import Kind
from kiloclaw_core.pairing.caller import exec_approve_line, exec_list_line
from tests.story.pairing.telling import DEVICE, SUBJECT, UUID

ENV = ("/usr/bin/env", "HOME=/root")


def test_the_lines_that_exec_runs() -> None:
    """Arguments, in the home of root (pairing 3.3, 3.4)."""
    assert exec_list_line(Kind.CHANNELS) == (*ENV, "node", "/usr/local/bin/openclaw-pairing-list.js")
    assert exec_list_line(Kind.DEVICES) == (*ENV, "node", "/usr/local/bin/openclaw-device-pairing-list.js")
    assert exec_approve_line(SUBJECT) == (*ENV, "openclaw", "pairing", "approve", "telegram", "A1", "--notify")
    assert exec_approve_line(DEVICE) == (*ENV, "openclaw", "devices", "approve", UUID.format(1))
