"""Vectors: what the core answers, cell by cell, as JSON that a port in any language is held to, with its schema."""

from kiloclaw_adapters.vectors.collection import FORMAT, KINDS, AnyKind, lines, packed, tree
from kiloclaw_adapters.vectors.kinds import NoVectorError, Tree
from kiloclaw_adapters.vectors.making import gatherings, made, written
from kiloclaw_adapters.vectors.schema import schema

__all__ = (
    "FORMAT",
    "KINDS",
    "AnyKind",
    "NoVectorError",
    "Tree",
    "gatherings",
    "lines",
    "made",
    "packed",
    "schema",
    "tree",
    "written",
)
