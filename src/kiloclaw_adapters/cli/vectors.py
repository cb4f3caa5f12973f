"""The command that hands out what the core answers, for ports of it in any language: `vectors`, and their schema."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kiloclaw_adapters.cli.telling import AsJson, BadInputError, plainly
from kiloclaw_adapters.vectors import KINDS, lines, schema, tree


def vectors(
    *,
    kind: Annotated[str | None, typer.Option("--kind", help="Only the vectors of this kind of record.")] = None,
    as_schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of all values instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the conformance vectors: a record, what it is given, and what has to come of it, one a line."""
    with plainly():
        if kind is not None and as_schema:
            raise BadInputError("--kind and --schema exclude one another: the schema is of every kind")
        header, *chosen = lines() if kind is None else of_kind(kind)
    if as_schema:
        typer.echo(json.dumps(schema(), indent=None if as_json else 2, sort_keys=True))
    elif as_json:
        typer.echo(json.dumps({**tree(header), "vectors": [tree(one) for one in chosen]}))
    else:
        typer.echo("\n".join((header, *chosen)))


def of_kind(kind: str) -> tuple[str, ...]:
    """The header, and the vectors of this kind alone; raises `BadInputError`."""
    names = [one.name for one in KINDS]
    if kind not in names:
        raise BadInputError(f"there are no vectors of {kind!r}, but of {', '.join(names)}")
    header, *every = lines()
    return (header, *(one for one in every if tree(one)["kind"] == kind))
