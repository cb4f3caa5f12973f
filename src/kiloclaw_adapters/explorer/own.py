"""A configuration of somebody's own, from a TOML or a JSON file: what may happen to an instance, and how it begins.

The file is its name, so that whatever is found in it can be followed again by it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from attrs import asdict, evolve, fields, frozen
from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn
from cattrs.v import format_exception

from kiloclaw_adapters.strict import strict_converter
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Kind
from kiloclaw_core.names import Region
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.setting import SMALL, SPEC, Beginning, Budget, Configuration, Suite

ENDINGS: Final = frozenset({".json", ".toml"})
"""How the names of such files end."""

SMALLEST: Final[dict[str, object]] = {
    name: list(value) if isinstance(value, tuple) else value for name, value in asdict(SMALL).items()
}
"""The policy of every search, as a file would have it."""


class OwnConfigurationError(ValueError):
    """A file holds no configuration; the message names the file, the place in it and what was wrong there."""


@frozen
class Own:
    """What a file says, and what it means where it says nothing; `policy` has what differs from that of searches."""

    budget: Budget
    sentence: str = "What you asked for."
    beginning: Beginning = Beginning.PROVISIONED
    snapshots: int = 0
    polls: bool = False
    regions: tuple[str, ...] = tuple(SPEC.regions)
    witnesses: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    policy: Policy = SMALL


def is_own(name: str) -> bool:
    """Whether a configuration is called by a file."""
    return Path(name).suffix in ENDINGS


def read_own(path: Path) -> Configuration:
    """The configuration in this file, called as the file is. Raises OwnConfigurationError."""
    text = _text(path)
    tree = _tree(path, text)
    _check_words(path, text, tree)
    own = _own(path, tree)
    _check(path, own)
    return Configuration(
        str(path),
        own.sentence,
        own.budget,
        policy=own.policy,
        without=own.without,
        spec=evolve(SPEC, regions=tuple(Region(one) for one in own.regions)),
        beginning=own.beginning,
        witnesses=own.witnesses,
        suite=Suite.ASKED,
        snapshots=own.snapshots,
        polls=own.polls,
    )


def _text(path: Path) -> str:
    """What is written in the file."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise OwnConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OwnConfigurationError(f"cannot read {path}: it is not UTF-8 text") from error


def _tree(path: Path, text: str) -> dict[str, object]:
    """The same as names and values, unread."""
    try:
        tree: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise OwnConfigurationError(f"{path}: {error}") from error
    if not isinstance(tree, dict):
        raise OwnConfigurationError(f"{path}: must be an object, not {type(tree).__name__}")
    return tree


def _check_words(path: Path, text: str, tree: dict[str, object]) -> None:
    """Refuse a word that means nothing, on its line where that is the only one, and say which words there are."""
    for place, shape, said in (
        ("$", Own, tree),
        ("$.budget", Budget, tree.get("budget")),
        ("$.policy", Policy, tree.get("policy")),
    ):
        known = [one.name for one in fields(shape)]
        for name in said if isinstance(said, dict) else ():
            if name not in known:
                raise OwnConfigurationError(
                    f"{path}{_line(text, name)}: {place} has no {name!r}{_instead(name, known)}"
                )
    if "budget" not in tree:
        known = [one.name for one in fields(Budget)]
        raise OwnConfigurationError(
            f"{path}: $.budget is missing, which says how often what may happen: {_list(known)}"
        )
    beginning, beginnings = tree.get("beginning", Beginning.PROVISIONED.value), [one.value for one in Beginning]
    if beginning not in beginnings:
        where = f"{path}{_line(text, 'beginning')}"
        raise OwnConfigurationError(f"{where}: $.beginning is {beginning!r}{_instead(str(beginning), beginnings)}")


def _line(text: str, name: str) -> str:
    """On which line a name is given a value, where there is but one such line."""
    given = re.compile(rf"(?<![\w.-])[\"']?{re.escape(name)}[\"']?\s*[=:\].]")
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if given.search(line.partition("#")[0])]
    return f", line {lines[0]}" if len(lines) == 1 else ""


def _instead(word: str, known: Sequence[str]) -> str:
    """What may have been meant, and all that there is."""
    close = get_close_matches(word, known, 1)
    return f"; {f'did you mean {close[0]}? ' if close else ''}there are {_list(known)}"


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)


def _own(path: Path, tree: dict[str, object]) -> Own:
    """What the file says, in its shape; of the policy it says what is to be otherwise."""
    budget, policy = tree.get("budget", {}), tree.get("policy", {})
    if not isinstance(budget, dict) or not isinstance(policy, dict):
        wrong = "policy" if isinstance(budget, dict) else "budget"
        raise OwnConfigurationError(f"{path}: $.{wrong} must have names and values, as a table has")
    try:
        return CONVERTER.structure(tree | {"policy": SMALLEST | policy}, Own)
    except BaseValidationError as error:
        raise OwnConfigurationError(f"{path}: {'; '.join(transform_error(error, '$', _wrong))}") from None


def _wrong(error: BaseException, expected: type[object] | None) -> str:
    """What is wrong with a value: of one that has its type and makes no sense, what it would have to be."""
    makes_no_sense = isinstance(error, ValueError) and expected is None
    return str(error) if makes_no_sense else format_exception(error, expected)


def _check(path: Path, own: Own) -> None:
    """Refuse what has its shape and makes no sense."""
    for name, count in asdict(own.budget).items():
        if count < 0:
            raise OwnConfigurationError(f"{path}: $.budget.{name} is {count}: nothing happens less often than never")
    if own.budget.processes < 1:
        raise OwnConfigurationError(f"{path}: $.budget.processes is 0: somebody has to work")
    if not own.regions:
        raise OwnConfigurationError(f"{path}: $.regions is empty: a machine has to be somewhere")
    if own.snapshots < 0:
        raise OwnConfigurationError(f"{path}: $.snapshots is {own.snapshots}: there are none, or some")
    for field, names, known in (
        ("witnesses", own.witnesses, [one.name for one in CLAIMS if one.kind is Kind.SOMETIMES]),
        ("without", own.without, [one.name for one in CLAIMS]),
    ):
        unknown = [name for name in names if name not in known]
        if unknown:
            raise OwnConfigurationError(f"{path}: $.{field} names {unknown[0]!r}; there are {_list(known)}")


def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook(float, _number)
    for shape in (Budget, Policy, Own):
        converter.register_structure_hook(shape, make_dict_structure_fn(shape, converter))
    return converter


def _number(value: object, _kind: type[float]) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"must be a number, not {type(value).__name__}")
    return float(value)


CONVERTER: Final = _converter()
