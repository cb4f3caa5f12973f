"""Lines for the log: what people want to know, nothing secret, and never a reason to stop."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from kiloclaw_adapters import logs
from kiloclaw_adapters.logs import Fields, LogWatch, default_logger, json_logger

from .outside import CLOCK, SPEC, Fault, World, new_store, process

pytestmark = pytest.mark.anyio


async def test_a_life_is_told_in_lines() -> None:
    """Commands, what became of them, and the core's own notes, each with its key."""
    one = process(World(faults={5: Fault.UNHEARD}), new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")
    of_sandbox = [(name, fields) for name, fields in one.lines if fields["key"] == "sandbox-1"]
    assert of_sandbox == [
        ("command", {"key": "sandbox-1", "id": "k1", "command": "Provision"}),
        ("create_volume", {"key": "sandbox-1", "volume_id": "v4294967299"}),
        ("instance.provisioned", {"key": "sandbox-1", "durationMs": "106900"}),
    ]
    assert "not_applied" in one.names()
    assert "canary" not in json.dumps(one.lines)


async def test_what_a_command_begins_is_told_when_it_is_granted() -> None:
    """Before anybody has worked on it: whoever only asks tells it, and whoever works does not tell it again."""
    one = process(World(), new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    await one.kiloclaw.destroy("sandbox-1", wait=False)
    assert one.lines[-1] == (
        "instance.destroy_started",
        {"key": "sandbox-1", "label": "manual_user_request"},
    )
    await one.kiloclaw.destroy("sandbox-1")
    assert one.names().count("instance.destroy_started") == 1


async def test_a_failure_of_ours_is_told_with_its_place() -> None:
    """What the record only knows as unknown, its developers want to see."""
    one = process(World(faults={0: Fault.RAISES}), new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    (fields,) = [fields for name, fields in one.lines if name == "failed"]
    assert (fields["doing"], fields["error"], "_suffer" in str(fields["trace"])) == (
        "performing GetApp",
        "RuntimeError",
        True,
    )


def test_lines_are_json_where_structlog_is_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is an extra."""
    monkeypatch.setattr(logs, "find_spec", lambda _: None)
    caplog.set_level(logging.INFO, "kiloclaw")
    assert default_logger() is json_logger
    default_logger()("create_volume", {"key": "sandbox-1"})
    assert caplog.messages == ['{"event": "create_volume", "key": "sandbox-1"}']


def test_lines_go_through_structlog_where_it_is() -> None:
    """However its owner has configured it."""
    log = default_logger()
    with structlog.testing.capture_logs() as lines:
        log("create_volume", {"key": "sandbox-1"})
    assert lines == [{"event": "create_volume", "key": "sandbox-1", "log_level": "info"}]


async def test_a_log_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk under the log is no reason to leave a machine half made; but it is told."""

    def broken(name: str, fields: Fields) -> None:
        raise OSError("disk full")

    one = process(World(), new_store())
    one.kiloclaw._instances.watch = LogWatch(broken)
    assert (await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)).status == "provisioned"
    assert set(caplog.messages) == {"a line for the log was lost"}
    assert CLOCK.now_ms() > 0
