"""The command that steps the model beside the traces of any service: `follow`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from kiloclaw_adapters.cli.checking import Files
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, out, plainly, printable, say, say_json
from kiloclaw_adapters.explorer import Json
from kiloclaw_adapters.following import HEADING, Advice, Followed, follow_file, row, summary


def follow(traces: Files, *, as_json: AsJson = False) -> None:
    """Step the model beside traces of any service, and show where it would have done otherwise.

    That is advice and no verdict: exits with 0 whenever the traces could be read, with 2 when a file is no trace.
    """
    with plainly():
        if as_json:
            say_json([words for file in traces for words in in_words(file, tuple(followed(file)))])
        else:
            for file in traces:
                tell(file)


def followed(file: str) -> Iterator[Advice | Followed]:
    """The advice on this file; raises `BadInputError` where it cannot be read."""
    try:
        yield from follow_file(file)
    except OSError as error:
        raise BadInputError(f"cannot read {file}: {error.strerror}") from error


def tell(file: str) -> None:
    """Each advice as soon as it is there."""
    console, has_heading = out(), False
    console.print(printable(file), style="bold", markup=False)
    for one in followed(file):
        match one:
            case Advice():
                if not has_heading:
                    say(HEADING)
                has_heading = True
                say(printable(row(one)))
            case Followed():
                say(printable(f"  {summary(one)}"))
                has_heading = False


@frozen
class Part:
    """One trace of a file."""

    advice: tuple[Advice, ...]
    followed: Followed


def parts(told: Sequence[Advice | Followed]) -> Iterator[Part]:
    """The traces that stand in one file, each with what there is to say of it."""
    advice: list[Advice] = []
    for one in told:
        match one:
            case Advice():
                advice.append(one)
            case Followed():
                yield Part(tuple(advice), one)
                advice = []


def in_words(file: str, told: Sequence[Advice | Followed]) -> Iterator[dict[str, Json]]:
    """What there is to say of this file, for programs: one object for each trace in it."""
    for part in parts(told):
        yield {
            "file": file,
            "sandbox": part.followed.sandbox,
            "compared": part.followed.steps,
            "differences": part.followed.differences,
            "advice": [
                {
                    "line": one.line,
                    "seconds": one.seconds,
                    "kind": one.kind.value,
                    "service": one.service,
                    "model": one.model,
                }
                for one in part.advice
            ],
        }
