"""Saved races: a trace as a file of JSON Lines, by the names of its actions, so that it outlives a change of order.

The first line is the header, `{"configuration": ..., "claim": ...}` (the claim may be missing); each further line is
one action as a JSON string.
"""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen


class RaceError(ValueError):
    """A file holds no saved race; the message names the file, the line and what was wrong there."""


@frozen
class Race:
    """A path through a configuration, and the claim it once broke, where it did."""

    configuration: str
    labels: tuple[str, ...]
    claim: str | None = None


def read_race(path: Path) -> Race:
    """The race saved in this file; raises `RaceError` when it cannot be read or is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RaceError(f"cannot read {path}: {reason}") from error
    values = [(number, _value(path, number, line)) for number, line in enumerate(lines, start=1) if line.strip()]
    (_, header), *labels = values or [(1, None)]
    if not isinstance(header, dict) or not isinstance(header.get("configuration"), str):
        raise RaceError(f'{path}, line 1: a race begins with {{"configuration": "a name"}}')
    claim = header.get("claim")
    if claim is not None and not isinstance(claim, str):
        raise RaceError(f"{path}, line 1: the claim must be text, not {json.dumps(claim)}")
    return Race(header["configuration"], tuple(_label(path, *label) for label in labels), claim)


def _value(path: Path, number: int, line: str) -> object:
    try:
        value: object = json.loads(line)
    except json.JSONDecodeError as error:
        raise RaceError(f"{path}, line {number}: not JSON: {error.msg}") from error
    return value


def _label(path: Path, number: int, label: object) -> str:
    if not isinstance(label, str):
        raise RaceError(f"{path}, line {number}: an action is text, not {json.dumps(label)}")
    return label


def write_race(path: Path, race: Race) -> None:
    """Save this race in this file, in place of what was there; raises `OSError` where that cannot be done."""
    header = {"configuration": race.configuration} | ({} if race.claim is None else {"claim": race.claim})
    lines = [json.dumps(one, ensure_ascii=False) for one in (header, *race.labels)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
