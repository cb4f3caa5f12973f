"""A trace as people read it: one line a step, a column for each lane, and in it only what changed.

What stands in a lane is the caller's to say, through `Lanes`. The claim that a trace breaks stands on top, the code to
replay it at the bottom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic

from attrs import frozen

from kiloclaw_core.explore.model import Action, Claim, SceneT
from kiloclaw_core.explore.product import Product
from kiloclaw_core.explore.replay import passages
from kiloclaw_core.explore.report import Trace, Verdict
from kiloclaw_core.explore.table import mermaid_text


@frozen
class Lanes(Generic[SceneT]):
    """The lanes of a drawing: their headings, and what each shows of one step (nothing: an empty text)."""

    columns: tuple[str, ...]
    row: Callable[[SceneT, Action, SceneT], tuple[str, ...]]


def draw_lanes(product: Product[SceneT], trace: Trace, lanes: Lanes[SceneT]) -> str:
    """The trace with a numbered line for each step and a column for each lane."""
    told = passages(product, trace)
    return draw_steps(((product.scene(before), action, product.scene(after)) for before, action, after in told), lanes)


def draw_steps(steps: Iterable[tuple[SceneT, Action, SceneT]], lanes: Lanes[SceneT]) -> str:
    """Steps with what was before and after each of them: a numbered line for each, and a column for each lane."""
    rows = [("", *lanes.columns)]
    for number, told in enumerate(steps, start=1):
        shown = lanes.row(*told)
        if len(shown) != len(lanes.columns):
            msg = f"step {number} fills {len(shown)} lanes, but there are {', '.join(lanes.columns)}"
            raise ValueError(msg)
        rows.append((str(number), *shown))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for step, *texts in rows:
        padded = [step.rjust(widths[0]), *map(str.ljust, texts, widths[1:])]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines) + "\n"


def draw_verdict(product: Product[SceneT], verdict: Verdict, lanes: Lanes[SceneT]) -> str:
    """A verdict as text: the claim on top, its trace in lanes, and the code to replay it at the bottom."""
    claim = _claim_of(product, verdict)
    heading = f"{verdict.verdict.replace('_', ' ').upper()}  {claim.name}"
    if verdict.trace is None:
        return f"{heading}\nclaim   {claim.sentence}\n"
    steps = len(verdict.trace.steps)
    lines = [f"{heading}  ({steps} step{'' if steps == 1 else 's'})", draw_lanes(product, verdict.trace, lanes)]
    if verdict.round_from is not None:
        lines.append(f"round   from step {verdict.round_from + 1} on, for ever")
    lines += [f"claim   {claim.sentence}", f"replay  {verdict.trace.code or 'the initial state'}"]
    return "\n".join(lines) + "\n"


def mermaid_sequence(messages: Iterable[tuple[str, str, str]]) -> str:
    """A Mermaid sequence diagram of (from, to, text), the lanes in the order in which they are first named."""
    listed = list(messages)
    names = list(dict.fromkeys(name for sender, receiver, _ in listed for name in (sender, receiver)))
    number = {name: f"p{place}" for place, name in enumerate(names)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {number[name]} as {mermaid_text(name)}" for name in names]
    lines += [f"    {number[sender]}->>{number[receiver]}: {mermaid_text(text)}" for sender, receiver, text in listed]
    return "\n".join(lines) + "\n"


def _claim_of(product: Product[SceneT], verdict: Verdict) -> Claim[SceneT]:
    for claim in product.claims:
        if claim.name == verdict.claim:
            return claim
    msg = f"no claim of this product is named {verdict.claim!r}"
    raise ValueError(msg)
