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

Beginnings = dict[tuple[str, ...], tuple[Step, Joint]]
"""For each beginning of a code that was followed, its last step and where that led."""


class ReplayError(ValueError):
    """A trace cannot be followed: the message names the step, what was asked, and what was possible."""


def replay_code(product: Product[SceneT], code: str, beginnings: Beginnings | None = None) -> Trace:
    """Follow choice indices such as "0/0/3/0"; the empty code stays at the start.

    Of many codes that begin alike, each beginning is followed once where all are given the same `beginnings`.
    Raises `ReplayError` at the first step that is no index, or one that was not possible.
    """
    wishes, steps = tuple(code.split("/") if code else ()), list[Step]()
    start = here = ProductModel(product).initial()
    for number, wish in enumerate(wishes, start=1):
        known = None if beginnings is None else beginnings.get(wishes[:number])
        step, here = _after(product, here, number, wish, _by_index) if known is None else known
        if beginnings is not None:
            beginnings[wishes[:number]] = (step, here)
        steps.append(step)
    return Trace(tuple(steps), start, here)


def replay_labels(product: Product[SceneT], labels: Iterable[str]) -> Trace:
    """Follow the lines of actions, which outlive a change in the order of choices.

    Raises `ReplayError` at the first label that was not possible, or that could mean more than one thing.
    """
    steps = list[Step]()
    start = here = ProductModel(product).initial()
    for number, label in enumerate(labels, start=1):
        step, here = _after(product, here, number, label, _by_label)
        steps.append(step)
    return Trace(tuple(steps), start, here)


def passages(product: Product[SceneT], trace: Trace) -> tuple[Passage, ...]:
    """Each step of a trace with the joints before and after it."""
    model = ProductModel(product)
    here, passed = trace.start, []
    for step in trace.steps:
        after = model.next(here, model.actions(here)[step.index])
        passed.append((here, step.action, after))
        here = after
    return tuple(passed)


def _after(
    product: Product[SceneT],
    here: Joint,
    number: int,
    wish: str,
    pick: Callable[[int, str, tuple[Choice, ...]], list[int]],
) -> tuple[Step, Joint]:
    """The step of this number, as it is wished for, and where it leads."""
    model = ProductModel(product)
    choices = model.actions(here)
    meant = pick(number, wish, choices)
    ends = dict.fromkeys(model.next(here, choices[index]) for index in meant)
    if len(ends) > 1:
        raise ReplayError(_refusal(number, f"{wish!r}, which means {len(ends)} things", choices))
    (end,) = ends
    return Step(meant[0], len(choices), choices[meant[0]].move.action), end


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
