"""Which facts were heard in which phases, and by what: a page that names the searches, and two pictures.

An empty cell says that no state of these searches hears that fact in that phase. Most cannot be; whoever makes one
possible looks here for whether anything reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final, get_args

from attrs import frozen

from kiloclaw_adapters.explorer.run import Exploration
from kiloclaw_core.explore import markdown_table
from kiloclaw_core.facts import AlarmRang, Fact, Replied
from kiloclaw_core.phases import AlarmName, Phase

COVERAGE: Final = "coverage.svg"
LIFECYCLE: Final = "lifecycle.svg"
SIDE: Final = 26
"""How wide and high a cell of a picture is."""
LABELS: Final = 190
"""How much room the names of rows have."""
TOP: Final = 220
"""How much room the names of columns have, which stand aslant."""
STEPS: Final = (1, 4, 16)
"""A cell is the darker, the more of these its number passes."""
WHY_NEVER: Final[Mapping[str, str]] = {
    "Seeking": "The Fly that is explored says who holds a name that is taken, and nobody needs to list for them.",
    "AlarmRang(secrets_age)": "In what is explored secrets never grow old: its policy has no `secrets_age_s`.",
    "AlarmRang(probe)": "It is an alarm of reservations, which are another world.",
    "Woken": "A worker of what is explored looks for a new intent by the alarm `intent`.",
}
"""Why no search of an instance reaches a phase, or has a fact heard, where that is known."""
STYLE: Final = """\
text { font: 12px system-ui, sans-serif; fill: #16181c; }
.paper { fill: #fff; }
.line { stroke: #c6cad1; }
.cell { fill: #56b4e9; }
.count { font-size: 11px; text-anchor: middle; }
@media (prefers-color-scheme: dark) {
  text { fill: #f1f2f4; }
  .paper { fill: #16181c; }
  .line { stroke: #4a505a; }
  .cell { fill: #0072b2; }
}"""


@frozen
class Reached:
    """A fact that was heard in a phase, and the configurations whose search came there, the smallest first."""

    phase: str
    fact: str
    by: tuple[str, ...]


def reached(found: Iterable[Exploration]) -> tuple[Reached, ...]:
    """Every cell that these searches came to, with all that did."""
    by: dict[tuple[str, str], list[str]] = {}
    for one in sorted(found, key=lambda one: (one.report.states, one.configuration.name)):
        for cell in dict.fromkeys((phase, fact) for phase, fact, _ in one.report.cells):
            by.setdefault(cell, []).append(one.configuration.name)
    return tuple(Reached(phase, fact, tuple(names)) for (phase, fact), names in sorted(by.items()))


@frozen
class Never:
    """The phases that were never reached, and the alarms and facts that were never heard in any."""

    phases: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


def never_reached(found: Iterable[Exploration]) -> Never:
    """What an instance has and no search came to: kinds of phases, alarms by name, and facts that are no answers."""
    cells = reached(found)
    phases, facts = {one.phase.partition("(")[0] for one in cells}, {one.fact for one in cells}
    kinds = (one.__name__ for one in get_args(Fact) if one not in {Replied, AlarmRang})
    known = (*(f"AlarmRang({one.value})" for one in AlarmName), *kinds)
    return Never(
        tuple(one.__name__ for one in get_args(Phase) if one.__name__ not in phases),
        tuple(one for one in known if one not in facts),
    )


# -- the page ----------------------------------------------------------------------------------------------------


def coverage_page(found: Sequence[Exploration], suite: str, command: str, never: Never = Never()) -> str:
    """The page: both pictures, and of every cell by how many searches it was reached and which is the smallest.

    What was `never` reached is told with the reason, where it is known.
    """
    cells = reached(found)
    phases = tuple(dict.fromkeys(one.phase for one in cells))
    return "\n".join(
        [
            "# Coverage",
            "",
            f"Made by `{command}`; do not edit.",
            f"It tells of all {len(found)} configurations of an instance in `{suite}`.",
            f"{len(cells)} pairs of a phase and a fact that it hears were reached, in {len(phases)} phases.",
            "What comes of each is in the [table of transitions](transitions.md).",
            "",
            "## Which phase hears what",
            "",
            f"![Phases by facts: in how many configurations each pair was reached]({COVERAGE})",
            "",
            "A number says in how many configurations; an empty cell was reached in none.",
            "",
            "## Which phase leads to which",
            "",
            f"![Phases by phases: how many facts lead from each to each]({LIFECYCLE})",
            "",
            "A number says how many facts lead there; a phase that stays what it is leads nowhere.",
            "",
            *_told_never(never),
            "## By what",
            "",
            "Of each pair, in how many configurations it was reached, and the smallest: the quickest to search for it.",
            "",
            *(line for phase in phases for line in _of_phase(phase, cells)),
        ]
    )


def _told_never(never: Never) -> Iterator[str]:
    if not (never.phases or never.facts):
        return
    yield "## Never reached"
    yield ""
    yield "None of these searches came to an empty row or column of the pictures, a phase or an alarm or another fact."
    yield ""
    yield "| what | why |"
    yield "| --- | --- |"
    for one in (*never.phases, *never.facts):
        yield f"| {one} | {WHY_NEVER.get(one, 'Nobody has said why.')} |"
    yield ""


def _of_phase(phase: str, cells: Iterable[Reached]) -> Iterator[str]:
    mine = [one for one in cells if one.phase == phase]
    yield f"### {phase}"
    yield ""
    counts = [(one.fact, "in", str(len(one.by))) for one in mine]
    yield markdown_table([*counts, *((one.fact, "smallest", one.by[0]) for one in mine)], "hears")


# -- the pictures ------------------------------------------------------------------------------------------------


def coverage_picture(found: Iterable[Exploration], never: Never = Never()) -> str:
    """Phases by facts: in how many configurations each pair was reached; what never was has no number."""
    counts = {(one.phase, one.fact): len(one.by) for one in reached(found)}
    return matrix(counts, "phases by facts", never.phases, never.facts)


def lifecycle_picture(found: Iterable[Exploration], never: Never = Never()) -> str:
    """Phases by phases: how many facts lead from one to another; none leads from or to what never was reached."""
    moves = {(phase, fact, outcome.split(" + ")[0]) for one in found for phase, fact, outcome in one.report.cells}
    counts: dict[tuple[str, str], int] = {}
    for phase, _, after in moves:
        if phase != after:
            counts[phase, after] = counts.get((phase, after), 0) + 1
    return matrix(counts, "phases by phases", never.phases, never.phases)


def matrix(
    counts: Mapping[tuple[str, str], int], title: str, more_rows: Iterable[str] = (), more_columns: Iterable[str] = ()
) -> str:
    """Numbers by row and column as an SVG that stands by itself, light or dark as whoever looks likes it.

    There may be `more_rows` and `more_columns` than those that have a number.
    """
    rows = sorted({*(row for row, _ in counts), *more_rows})
    columns = sorted({*(column for _, column in counts), *more_columns})
    width, height = LABELS + SIDE * len(columns) + LABELS // 2, TOP + SIDE * len(rows) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *(_row(name, number, len(columns)) for number, name in enumerate(rows)),
        *(_column(name, number, len(rows)) for number, name in enumerate(columns)),
        *(_cell(rows.index(row), columns.index(column), counts[row, column]) for row, column in sorted(counts)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, number: int, columns: int) -> str:
    top = TOP + SIDE * number
    line = f'<path class="line" d="M{LABELS} {top}h{SIDE * columns}"/>'
    return f'{line}<text x="{LABELS - 6}" y="{top + 17}" text-anchor="end">{escape(name)}</text>'


def _column(name: str, number: int, rows: int) -> str:
    left = LABELS + SIDE * number
    line = f'<path class="line" d="M{left} {TOP}v{SIDE * rows}"/>'
    turned = f"translate({left + 16} {TOP - 6}) rotate(-60)"
    return f'{line}<text transform="{turned}">{escape(name)}</text>'


def _cell(row: int, column: int, count: int) -> str:
    left, top = LABELS + SIDE * column, TOP + SIDE * row
    shade = 0.25 * (1 + sum(count > step for step in STEPS))
    place = f'x="{left + 1}" y="{top + 1}" width="{SIDE - 2}" height="{SIDE - 2}"'
    number = f'<text class="count" x="{left + SIDE // 2}" y="{top + 17}">{count}</text>'
    return f'<rect class="cell" {place} opacity="{shade:.2f}"/>{number}'
