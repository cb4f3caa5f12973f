"""What a reading of pending requests came to, whatever it was read from: a list, nothing to read, or broken.

There are two sources, the files that OpenClaw keeps (pairing 1.4, 1.5) and its command line (pairing 1.7). Whoever
reads says which of the three it is; reasons are enumerated, because what a program says may hold a code.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.pairing.requests import PendingRequest


class Source(Enum):
    """Where pending requests are read."""

    FILES = "files"
    COMMAND_LINE = "command line"


class Break(Enum):
    """Why a reading is no list."""

    UNREADABLE = "it could not be read"
    NOT_JSON = "it is not one JSON value"
    FAILED = "the command failed"
    CUT_SHORT = "the command was killed, or said too much"
    NO_COMMAND = "the command could not be started"


@frozen
class Ok:
    """These requests are pending."""

    entries: tuple[PendingRequest, ...] = ()


@frozen
class Missing:
    """There is no file, in a folder that can be read: nothing is pending, which is a fact and no failure."""


@frozen
class Broken:
    """What is pending is not known."""

    why: Break = Break.UNREADABLE


Listing = Ok | Missing | Broken
