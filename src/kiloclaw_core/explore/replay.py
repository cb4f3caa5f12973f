"""Following a trace again, by choice indices or by the lines of its actions.

The rules are applied afresh, so a trace that replays to the same end is a trace whatever found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kiloclaw_core.explore.model import Action, SceneT
from kiloclaw_core.explore.naive import Choice, ProductModel
from kiloclaw_core.explore.product import Joint, Product
from kiloclaw_core.explore.report import Step, Trace

Passage = tuple[Joint, Action, Joint]
"""One step as it was: the joint before, the action, the joint after."""

Beginnings = dict[tuple[str, ...], Trace]
"""How far codes were followed that began with these choices."""


class ReplayError(ValueError):
    """A trace cannot be followed: the message names the step, what was asked, and what was possible."""


def replay_code(product: Product[SceneT], code: str, beginnings: Beginnings | None = None) -> Trace:
    """Follow choice indices such as "0/0/3/0"; the empty code stays at the start.

    Of many codes that begin alike, each beginning is followed once where all are given the same `beginnings`.
    Raises `ReplayError` at the first step that is no index, or one that was not possible.
    """
    wishes, known = tuple(code.split("/") if code else ()), {} if beginnings is None else beginnings
    begun = next((length for length in range(len(wishes), 0, -1) if wishes[:length] in known), 0)
    trace = known[wishes[:begun]] if begun else _at_the_start(product)
    for length in range(begun, len(wishes)):
        trace = known[wishes[: length + 1]] = _after(product, trace, wishes[length], _by_index)
    return trace


def replay_labels(product: Product[SceneT], labels: Iterable[str]) -> Trace:
    """Follow the lines of actions, which outlive a change in the order of choices.

    Raises `ReplayError` at the first label that was not possible, or that could mean more than one thing.
    """
    trace = _at_the_start(product)
    for label in labels:
        trace = _after(product, trace, label, _by_label)
    return trace


def passages(product: Product[SceneT], trace: Trace) -> tuple[Passage, ...]:
    """Each step of a trace with the joints before and after it."""
    model = ProductModel(product)
    here, passed = trace.start, []
    for step in trace.steps:
        after = model.next(here, model.actions(here)[step.index])
        passed.append((here, step.action, after))
        here = after
    return tuple(passed)


def _at_the_start(product: Product[SceneT]) -> Trace:
    start = ProductModel(product).initial()
    return Trace((), start, start)


def _after(
    product: Product[SceneT], trace: Trace, wish: str, pick: Callable[[int, str, tuple[Choice, ...]], list[int]]
) -> Trace:
    """The trace and one step more."""
    model, number = ProductModel(product), len(trace.steps) + 1
    choices = model.actions(trace.end)
    meant = pick(number, wish, choices)
    ends = dict.fromkeys(model.next(trace.end, choices[index]) for index in meant)
    if len(ends) > 1:
        raise ReplayError(_refusal(number, f"{wish!r}, which means {len(ends)} things", choices))
    step = Step(meant[0], len(choices), choices[meant[0]].move.action)
    (end,) = ends
    return Trace((*trace.steps, step), trace.start, end)


def _by_index(number: int, wish: str, choices: tuple[Choice, ...]) -> list[int]:
    if wish not in map(str, range(len(choices))):
        raise ReplayError(_refusal(number, f"choice {wish!r}", choices))
    return [int(wish)]


def _by_label(number: int, wish: str, choices: tuple[Choice, ...]) -> list[int]:
    meant = [index for index, choice in enumerate(choices) if str(choice) == wish]
    if not meant:
        raise ReplayError(_refusal(number, repr(wish), choices))
    return meant


def _refusal(number: int, asked: str, choices: tuple[Choice, ...]) -> str:
    possible = ", ".join(f"{index} {str(choice)!r}" for index, choice in enumerate(choices))
    return f"step {number} asked for {asked}; possible: {possible or 'nothing'}"
