"""What the reference tells of each world, and of mutants, row by row.

`.venv/bin/python -m tests.house.worlds` writes the tables anew; look at what moved before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kiloclaw_adapters.explorer import World, budgets_of, of_world, suite_of, witnesses_of
from kiloclaw_adapters.mutants import mutants_of
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.configurations import ADMISSIONS
from kiloclaw_core.world.app_claims import APP_CLAIMS
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS, CALLER_WITNESSES
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.sizes import SIZE_CLAIMS
from kiloclaw_core.world.supervisor.claims import SUPERVISOR_CLAIMS

from . import mutants
from .sources import PROJECT
from .tables import Row, Table, replaced

CLAIMS_PAGE: Final = PROJECT / "docs" / "reference" / "claims.md"
CONFIGURATIONS_PAGE: Final = PROJECT / "docs" / "reference" / "configurations.md"
KINDS: Final = {"Always": Kind.ALWAYS, "Leads home": Kind.LEADS_HOME, "Sometimes": Kind.SOMETIMES}
TITLES: Final[Mapping[World, str]] = {
    World.APP: "of an app",
    World.ADMISSION: "of admission",
    World.CACHE: "of the cache",
    World.SUPERVISOR: "of the supervisor",
    World.CALLER: "of a caller",
}
"""How the pages call each world."""


def claim_row(claim: Claim[SceneT], callers: frozenset[str] = frozenset()) -> Row:
    """The name of a claim, its sentence, and what it reads; whoever calls is one part like another."""
    reads = dict.fromkeys("calls" if part in callers else part for part in claim.reads)
    return (claim.name, claim.sentence, ", ".join(reads))


def of_kind(claims: Iterable[Claim[SceneT]], kind: Kind, callers: frozenset[str] = frozenset()) -> tuple[Row, ...]:
    """The rows of the claims of this kind, each once."""
    return tuple(dict.fromkeys(claim_row(one, callers) for one in claims if one.kind is kind))


def claims_of(world: World, kind: Kind) -> tuple[Row, ...]:
    """The rows of a world's claims of one kind, those of whichever configuration has them."""
    match world:
        case World.INSTANCE:
            raise AssertionError("the claims of an instance are told by themselves")
        case World.APP:
            return of_kind(APP_CLAIMS, kind)
        case World.ADMISSION:
            callers = frozenset(caller.name for one in ADMISSIONS for caller in one.callers)
            return of_kind((claim for one in ADMISSIONS for claim in claims_for(one)), kind, callers)
        case World.CACHE:
            return of_kind(PAIRING_CLAIMS, kind)
        case World.SUPERVISOR:
            return of_kind(SUPERVISOR_CLAIMS, kind)
        case World.CALLER:
            return of_kind((*CALLER_CLAIMS, *CALLER_WITNESSES), kind)


def catching(world: World, claim: str) -> str:
    """The mutants that this claim of a world catches."""
    return ", ".join(one.name for one in mutants_of(world) if one.caught_by == claim)


def claim_tables() -> tuple[Table, ...]:
    """Every table of claims that is made here."""
    return tuple(
        Table(CLAIMS_PAGE, f"{said}, {TITLES[world]}", *_claims(world, kind))
        for world in TITLES
        for said, kind in KINDS.items()
    )


def instance_tables() -> tuple[Table, ...]:
    """The claims about an instance, and about its size, which is searched by itself."""
    told = (*_tables_of("", CLAIMS), *_tables_of(", of a size", SIZE_CLAIMS))
    return tuple(one for one in told if one.rows)


def _tables_of(of: str, claims: Iterable[Claim[SceneT]]) -> Iterator[Table]:
    every = tuple(claims)
    for said, kind in KINDS.items():
        found = of_kind(every, kind)
        if kind is Kind.SOMETIMES:
            yield Table(CLAIMS_PAGE, f"{said}{of}", ("claim", "sentence", "reads"), found)
        else:
            rows = tuple((*row, catching(World.INSTANCE, row[0])) for row in found)
            yield Table(CLAIMS_PAGE, f"{said}{of}", ("claim", "sentence", "reads", "mutants"), rows)


def _claims(world: World, kind: Kind) -> tuple[Row, tuple[Row, ...]]:
    told = claims_of(world, kind)
    if kind is Kind.SOMETIMES:
        return ("claim", "sentence", "reads"), told
    return ("claim", "sentence", "reads", "mutants"), tuple((*row, catching(world, row[0])) for row in told)


def configuration_tables() -> tuple[Table, ...]:
    """The table of each world's configurations."""
    head = ("name", "suite", "what it lets happen", "budget", "must show")
    return tuple(
        Table(
            CONFIGURATIONS_PAGE,
            TITLES[world].capitalize(),
            head,
            tuple(
                (
                    one.name,
                    suite_of(one).value,
                    one.sentence,
                    ", ".join(f"{number} {word}" for word, number in budgets_of(one).items()),
                    ", ".join(witnesses_of(one)),
                )
                for one in of_world(world)
            ),
            frozenset({0}),
        )
        for world in TITLES
    )


TABLES: Final = (*instance_tables(), *claim_tables(), *configuration_tables(), *mutants.tables())


def main() -> None:
    """Write every table anew."""
    for table in TABLES:
        text = table.page.read_text(encoding="utf-8")
        table.page.write_text(replaced(text, table), encoding="utf-8")


if __name__ == "__main__":
    main()
