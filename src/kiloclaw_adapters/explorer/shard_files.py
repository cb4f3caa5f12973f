"""What shards came to, as one JSON object each, so that they can be walked anywhere and merged where somebody looks.

An object says nothing of when or where it was made: the same shard of the same plan is the same text, byte for byte.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from attrs import asdict

from kiloclaw_adapters.explorer.findings import Json
from kiloclaw_adapters.explorer.shards import ShardError, Walked
from kiloclaw_adapters.strict import UnreadableError, strict_converter, structured

CONVERTER: Final = strict_converter()
CODE: Final = re.compile(r"([0-9]{1,9}(/[0-9]{1,9})*)?", re.ASCII)


def walked_json(walked: Walked) -> dict[str, Json]:
    """What was walked as one object, which `read_walked` reads."""
    shown: dict[str, Json] = asdict(walked)
    return shown


def walked_text(walked: Walked) -> str:
    """The same as one line of text."""
    return json.dumps(walked_json(walked), ensure_ascii=False)


def read_walked(path: Path) -> Walked:
    """What a file says was walked; raises `ShardError` with the file and what is wrong in it."""
    try:
        return walked_of(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ShardError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ShardError(f"cannot read {path}: it is not UTF-8 text") from error
    except ShardError as error:
        raise ShardError(f"{path}: {error}") from error


def walked_of(text: str) -> Walked:
    """What this text says was walked; raises `ShardError` with what is wrong in it."""
    try:
        walked = structured(CONVERTER, json.loads(text), Walked)
    except json.JSONDecodeError as error:
        raise ShardError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise ShardError("not what `kiloclaw walk --json` prints: too deep") from error
    except UnreadableError as error:
        raise ShardError(f"not what `kiloclaw walk --json` prints: {error}") from error
    if not _is_whole(walked):
        raise ShardError("not what `kiloclaw walk --json` prints: its parts do not fit together")
    return walked


def _is_whole(walked: Walked) -> bool:
    """Whether the shards are among those there are, the results are the plan's, and the codes can be followed."""
    codes = (finding.code for result in walked.results for finding in result.broken)
    return (
        tuple(result.configuration for result in walked.results) == walked.plan.configurations
        and set(walked.shards) <= set(range(1, walked.of + 1))
        and walked.shards != ()
        and all(CODE.fullmatch(code) for code in codes)
    )
