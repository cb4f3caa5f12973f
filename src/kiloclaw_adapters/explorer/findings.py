"""What an exploration found, as text to read, as one JSON object, and as the page of transitions.

Nothing is judged here: the verdicts are the core's, and whether one should fail a build is `run.Exploration`'s to say.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from kiloclaw_adapters.explorer.raised import Raised
from kiloclaw_adapters.explorer.run import Exploration
from kiloclaw_adapters.explorer.worlds import (
    AnyConfiguration,
    beginning_of,
    budgets_of,
    opened,
    suite_of,
    witnesses_of,
    world_of,
)
from kiloclaw_adapters.overriding import in_place
from kiloclaw_core.explore import Cell, Kind, Trace, Verdict, markdown_table, mermaid_states

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


def findings_json(found: Exploration) -> dict[str, Json]:
    """The exploration as one object; traces are lists of action lines, which `kiloclaw replay` follows."""
    report = found.report
    return {
        "configuration": found.configuration.name,
        **({"changes": list(found.changes)} if found.changes else {}),
        "states": report.states,
        **({} if report.stood_for is None else {"stood_for": report.stood_for}),
        "edges": report.edges,
        "depth": report.depth,
        "seconds": round(found.seconds, 3),
        "states_per_second": round(found.states_per_second),
        "complete": report.complete,
        "claims": [verdict_json(verdict) for verdict in report.verdicts],
    }


def suite_json(suite: str, found: Sequence[Exploration], seconds: float, unseen: tuple[str, ...]) -> dict[str, Json]:
    """All explorations of a suite as one object: what they come to together, what none of them shows, and each."""
    return {
        "suite": suite,
        "states": sum(one.report.states for one in found),
        "edges": sum(one.report.edges for one in found),
        "seconds": round(seconds, 3),
        "complete": all(one.report.complete for one in found),
        "never_seen": list(unseen),
        "configurations": [findings_json(one) for one in found],
    }


def configuration_json(one: AnyConfiguration) -> dict[str, Json]:
    """A configuration as one object: what it lets happen, how often, and what it must show."""
    return {
        "name": one.name,
        "world": world_of(one).value,
        "suite": suite_of(one).value,
        "sentence": one.sentence,
        "beginning": beginning_of(one),
        "budgets": budgets_of(one),
        "witnesses": list(witnesses_of(one)),
    }


def verdict_json(verdict: Verdict) -> dict[str, Json]:
    """What became of one claim, with its trace and the code to replay it where there is one."""
    told: dict[str, Json] = {
        "name": verdict.claim,
        "kind": verdict.kind.value.replace(" ", "_"),
        "verdict": verdict.verdict,
    }
    if verdict.bound is not None:
        told["bound"] = verdict.bound
    if verdict.trace is not None:
        told |= {"trace": list(verdict.trace.labels), "code": verdict.trace.code}
    return told


def verdict_line(verdict: Verdict) -> str:
    """What became of one claim, in a few words."""
    words = verdict.verdict.replace("_", " ")
    if verdict.kind is Kind.SOMETIMES and verdict.trace is not None:
        return f"{words} {_steps('after', len(verdict.trace.steps))}"
    if verdict.bound is not None:
        return f"{words} {_steps('within', verdict.bound)}"
    return words


def _steps(how: str, number: int) -> str:
    return f"{how} {number} step{'' if number == 1 else 's'}"


def failure_text(configuration: AnyConfiguration, verdict: Verdict) -> str:
    """A verdict that should not be: the claim on top, its trace as lanes, the command to replay it at the bottom."""
    system = opened(configuration)
    sentence = system.sentence(verdict.claim)
    heading = f"{verdict.verdict.replace('_', ' ').upper()}  {verdict.claim}"
    if verdict.trace is None:
        return "\n".join([heading, f"claim   {sentence}", *_changed()]) + "\n"
    steps = len(verdict.trace.steps)
    lines = [f"{heading}  ({steps} step{'' if steps == 1 else 's'})", system.lanes(verdict.trace)]
    if verdict.round_from is not None:
        lines.append(f"round   from step {verdict.round_from + 1} on, for ever")
    lines += [f"claim   {sentence}", replay_text(configuration, verdict.trace)]
    return "\n".join(lines) + "\n"


def raised_text(raised: Raised) -> str:
    """What the core raised: the way to it as lanes, the last places that it came through, the command to replay it."""
    heading = f"RAISED  {raised.error}"
    if raised.code is None:
        return "\n".join([f"{heading}  (before the first step)", *raised.lines, *_changed()]) + "\n"
    configuration, system = raised.configuration, opened(raised.configuration)
    trace = system.by_code(raised.code)
    heading = f"{heading}  ({_steps('after', len(trace.steps))})"
    return "\n".join([heading, system.lanes(trace), *raised.lines, replay_text(configuration, trace)]) + "\n"


def raised_json(raised: Raised) -> dict[str, Json]:
    """The same as one object; its trace is a list of action lines."""
    code = raised.code
    return {
        "configuration": raised.configuration.name,
        **({"changes": list(in_place())} if in_place() else {}),
        "raised": raised.error,
        "lines": list(raised.lines),
        "trace": None if code is None else list(opened(raised.configuration).by_code(code).labels),
        "code": code,
    }


def replay_text(configuration: AnyConfiguration, trace: Trace) -> str:
    """How this trace is followed again; where the core is changed, that it is one of the core as changed."""
    changed = _changed()
    if changed:
        changed.append("        The code is one of the core as changed; without the change it leads elsewhere.")
    return "\n".join([*changed, f"replay  {replay_command(configuration, trace)}"])


def _changed() -> list[str]:
    """A line for each function of the core that is replaced at present."""
    return [f"changed {change}" for change in in_place()]


def replay_command(configuration: AnyConfiguration, trace: Trace) -> str:
    """The command that follows this trace again."""
    return f"kiloclaw replay --code {shlex.quote(trace.code)} --configuration {configuration.name}"


# -- the table of transitions ------------------------------------------------------------------------------------


def cells_of(found: Iterable[Exploration]) -> tuple[Cell, ...]:
    """Every transition that any of these explorations saw."""
    return tuple(sorted({cell for one in found for cell in one.report.cells}))


def transitions_json(found: Sequence[Exploration], suite: str | None = None) -> dict[str, Json]:
    """Every transition that these explorations saw, as one object: those of a suite, or else a single one."""
    source = {"configuration": found[0].configuration.name} if suite is None else {"suite": suite}
    cells = [{"phase": phase, "hears": fact, "becomes": outcome} for phase, fact, outcome in cells_of(found)]
    return {**source, "complete": all(one.report.complete for one in found), "transitions": cells}


def transitions_page(found: Sequence[Exploration], suite: str | None = None) -> str:
    """The same as a page: one table for each phase, and a diagram of them all."""
    cells = cells_of(found)
    asked = found[0].configuration.name if suite is None else f"--suite {suite}"
    sentence = found[0].configuration.sentence if suite is None else f"It tells of all configurations of `{suite}`."
    states = sum(one.report.states for one in found)
    complete = all(one.report.complete for one in found)
    whole = "every reachable state" if complete else f"the first {states:,} states alone"
    return "\n".join(
        [
            "# Transitions",
            "",
            f"Made by `kiloclaw table {asked}`; do not edit.",
            sentence,
            f"These are the transitions that were seen in {whole}.",
            "An outcome is the next phase and the effects that are sent.",
            "",
            *(line for phase in sorted({row for row, _, _ in cells}) for line in _phase_table(phase, cells)),
            "## The phases",
            "",
            "```mermaid",
            phases_diagram(cells).rstrip(),
            "```",
            "",
        ]
    )


def _phase_table(phase: str, cells: Iterable[Cell]) -> Iterator[str]:
    heard = [(fact, "becomes", outcome) for row, fact, outcome in cells if row == phase]
    yield f"## {phase}"
    yield ""
    yield markdown_table(heard, "hears")


def phases_diagram(cells: Iterable[Cell]) -> str:
    """The phases as a Mermaid state diagram: what leads from one to another, without what is sent on the way."""
    moved = [(row, fact, outcome.split(" + ")[0]) for row, fact, outcome in cells]
    return mermaid_states(cell for cell in moved if cell[0] != cell[2])
