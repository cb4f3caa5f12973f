"""The policies that vectors are under: beside a record, because a policy is its environment's and never stored."""

from __future__ import annotations

from typing import Final

from cattrs import Converter

from kiloclaw_adapters.vectors.kinds import Tree
from kiloclaw_core.policy import Policy

_CONVERTER: Final = Converter(forbid_extra_keys=True)


def read_policy(tree: Tree) -> Policy:
    """The policy that a tree is, as a value: no codec reads one, because none is ever stored."""
    return _CONVERTER.structure(tree, Policy)


def as_it_is(tree: Tree) -> Tree:
    """The tree itself, of a policy that the codec reads like any part of a record."""
    return tree
