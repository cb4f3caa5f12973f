"""The commands about the traces of any service: `check` judges them by the rules, `redact` takes the secrets out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.markup import escape

from kiloclaw_adapters.check import (
    PAGE,
    STANDARD_INPUT,
    Judged,
    Unread,
    judged_or_unread,
    junit,
    lanes,
    lines_of,
    redact,
)
from kiloclaw_adapters.cli.telling import (
    BAD_INPUT,
    FAILED,
    AsJson,
    BadInputError,
    aside,
    complaint,
    out,
    plainly,
    printable,
    say,
    say_json,
)
from kiloclaw_adapters.cli.writing import write_whole, written
from kiloclaw_adapters.explorer import Json
from kiloclaw_core.rules import RULES, RuleVerdict, words

WIDTH: Final = 2 + max(len(rule.name) for rule in RULES)
MARKS: Final = {"held": ("✓", "green"), "broken": ("✗", "bold red"), "not_judged": ("·", "dim")}

Files: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="TRACE...", help="Files of kiloclaw-trace/1; - is standard input.")
]


def check(
    traces: Files,
    *,
    report: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML into this file too.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 where a trace may be misspelt.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge traces of any service by the rules of the lifecycle.

    Exits with 1 when a rule is broken, with 2 when a file is no trace or nothing in it could be judged; the others are
    judged all the same. Keys that the format does not name, and ids that nothing bears, are told on stderr.
    """
    every = tuple(judged_or_unread(file) for file in traces)
    judged = tuple(one for one in every if isinstance(one, Judged))
    if as_json:
        say_json([in_words(one) for one in every])
    else:
        tell(judged)
    with plainly():
        if report is not None:
            save(report, junit(every))
    for trace in judged:
        warn(trace)
    troubled = [complaint(why, BAD_INPUT) for one in every if (why := trouble(one)) is not None]
    if troubled:
        raise troubled[0]
    if strict and any(one.oddities for one in judged):
        raise typer.Exit(BAD_INPUT)
    if any(one.broken for one in judged):
        raise typer.Exit(FAILED)


def warn(judged: Judged) -> None:
    """What in this trace may be a slip, one line each on stderr."""
    for odd in judged.oddities:
        aside().print(f"[yellow]kiloclaw:[/yellow] {escape(printable(f'{judged.file}:{odd}'))}")


def trouble(one: Judged | Unread) -> str | None:
    """Why nothing of this file could be judged, if that is so."""
    match one:
        case Judged(trouble=why):
            return why
        case Unread(why=why):
            return why


def in_words(one: Judged | Unread) -> dict[str, Json]:
    """What became of a file, for programs."""
    match one:
        case Judged(file=file, verdicts=verdicts, oddities=oddities, trouble=why):
            odd: list[Json] = [{"line": each.line, "message": each.why, "lines": each.lines} for each in oddities]
            judged: list[Json] = [dict(words(each)) for each in verdicts]
            return {"file": file, "error": why, "warnings": odd, "verdicts": judged}
        case Unread(file=file, why=why):
            return {"file": file, "error": why, "warnings": [], "verdicts": []}


def save(path: Path, text: str) -> None:
    """Write a report, or say why it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {error.strerror}") from error


def tell(judged: Sequence[Judged]) -> None:
    """Each trace with its rules, and of each that is broken what led there and what to do instead."""
    console = out()
    for one in judged:
        console.print(printable(one.file), style="bold", markup=False)
        for verdict in one.verdicts:
            mark, style = MARKS[verdict.verdict]
            console.print(
                f"  [{style}]{mark}[/{style}]  {verdict.rule.name:<{WIDTH}}[{style}]{said(verdict)}[/{style}]"
            )
        for verdict in one.broken:
            say("\n" + broken_text(one.file, verdict))


def said(verdict: RuleVerdict) -> str:
    """What became of a rule, in a word, with where, or with what was missing."""
    word = verdict.verdict.replace("_", " ")
    if verdict.verdict == "broken":
        return f"{word}, line {verdict.line}"
    return f"{word}: {verdict.message}" if verdict.message else word


def broken_text(file: str, verdict: RuleVerdict) -> str:
    """A broken rule in English, what led there, what its author would have done, and where to read more."""
    rule = verdict.rule
    where = [f"BROKEN  {rule.name}: {rule.sentence}", f"at      {file}, line {verdict.line}: {verdict.message}"]
    shown = "" if verdict.found is None else lanes((*verdict.found.led, verdict.found.place))
    return "\n".join(
        printable(line)
        for line in [*where, *shown.splitlines(), f"instead {rule.instead}", f"see     {PAGE}#{rule.name}"]
    )


def redact_trace(
    trace: Annotated[str, typer.Argument(help="A file of kiloclaw-trace/1; - is standard input.")] = STANDARD_INPUT,
    *,
    output: Annotated[Path | None, typer.Option("--output", help="Write into this file instead of stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a trace again without secrets and names, so that it is judged as it was."""
    with plainly():
        if as_json and output is None:
            raise BadInputError("--json goes with --output, for stdout is the trace's")
        lines = redacted(trace, output)
    if as_json:
        say_json({"file": trace, "output": None if output is None else str(output), "lines": lines})


def redacted(trace: str, output: Path | None) -> int:
    """Write the redacted trace as it is read; answer how many lines it has. Raises `BadInputError`."""
    if output is not None and trace != STANDARD_INPUT and is_same(output, Path(trace)):
        raise BadInputError(f"{output} is the trace itself, and would be lost: name another file as --output")
    try:
        with lines_of(trace) as lines:
            return passed_on(redact(lines), output)
    except OSError as error:
        if output is None and error.filename is None:
            raise  # it is stdout: nothing is wrong with a file
        raise BadInputError(f"cannot read {trace}: {error.strerror}") from error


def is_same(one: Path, other: Path) -> bool:
    """Whether both are the same file, under whatever names."""
    return one.exists() and other.exists() and one.samefile(other)


def passed_on(lines: Iterable[str], output: Path | None) -> int:
    """Write these lines to stdout, or whole into this file; answer how many they are."""
    try:
        return written(sys.stdout, lines) if output is None else write_whole(output, lines)
    except OSError as error:
        if output is None:
            raise  # it is stdout that cannot be written
        raise BadInputError(f"cannot write {output}: {error.strerror}") from error
