"""How the types alone say what a tree must look like; nothing is guessed, coerced or filled in.

A class is an object with exactly its fields as keys; a member of a union also carries its name in snake case under
`is`. Enums are their values, also as members of a union, where no other may be a text; tuples are lists, None is null,
and a policy is never stored. What the vocabulary is, these hooks do not know: they follow the types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Final, TypeAlias, Union, get_args, get_origin

from attrs import AttrsInstance, fields, frozen, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from kiloclaw_core.codec.misfits import KINDS, MisfitError, UnknownNameError, mistaken
from kiloclaw_core.codec.text import Twice
from kiloclaw_core.policy import Policy

TAG: Final = "is"

Reads: TypeAlias = Callable[[object, object], object]
"""Makes a value of a tree; the type, which comes second, is known to it already."""
Writes: TypeAlias = Callable[[object], object]
"""Makes a tree of a value."""


@frozen
class Unread:
    """An object whose keys are not looked at yet."""

    keys: dict[str, object]


# -- primitives --------------------------------------------------------------------------------------------------


def _reads_only(wanted: type) -> Reads:
    """Reads exactly this type: cattrs would make 1 of 1.9 and 'None' of null."""

    def reads(tree: object, _: object) -> object:
        if type(tree) is wanted:
            return tree
        raise mistaken(wanted, tree)

    return reads


def _reads_float(tree: object, _: object) -> float:
    if not isinstance(tree, float):
        raise mistaken(float, tree)
    if not isfinite(tree):  # Python's JSON takes NaN and 1e999
        raise MisfitError("expected a finite number")
    return tree


def _reads_policy(tree: object, _: object) -> Policy:
    if isinstance(tree, Policy):
        return tree
    raise MisfitError("a policy is never stored")


def _reads_enum(kind: type[Enum]) -> Reads:
    members = {one.value: one for one in kind}

    def reads(tree: object, _: object) -> Enum:
        if not isinstance(tree, str):
            raise mistaken(str, tree)
        if tree not in members:
            raise UnknownNameError(tree)
        return members[tree]

    return reads


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


# -- tuples ------------------------------------------------------------------------------------------------------


def _is_tuple(kind: object) -> bool:
    return get_origin(kind) is tuple


def _reads_tuple(kind: object, inner: Reads) -> Reads:
    """A list, as long as the type says: cattrs, whose hook is `inner`, would also take a string apart."""
    items = get_args(kind)
    length = None if items[-1] is Ellipsis else len(items)

    def reads(tree: object, _: object) -> object:
        if not isinstance(tree, list):
            raise mistaken(list, tree)
        if length not in (None, len(tree)):
            raise MisfitError(f"expected a list of {length}, not of {len(tree)}")
        return inner(tree, kind)

    return reads


# -- objects -----------------------------------------------------------------------------------------------------


def _as_object(tree: object) -> dict[str, object]:
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, Twice):
        raise MisfitError(f"the key {tree.key!r} twice")
    raise mistaken(dict, tree)


def _reads_unread(tree: object, _: object) -> Unread:
    return Unread(_as_object(tree))


def _reads_class(kind: type[AttrsInstance], converter: Converter) -> Reads:
    """Exactly the keys that the class has fields: a default is for callers, and a text that omits one is not ours."""
    inner = make_dict_structure_fn(kind, converter)
    names = frozenset(one.name for one in fields(kind))

    def reads(tree: object, _: object) -> object:
        found = _as_object(tree)
        if found.keys() != names:
            raise _misfitting(found, names)
        return inner(found, kind)

    return reads


def _misfitting(found: Mapping[str, object], names: frozenset[str]) -> MisfitError:
    unknown, missing = sorted(found.keys() - names), sorted(names - found.keys())
    return MisfitError(f"unknown key {unknown[0]!r}" if unknown else f"missing key {missing[0]!r}")


def _writes_class(kind: type[AttrsInstance], converter: Converter) -> Writes:
    return make_dict_unstructure_fn(kind, converter, policy=override(omit=True))


# -- unions ------------------------------------------------------------------------------------------------------


def _members(kind: object) -> tuple[type, ...]:
    """What a union is of, beside None; nothing where the type is no union, or is one type or None."""
    if get_origin(kind) not in (Union, UnionType):
        return ()
    members = tuple(one for one in get_args(kind) if one is not NoneType)
    return members if len(members) > 1 else ()


def _is_mixed_union(kind: object) -> bool:
    """Whether a tree of it tells which member it is: by its tag where that is a class, and else by being no object."""
    return bool(_members(kind)) and not _is_union_of_names(kind)


def _is_union_of_names(kind: object) -> bool:
    """Whether all members are new names for one primitive, as ids of several kinds are: one text means them all."""
    primitives = {getattr(one, "__supertype__", None) for one in _members(kind)}
    return len(primitives) == 1 and None not in primitives


def _tags(kind: object) -> dict[str, type]:
    """The classes of a union by their tags."""
    tags: dict[str, type] = {}
    for one in filter(has, _members(kind)):
        tag = re.sub(r"(?<!^)(?=[A-Z])", "_", one.__name__).lower()
        if tag in tags:
            raise TypeError(f"two members of one union are called {tag!r}")
        tags[tag] = one
    return tags


def _leaves(kind: object) -> dict[type, type]:
    """The other members of a union, by the primitive that each is written as: no two may be written as the same."""
    leaves: dict[type, type] = {}
    for one in _members(kind):
        if has(one):
            continue
        primitive = str if _is_enum(one) else getattr(one, "__supertype__", one)
        if primitive not in KINDS or primitive in leaves:
            raise TypeError(f"in {kind} it could not be told what is a {primitive.__name__}")
        leaves[primitive] = one
    return leaves


def _reads_union(kind: object, converter: Converter) -> Reads:
    """An object whose tag says which member it is, the rest of its keys being that member's, or one that is none."""
    members, leaves = _tags(kind), _leaves(kind)
    hook = cache(converter.get_structure_hook)  # asked for when it is needed: a type may hold itself
    nullable = NoneType in get_args(kind)
    expected = " or ".join(KINDS[one] for one in (*((dict,) if members else ()), *leaves))

    def reads(tree: object, _: object) -> object:
        if tree is None and nullable:
            return None
        if type(tree) in leaves:
            one = leaves[type(tree)]
            return hook(one)(tree, one)
        if not members or not isinstance(tree, dict | Twice):
            raise MisfitError(f"expected {expected}, not {KINDS[type(tree)]}")
        keys = dict(_as_object(tree))
        one = members[_tag_in(keys, members)]
        return hook(one)(keys, one)

    return reads


def _tag_in(keys: dict[str, object], known: Collection[str]) -> str:
    """The tag among the keys of an object, taken out of them."""
    if TAG not in keys:
        raise MisfitError(f"missing key {TAG!r}")
    tag = keys.pop(TAG)
    if not isinstance(tag, str):
        raise MisfitError(f"expected a string under {TAG!r}, not {KINDS[type(tag)]}")
    if tag not in known:
        raise UnknownNameError(tag)
    return tag


def _writes_union(kind: object, converter: Converter) -> Writes:
    members = {one: (tag, one) for tag, one in _tags(kind).items()}
    leaves = {one if _is_enum(one) else primitive: one for primitive, one in _leaves(kind).items()}
    hook = cache(converter.get_unstructure_hook)

    def writes(value: object) -> object:
        if value is None:
            return None
        if type(value) in leaves:
            return hook(leaves[type(value)])(value)
        tag, one = members[type(value)]
        return {TAG: tag, **hook(one)(value)}

    return writes


def _reads_names(kind: object, converter: Converter) -> Reads:
    one, *_ = _members(kind)
    inner = converter.get_structure_hook(one)
    nullable = NoneType in get_args(kind)

    def reads(tree: object, _: object) -> object:
        return None if tree is None and nullable else inner(tree, one)

    return reads


# -- the converter -----------------------------------------------------------------------------------------------


def strict_converter(*, detailed: bool) -> Converter:
    """A converter that follows the types to the letter; a detailed one is slower and knows where a misfit is."""
    converter = Converter(detailed_validation=detailed)
    reads_any_tuple = converter.get_structure_hook(tuple)  # cattrs' own, which takes the type with each call
    for primitive in (str, int, bool):
        converter.register_structure_hook(primitive, _reads_only(primitive))
    converter.register_structure_hook(float, _reads_float)
    converter.register_unstructure_hook(float, float)  # 60 where a float is meant is written 60.0, being equal
    converter.register_structure_hook_factory(_is_enum, _reads_enum)
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _reads_tuple(kind, reads_any_tuple))
    converter.register_structure_hook_factory(has, _reads_class)
    converter.register_unstructure_hook_factory(has, _writes_class)
    converter.register_structure_hook_factory(_is_mixed_union, _reads_union)
    converter.register_unstructure_hook_factory(_is_mixed_union, _writes_union)
    converter.register_structure_hook_factory(_is_union_of_names, _reads_names)
    converter.register_structure_hook(Policy, _reads_policy)
    converter.register_structure_hook(Unread, _reads_unread)
    return converter
