"""Writes what the control surface knows as JSON and reads it back, telling exactly what cannot be read and where.

What a fault does is said in `kinds`, what a rule does in `rules`, what a host is in `hosts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, TypeVar

from attrs import AttrsInstance, fields

from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.faults import REFUSALS, Fault
from kiloclaw_adapters.simulator.hosts import Host
from kiloclaw_adapters.simulator.kinds import (
    Befall,
    Capped,
    ClaimLingers,
    Cold,
    Dark,
    Delay,
    Drop,
    EchoDiffers,
    Full,
    Garble,
    Ghost,
    Happening,
    Hold,
    ImageMissing,
    Kind,
    Lag,
    Launches,
    NameLingers,
    Omit,
    OverQuota,
    RateLimit,
    Refuse,
    SecretsLag,
    Slow,
    Stuck,
    TooEarly,
    Unreachable,
    Unseen,
    When,
    word_of,
)
from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError
from kiloclaw_adapters.simulator.rules import Rules
from kiloclaw_core.machine import Guest

Word = TypeVar("Word", bound=Enum)


def read_fault(body: Fields) -> Fault:
    """The fault that this object describes. Raises `MalformedError`."""
    try:
        fault = Fault(
            _kind(body),
            operation=read_operation(body),
            app=body.text("app", ""),
            of=body.text("of", ""),
            region=body.text("region", ""),
            without_cookie=body.truth("without_cookie", default=False),
            nth=body.number("nth", 1, at_least=1),
            times=body.number("times", at_least=1) if body.has("times") else None,
            chance=body.share("chance", 1.0),
        )
    except MalformedError:
        raise
    except ValueError as error:
        raise MalformedError(f"{body.where}: {error}") from error
    body.nothing_else()
    return fault


def read_hold(body: Fields) -> Fault:
    """The fault that holds what this object describes; `kind` goes without saying. Raises `MalformedError`."""
    return read_fault(Fields({**body.values, "kind": "hold"}, body.where))


def write_fault(fault: Fault) -> Json:
    """The fault as JSON, as `read_fault` reads it."""
    return {**plain(fault), "kind": fault.word(), **plain(fault.kind)}


def plain(value: AttrsInstance) -> Json:
    """A value as JSON: its fields, with enums as their words and tuples as lists."""
    return {each.name: _plain(getattr(value, each.name)) for each in fields(type(value))}


def read_rules(body: Fields, rules: Rules, presets: Mapping[str, Rules]) -> Rules:
    """The rules, changed as this object says; a `preset` first. Raises `MalformedError`."""
    name = body.text("preset", "")
    if name and name not in presets:
        raise MalformedError(f"{body.where}.preset: {name!r} is none of {', '.join(presets)}")
    rules = presets.get(name, rules)
    changes: dict[str, bool | float] = {}
    for each in fields(Rules):
        was = getattr(rules, each.name)
        is_truth = isinstance(was, bool)
        changes[each.name] = body.truth(each.name, default=was) if is_truth else body.share(each.name, was)
    body.nothing_else()
    try:
        return Rules(**changes)  # type: ignore[arg-type]  # each has the type of what it replaces
    except ValueError as error:
        raise MalformedError(f"{body.where}: {error}") from error


def read_host(body: Fields, host: Host) -> Host:
    """The host, with what fits on it as this object says. Raises `MalformedError`."""
    limits = {name: body.number(name) if body.has(name) else None for name in ("memory_mb", "cpus", "storage_gb")}
    read = Host(host.host, **limits, closed=body.truth("closed", default=False))
    body.nothing_else()
    return read


def read_word(body: Fields, name: str, words: type[Word], default: Word) -> Word:
    """The word of this enum that stands in the field. Raises `MalformedError`, naming those there are."""
    text = body.text(name, str(default.value))
    try:
        return words(text)
    except ValueError as error:
        known = ", ".join(str(one.value) for one in words)
        raise MalformedError(f"{body.where}.{name}: {text!r} is none of {known}") from error


def read_operation(body: Fields) -> Operation | None:
    """The operation that the field names, if it names one. Raises `MalformedError`."""
    if not body.has("operation"):
        return None
    return read_word(body, "operation", Operation, Operation.CREATE_MACHINE)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Guest):
        return plain(value)
    return list(value) if isinstance(value, tuple) else value


def _kind(body: Fields) -> Kind:
    word = body.text("kind")
    if word not in KINDS:
        raise MalformedError(f"{body.where}.kind: {word!r} is no kind of fault; there are {', '.join(sorted(KINDS))}")
    return KINDS[word](body)


def _when(body: Fields) -> When:
    return read_word(body, "when", When, When.BEFORE)


def _refuse(body: Fields) -> Refuse:
    if not body.has("refusal"):
        return Refuse(_status(body, None), body.text("text"), _when(body))
    name = body.text("refusal")
    if name not in REFUSALS:
        raise MalformedError(f"{body.where}.refusal: {name!r} is none of {', '.join(sorted(REFUSALS))}")
    status, text = REFUSALS[name]
    return Refuse(status, text, _when(body))


def _status(body: Fields, default: int | None) -> int:
    status = body.number("status", default, at_least=0 if default == 0 else 200)
    if status > 599 or 0 < status < 200:  # noqa: PLR2004 - HTTP knows no others
        raise MalformedError(f"{body.where}.status: must be a status of HTTP, not {status}")
    return status


def _omit(body: Fields) -> Omit:
    names = body.entries("fields")
    texts = tuple(one for one in names if isinstance(one, str))
    if not names or len(texts) < len(names):
        raise MalformedError(f"{body.where}.fields: must be a list of texts, and not empty")
    return Omit(texts)


def _ghost(body: Fields) -> Ghost:
    return Ghost(body.text("state", ""), body.number("for_ms", 0))


def _befall(body: Fields) -> Befall:
    return Befall(read_happening(body), body.number("after_ms", 0))


def read_happening(body: Fields) -> Happening:
    """What befalls a machine, as the field `what` names it. Raises `MalformedError`."""
    body.text("what")
    return read_word(body, "what", Happening, Happening.EXIT)


READERS: Final[Mapping[type[Kind], Callable[[Fields], Kind]]] = {
    Drop: lambda body: Drop(_when(body)),
    Delay: lambda body: Delay(body.number("before_ms", 0), body.number("after_ms", 0)),
    Refuse: _refuse,
    Garble: lambda body: Garble(_status(body, 502), _when(body)),
    Hold: lambda body: Hold(_when(body)),
    RateLimit: lambda _: RateLimit(),
    Omit: _omit,
    Unseen: lambda body: Unseen(body.text("missing", "")),
    Lag: lambda body: Lag(body.number("by_ms")),
    Ghost: _ghost,
    Dark: lambda _: Dark(),
    EchoDiffers: lambda _: EchoDiffers(),
    Stuck: lambda _: Stuck(),
    Slow: lambda body: Slow(body.number("by_ms")),
    ClaimLingers: lambda body: ClaimLingers(body.number("for_ms"), body.truth("nul", default=False)),
    NameLingers: lambda body: NameLingers(body.number("for_ms")),
    TooEarly: lambda body: TooEarly(body.number("for_ms")),
    ImageMissing: lambda body: ImageMissing(body.number("for_ms")),
    SecretsLag: lambda body: SecretsLag(body.number("by_ms")),
    Befall: _befall,
    Launches: lambda _: Launches(),
    Cold: lambda _: Cold(),
    Unreachable: lambda body: Unreachable(_status(body, 408)),
    Full: lambda body: Full(_status(body, 0)),
    OverQuota: lambda body: OverQuota(body.number("allowed_mb", 0)),
    Capped: lambda body: Capped(body.number("machines", 0)),
}
KINDS: Final = {word_of(kind): reader for kind, reader in READERS.items()}
"""How each kind of fault is read, by its word."""
