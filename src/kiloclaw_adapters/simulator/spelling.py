"""Writes a fault as JSON and reads it back, telling exactly what cannot be read and where.

What a fault does is decided by `faults` and `gate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, TypeVar

from attrs import fields

from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.faults import (
    REFUSALS,
    Delay,
    Drop,
    EchoDiffers,
    Fault,
    Full,
    Garble,
    Ghost,
    Hold,
    Kind,
    Omit,
    OverQuota,
    RateLimit,
    Refuse,
    Stuck,
    Unreachable,
    Unseen,
    When,
    word_of,
)
from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError

Word = TypeVar("Word", bound=Enum)


def read_fault(body: Fields) -> Fault:
    """The fault that this object describes. Raises `MalformedError`."""
    kind = _kind(body)
    try:
        fault = Fault(
            kind,
            operation=read_operation(body),
            app=body.text("app", ""),
            of=body.text("of", ""),
            region=body.text("region", ""),
            without_cookie=body.truth("without_cookie", default=False),
            nth=body.number("nth", 1, at_least=1),
            times=body.number("times", at_least=1) if body.has("times") else None,
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
    kind = {each.name: getattr(fault.kind, each.name) for each in fields(type(fault.kind))}
    whom = {each.name: getattr(fault, each.name) for each in fields(Fault) if each.name != "kind"}
    return {"kind": fault.word(), **{name: _plain(value) for name, value in {**kind, **whom}.items()}}


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
    status = body.number("status", default, at_least=200)
    if status > 599:  # noqa: PLR2004 - HTTP knows no more
        raise MalformedError(f"{body.where}.status: must be a status of HTTP, not {status}")
    return status


def _omit(body: Fields) -> Omit:
    names = body.entries("fields")
    texts = tuple(one for one in names if isinstance(one, str))
    if not names or len(texts) < len(names):
        raise MalformedError(f"{body.where}.fields: must be a list of texts, and not empty")
    return Omit(texts)


READERS: Final[Mapping[type[Kind], Callable[[Fields], Kind]]] = {
    Drop: lambda body: Drop(_when(body)),
    Delay: lambda body: Delay(body.number("before_ms", 0), body.number("after_ms", 0)),
    Refuse: _refuse,
    Garble: lambda body: Garble(_status(body, 502), _when(body)),
    Hold: lambda body: Hold(_when(body)),
    Unseen: lambda body: Unseen(body.text("missing", "")),
    Ghost: lambda _: Ghost(),
    Stuck: lambda _: Stuck(),
    Unreachable: lambda _: Unreachable(),
    Full: lambda _: Full(),
    OverQuota: lambda _: OverQuota(),
    RateLimit: lambda _: RateLimit(),
    Omit: _omit,
    EchoDiffers: lambda _: EchoDiffers(),
}
KINDS: Final = {word_of(kind): reader for kind, reader in READERS.items()}
"""How each kind of fault is read, by its word."""
