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


class ReplayError(ValueError):
    """A trace cannot be followed: the message names the step, what was asked, and what was possible."""


def replay_code(product: Product[SceneT], code: str) -> Trace:
    """Follow choice indices such as "0/0/3/0"; the empty code stays at the start.

    Raises `ReplayError` at the first step that is no index, or one that was not possible.
    """
    return _follow(product, code.split("/") if code else (), _by_index)


def replay_labels(product: Product[SceneT], labels: Iterable[str]) -> Trace:
    """Follow the lines of actions, which outlive a change in the order of choices.

    Raises `ReplayError` at the first label that was not possible, or that could mean more than one thing.
    """
    return _follow(product, labels, _by_label)


def passages(product: Product[SceneT], trace: Trace) -> tuple[Passage, ...]:
    """Each step of a trace with the joints before and after it."""
    model = ProductModel(product)
    here, passed = trace.start, []
    for step in trace.steps:
        after = model.next(here, model.actions(here)[step.index])
        passed.append((here, step.action, after))
        here = after
    return tuple(passed)


def _follow(
    product: Product[SceneT],
    wishes: Iterable[str],
    pick: Callable[[int, str, tuple[Choice, ...]], list[int]],
) -> Trace:
    model = ProductModel(product)
    start = here = model.initial()
    steps = []
    for number, wish in enumerate(wishes, start=1):
        choices = model.actions(here)
        meant = pick(number, wish, choices)
        ends = dict.fromkeys(model.next(here, choices[index]) for index in meant)
        if len(ends) > 1:
            raise ReplayError(_refusal(number, f"{wish!r}, which means {len(ends)} things", choices))
        steps.append(Step(meant[0], len(choices), choices[meant[0]].move.action))
        (here,) = ends
    return Trace(tuple(steps), start, here)


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
