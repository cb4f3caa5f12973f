"""The commands about who has been let in: `reservations`, and `reservations release` for operators."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import typer
from attrs import asdict

from kiloclaw_adapters.cli.asking import asked
from kiloclaw_adapters.cli.mending import Operator
from kiloclaw_adapters.cli.places import DEFAULT_STORE, StoreUrl
from kiloclaw_adapters.cli.tables import tell_table
from kiloclaw_adapters.cli.telling import (
    FAILED,
    AsJson,
    BadInputError,
    complaint,
    plainly,
    printable,
    say_json,
    spelt,
)
from kiloclaw_adapters.explorer import Json
from kiloclaw_adapters.registry.showing import ShownReservation
from kiloclaw_core.registry import Phase

reservations: Final = typer.Typer(name="reservations", invoke_without_command=True, add_completion=False)

Owner: TypeAlias = Annotated[
    str | None, typer.Option(help="Whose they are, as `reservations` shows it, such as user:ann.", metavar="OWNER")
]

HEADINGS: Final = ("attempt", "owner", "user", "sandbox", "phase", "fence", "age", "evidence", "next probe", "because")


@reservations.callback()
def show(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those as well that hold no slot any more.")] = False,
    owner: Owner = None,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Show who has been let in and is not done: how far each attempt has come, and when it is asked about next."""
    if context.invoked_subcommand is not None:
        with plainly():
            if every or as_json or owner is not None or store != DEFAULT_STORE:
                raise BadInputError("options of `reservations release` stand behind `release`")
        return
    known = asked(store, lambda kiloclaw: kiloclaw.reservations(owner=owner))
    wanted = tuple(one for one in known if every or one.unresolved)
    if as_json:
        say_json({"reservations": [as_object(one) for one in wanted]})
    else:
        tell(wanted)


@reservations.command()
def release(  # noqa: PLR0913 (each is an option)
    attempt: Annotated[str, typer.Argument(help="The attempt's id.", metavar="ATTEMPT")],
    *,
    expect_phase: Annotated[Phase, typer.Option(help="The phase that you saw.")],
    expect_fence: Annotated[int, typer.Option(min=0, help="The fence that you saw.")],
    operator: Operator,
    reason: Annotated[str, typer.Option(help="Why you answer for what it may have left; it stays in the record.")],
    owner: Owner = None,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Free the slot of an attempt that cannot be cleaned up, and answer for what it left; it is fenced first."""
    known = asked(
        store,
        lambda kiloclaw: kiloclaw.release_reservation(
            attempt,
            expected_phase=expect_phase,
            expected_fence=expect_fence,
            operator=operator,
            because=reason,
            owner=owner,
        ),
        as_json=as_json,
    )
    if as_json:
        say_json(as_object(known))
    else:
        tell((known,))
    if known.unresolved:
        raise complaint(f"{printable(attempt)}: the slot is not free yet; a worker goes on with it", FAILED)


def as_object(one: ShownReservation) -> dict[str, Json]:
    """The reservation as one object."""
    timed: dict[str, Json] = {"owner": one.owner, "age_s": one.age_s, "next_probe_in_s": one.next_probe_in_s}
    return {**timed, **asdict(one.reservation)}


def tell(known: tuple[ShownReservation, ...]) -> None:
    """Show reservations, one a line."""
    tell_table(HEADINGS, [_row(one) for one in known])


def _row(one: ShownReservation) -> tuple[str, ...]:
    """The cells of a reservation; what a caller may have made up is in the first four."""
    seen = one.reservation
    return (
        *map(printable, (seen.attempt_id, one.owner, seen.user_id, seen.instance_id)),
        seen.phase,
        str(seen.fence),
        "-" if one.age_s is None else spelt(one.age_s),
        seen.evidence,
        _next(one),
        seen.resolution or seen.failure or "-",
    )


def _next(one: ShownReservation) -> str:
    """When somebody looks after it, and for how long nobody has who should."""
    if one.next_probe_in_s is None:
        return "-"
    due = one.next_probe_in_s
    return f"in {spelt(due)}" if due >= 0 else f"overdue for {spelt(-due)}"
