"""`vectors`: what it prints as lines, as one object and as a schema, and what it refuses."""

from __future__ import annotations

import json

from kiloclaw_adapters.vectors import lines, schema

from .conftest import run, told


def test_the_lines_are_those_that_are_shipped() -> None:
    """To the last byte, for whoever keeps them in a repository of their own."""
    ran = run("vectors")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == list(lines())


def test_one_kind_is_printed_with_the_same_header() -> None:
    """A port begins with one."""
    header, *vectors = run("vectors", "--kind", "supervisor").out.splitlines()

    assert header == lines()[0]
    assert vectors == [line for line in lines() if '"kind":"supervisor"' in line]


def test_as_json_they_are_one_object() -> None:
    """As with every command."""
    shown = told("vectors", "--kind", "app")
    vectors = shown["vectors"]
    assert isinstance(vectors, list)

    assert sorted(shown) == ["format", "policies", "vectors"]
    assert [json.dumps(one, sort_keys=True, separators=(",", ":")) for one in vectors] == [
        line for line in lines() if '"kind":"app"' in line
    ]


def test_the_schema_is_printed_for_people_and_for_programs() -> None:
    """On many lines, or on one."""
    plain = run("vectors", "--schema")

    assert json.loads(plain.out) == schema()
    assert plain.out.count("\n") > 100
    assert told("vectors", "--schema") == schema()


def test_a_kind_that_has_none_is_refused_with_those_that_have() -> None:
    """And so is one beside the schema, which is of all of them."""
    unknown, both = run("vectors", "--kind", "call"), run("vectors", "--kind", "app", "--schema")

    assert (unknown.code, unknown.out) == (2, "")
    assert (
        unknown.err == "kiloclaw: there are no vectors of 'call', but of instance, app, registry, supervisor, cache\n"
    )
    assert (both.code, both.out) == (2, "")
    assert both.err == "kiloclaw: --kind and --schema exclude one another: the schema is of every kind\n"
