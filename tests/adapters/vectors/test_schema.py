"""The schema: every vector, view, error and recorded trace is valid, and what the codec or a reader refuses is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.vectors import KINDS, NoVectorError, Tree, schema
from kiloclaw_core.codec import COMMAND, EFFECT, FACT
from kiloclaw_core.codec.text import spell
from kiloclaw_core.instance import Record
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.trace import MalformedTraceError, parse
from kiloclaw_core.trace.parsing import READERS
from kiloclaw_core.views import debug_view, view
from kiloclaw_core.world.configurations import configuration_named
from tests.adapters.check.strategies import line as drawn_line
from tests.adapters.check.walking import by_chance, walked
from tests.story.trace.test_parsing import LINES

from ..interpreter.outside import CLOCK, SPEC, World, new_store, process

SCHEMA = schema()
BY_NAME = {kind.name: kind for kind in KINDS}
WHOLE = jsonschema_rs.Draft202012Validator(SCHEMA)


def part(name: str) -> jsonschema_rs.Draft202012Validator:
    """What tells whether a value is what the schema defines under this name."""
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


LINE = part("trace_line")


def test_it_is_a_schema_and_every_line_is_valid(shipped: tuple[Tree, ...]) -> None:
    """Of the dialect that it names."""
    jsonschema_rs.meta.validate(SCHEMA)

    assert [one for one in shipped if not WHOLE.is_valid(one)] == []


@pytest.mark.parametrize("kind", sorted(BY_NAME))
def test_every_part_of_a_vector_is_what_its_name_says(shipped: tuple[Tree, ...], kind: str) -> None:
    """So a port may check what it is given, and what it answers, by itself."""
    parts = {name: part(f"{kind}.{name}") for name in ("record", "command", "fact", "refusal", "effect", "alarm")}
    vectors = [one for one in shipped if one.get("kind") == kind]
    met = [(name, value) for one in vectors for name, value in values(one)]

    assert {name for name, _ in met} == set(parts)
    assert [value for name, value in met if not parts[name].is_valid(value)] == []


def values(vector: Tree) -> Iterator[tuple[str, object]]:
    """The values of a vector, each with the name that the schema has for it."""
    named = {"record": "record", "expected": "record", "command": "command", "fact": "fact", "refusal": "refusal"}
    yield from ((name, vector[key]) for key, name in named.items() if vector.get(key) is not None)
    for key, name in (("effects", "effect"), ("alarms", "alarm")):
        every = vector[key]
        yield from ((name, one) for one in every) if isinstance(every, list) else ()


def test_what_answers_say_is_an_outcome(shipped: tuple[Tree, ...]) -> None:
    """A client has them before they are part of a fact."""
    validators = {kind: part(f"{kind}.outcome") for kind in ("instance", "app", "registry", "cache")}
    met: list[tuple[str, object]] = []
    for one in shipped[1:]:
        fact = one.get("fact")
        if isinstance(fact, dict) and "outcome" in fact:
            met.append((str(one["kind"]), fact["outcome"]))

    assert {kind for kind, _ in met} == set(validators)
    assert [outcome for kind, outcome in met if not validators[kind].is_valid(outcome)] == []


# -- closed ------------------------------------------------------------------------------------------------------


def objects(value: object) -> Iterator[dict[str, object]]:
    """Every object in a tree, itself included."""
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(below)


def spoilt(value: object) -> Iterator[object]:
    """The tree with a key too many, and with one too few, at each of its objects."""
    for place, here in enumerate(objects(value)):
        for missing in (None, *here):
            other = copy.deepcopy(value)
            there = list(objects(other))[place]
            if missing is None:
                there["beside"] = 1
            else:
                del there[missing]
            yield other


@pytest.mark.parametrize("kind", sorted(BY_NAME))
def test_a_record_with_a_key_too_many_or_too_few_is_neither_valid_nor_read(
    shipped: tuple[Tree, ...], kind: str
) -> None:
    """The schema is as closed as the codec is: a misspelt key is told, and not ignored."""
    record = max((one["record"] for one in shipped if one.get("kind") == kind), key=lambda one: len(spell(one)))
    policies, validator = shipped[0]["policies"], part(f"{kind}.record")
    assert isinstance(policies, dict)
    policy = policies[f"{kind}-1"]

    wrong = list(spoilt(record))

    assert len(wrong) > 20
    assert [one for one in wrong if validator.is_valid(one) or is_read(kind, one, policy)] == []


def is_read(kind: str, record: object, policy: object) -> bool:
    """Whether the codec reads it."""
    try:
        BY_NAME[kind].record_of(record, policy)
    except NoVectorError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "key", "codec"), [("fact", "fact", FACT), ("command", "command", COMMAND), ("effect", "effects", EFFECT)]
)
def test_what_else_is_written_is_as_closed(shipped: tuple[Tree, ...], name: str, key: str, codec: object) -> None:
    """Commands, facts and effects of an instance, of every sort."""
    assert isinstance(codec, type(FACT)), f"{codec} is no codec"
    validator = part(f"instance.{name}")
    given: dict[str, object] = {}
    for one in shipped:
        every = one.get(key, []) if one.get("kind") == "instance" else []
        for value in every if isinstance(every, list) else [every]:
            assert isinstance(value, dict)
            outcome = value.get("outcome")
            given.setdefault(f"{value['is']} {outcome['is'] if isinstance(outcome, dict) else ''}", value)
    wrong = [each for value in given.values() for each in spoilt(value)]

    assert len(wrong) > 20
    assert [one for one in wrong if validator.is_valid(one) or isinstance(codec.decode(spell(one)), Success)] == []


# -- what is shown -----------------------------------------------------------------------------------------------


def records(shipped: tuple[Tree, ...]) -> Iterator[Record]:
    """A record of an instance in each phase that hears each command."""
    policies = shipped[0]["policies"]
    assert isinstance(policies, dict)
    chosen = {
        (one["phase"], one["hears"]): one for one in shipped if one.get("kind") == "instance" and "command" in one
    }
    for one in chosen.values():
        record = BY_NAME["instance"].record_of(one["record"], policies[str(one["policy"])])
        assert isinstance(record, Record)
        yield record


def as_shown(value: object) -> object:
    """A value as it is after it was printed and read."""
    return json.loads(json.dumps(value))


def test_every_view_is_valid(shipped: tuple[Tree, ...]) -> None:
    """As `kiloclaw status --json` and `kiloclaw debug --json` show an instance, in every phase."""
    plain, full = part("view"), part("debug_view")
    met = list(records(shipped))

    assert [one for one in met if not plain.is_valid(as_shown(asdict(view(one))))] == []
    assert [one for one in met if not full.is_valid(as_shown(asdict(debug_view(one))))] == []


def test_every_error_is_valid() -> None:
    """As admission says that it does not let somebody in."""
    error = part("error")

    assert [one for one in Trouble if not error.is_valid(as_shown(asdict(explanation(one))))] == []


# -- lines of traces ---------------------------------------------------------------------------------------------


def test_every_kind_of_line_is_valid() -> None:
    """As the reader's own tests have them, with keys that nobody asks for."""
    assert {str(words["kind"]) for words, _ in LINES} == set(READERS)
    assert [words for words, _ in LINES if not LINE.is_valid(words)] == []


@pytest.mark.anyio
async def test_what_is_recorded_is_valid(tmp_path: Path) -> None:
    """A whole life, from our own interpreter."""
    kiloclaw = process(World(), new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True)
    await kiloclaw.destroy("sandbox-1")
    lines = [json.loads(line) for line in (tmp_path / "sandbox-1.jsonl").read_text(encoding="utf-8").splitlines()]

    assert len(lines) > 50
    assert [one for one in lines if not LINE.is_valid(one)] == []


def test_what_the_explored_model_does_is_valid() -> None:
    """Walks with troubles, with the truth beside what was heard of it."""
    lines = [json.loads(line) for seed in range(10) for line in walked(TROUBLED, by_chance(seed), 40)]

    assert [one for one in lines if not LINE.is_valid(one)] == []


TROUBLED = configuration_named("one-trouble")
KEYS = ("kind", "at", "id", "op", "args", "ok", "record", "machines", "due", "status", "body", "by", "fields", "beside")
ODD: tuple[object, ...] = (
    None,
    True,
    0,
    "x",
    [],
    {},
    ["x"],
    [{}],
    {"id": 1},
    {"status": "well"},
    {"id": "m1", "gone": 1},
)


@given(drawn_line, st.sampled_from(KEYS), st.sampled_from(ODD), st.booleans())
def test_a_line_is_valid_where_it_can_be_read(words: Tree, key: str, odd: object, drop: bool) -> None:  # noqa: FBT001
    """Drawn by chance, and then with one thing wrong, or harmlessly different: the schema says what the reader says."""
    line = {"at": 1, **words, key: odd}
    if drop:
        del line[key]

    assert LINE.is_valid(line) is can_be_read(line), line


def can_be_read(line: Tree) -> bool:
    """Whether the reader takes it."""
    try:
        parse(json.dumps(line), 1)
    except MalformedTraceError:
        return False
    return True


@pytest.mark.shared
def test_what_the_production_service_recorded_is_valid(shared: Path) -> None:
    """Traces that we did not write."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((shared / "traces").glob("*.jsonl")))
    lines = [line for text in texts for line in text.splitlines()]

    assert len(lines) > 1000
    assert [line for line in lines if not LINE.is_valid(json.loads(line))] == []
