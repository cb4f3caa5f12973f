"""The schema of everything that vectors, traces and people are shown: one document, each value by its name.

It is made from the types that the codec follows, so it cannot say otherwise. A line of vectors is valid against the
whole; what a record, a fact or a view is, and a line of a trace, stands under `$defs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kiloclaw_adapters.vectors.collection import FORMAT, KINDS, AnyKind
from kiloclaw_adapters.vectors.shapes import Schema, Shapes, const, either, keyed, listed, reference
from kiloclaw_adapters.vectors.trace_shapes import trace_line
from kiloclaw_core.app import AppOutcome
from kiloclaw_core.codec import Of
from kiloclaw_core.instance import Note
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.pairing import PairingOutcome
from kiloclaw_core.registry import RegistryOutcome
from kiloclaw_core.registry.troubles import Explanation
from kiloclaw_core.views import DebugView, View

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = f"urn:{FORMAT.replace('/', ':')}"
TEXT: Final[Schema] = {"type": "string"}
NULL: Final[Schema] = {"type": "null"}
OUTCOMES: Final[dict[str, object]] = {
    "instance.outcome": Of[Outcome],
    "app.outcome": Of[AppOutcome],
    "registry.outcome": Of[RegistryOutcome],
    "cache.outcome": Of[PairingOutcome],
}
"""What a request comes to, which is a part of facts; a supervisor asks nothing that is answered by its number."""
SHOWN: Final[dict[str, object]] = {"view": Of[View], "debug_view": Of[DebugView], "error": Of[Explanation]}
"""What `--json` shows of an instance, and where admission says no."""


POLICIES: Final = ("instance", "supervisor", "cache")
"""The kinds whose policies differ in their keys: an app and a registry have the instance's."""


def schema() -> Schema:
    """The document."""
    written, shown = Shapes(), Shapes(closed=False)
    named = {
        **{name: shape for kind in KINDS for name, shape in _parts(kind, written)},
        **{name: written.of(of) for name, of in OUTCOMES.items()},
        **{name: shown.of(of) for name, of in SHOWN.items()},
        "note": written.of(Of[Note]),
        "trace_line": trace_line(),
        "header": _header(),
        **{f"{kind.name}.vector": _vector(kind.name) for kind in KINDS},
    }
    lines = [reference("header"), *(reference(f"{kind.name}.vector") for kind in KINDS)]
    definitions = {**named, **written.definitions, **shown.definitions}
    return {"$schema": DIALECT, "$id": NAME, **either(lines), "$defs": dict(sorted(definitions.items()))}


def _parts(kind: AnyKind, shapes: Shapes) -> Iterator[tuple[str, Schema]]:
    """The parts of a kind's vectors, by name."""
    written = kind.written
    yield f"{kind.name}.record", shapes.of(written.record)
    yield f"{kind.name}.command", shapes.of(written.command)
    yield f"{kind.name}.fact", shapes.of(written.fact)
    yield f"{kind.name}.effect", shapes.of(written.effect)
    yield f"{kind.name}.refusal", shapes.of(written.refusal)
    yield f"{kind.name}.alarm", shapes.of(written.alarm)
    yield f"{kind.name}.policy", shapes.of(written.policy)


def _vector(name: str) -> Schema:
    """A vector of this kind: of a fact or of a command."""

    def part(word: str) -> Schema:
        return reference(f"{name}.{word}")

    said: dict[str, Schema] = {
        "kind": const(name),
        "phase": TEXT,
        "hears": TEXT,
        "becomes": TEXT,
        "policy": TEXT,
        "record": part("record"),
        "refusal": either([part("refusal"), NULL]),
        "expected": either([part("record"), NULL]),
        "effects": listed(part("effect")),
        "alarms": either([listed(part("alarm")), NULL]),
        "notes": listed(reference("note")),
    }
    given = {"command": part("command"), "fact": part("fact")}
    return {**keyed(said, given), "oneOf": [{"required": [one]} for one in given]}


def _header() -> Schema:
    known = either([reference(f"{one.name}.policy") for one in KINDS if one.name in POLICIES])
    policies: Schema = {"type": "object", "additionalProperties": known}
    return keyed({"format": const(FORMAT), "policies": policies})
