"""What may stand on a command line: property 7 of pairing 8.3, and the lines themselves."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiloclaw_core.pairing import (
    LIST_DEVICES,
    ChannelName,
    ChannelSubject,
    Code,
    DeviceSubject,
    RequestId,
    approve_line,
    is_capability,
    is_channel,
    is_code,
    is_request,
    list_channel_line,
    tells_of_pairing,
)

UUID = "01234567-89ab-CDEF-0123-456789abcdef"


def test_what_is_accepted() -> None:
    """Each pattern at its least and at its most."""
    assert all(map(is_channel, ("a", "telegram", "my-channel_1", "a" * 64)))
    assert all(map(is_code, ("A", "0", "aZ9" * 10, "a" * 32)))
    assert is_request(UUID)
    assert all(map(is_capability, ("a", "pairing.channels", "kilo-chat.v2")))


@pytest.mark.parametrize("end", ["\n", " ", "\x00", "-", ";", "é"])
def test_nothing_is_accepted_for_its_beginning_alone(end: str) -> None:
    """Python's dollar would take a line's end (pairing 1.11)."""
    assert not any((is_code(f"A1{end}"), is_request(f"{UUID}{end}"), is_capability(f"a{end}")))
    assert is_channel(f"telegram{end}") is (end == "-")


@given(st.text() | st.from_regex(re.compile(r"[-a-z0-9]+\n?")))
@example("--all")
@example("a\n")
def test_nothing_that_is_accepted_is_an_option_or_two_arguments(text: str) -> None:
    """Neither a shell nor the command's own parser is given a chance."""
    for accepts in (is_channel, is_code, is_request):
        if accepts(text):
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text, re.ASCII)


def test_the_lines_that_are_run() -> None:
    """Arguments, never a shell's text (pairing 1.7, 1.8)."""
    openclaw = "/usr/local/bin/openclaw"
    channel = ChannelName("telegram")
    assert list_channel_line(channel) == (openclaw, "pairing", "list", "telegram", "--json")
    assert (openclaw, "devices", "list", "--json") == LIST_DEVICES
    assert approve_line(ChannelSubject(channel, Code("A1"))) == (
        openclaw,
        "pairing",
        "approve",
        "telegram",
        "A1",
        "--notify",
    )
    assert approve_line(DeviceSubject(RequestId(UUID))) == (openclaw, "devices", "approve", UUID)


def test_what_was_not_checked_is_not_put_on_a_line() -> None:
    """That would be our own mistake."""
    with pytest.raises(AssertionError, match="is checked before"):
        approve_line(DeviceSubject(RequestId("--all")))
    with pytest.raises(AssertionError, match="is checked before"):
        list_channel_line(ChannelName("-x"))


@pytest.mark.parametrize("line", ["Pairing request", "PAIR REQUEST", "new device request", "approved", "it is paired"])
def test_a_line_tells_of_pairing(line: str) -> None:
    """In any case, anywhere in it (pairing 1.10)."""
    assert tells_of_pairing(line)


@pytest.mark.parametrize("line", ["", "approval pending", "a repair", "requested a device"])
def test_a_line_tells_of_something_else(line: str) -> None:
    """Approval has no `approve` in it."""
    assert not tells_of_pairing(line)
