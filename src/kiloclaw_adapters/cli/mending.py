"""The commands of operators, who answer for them by name: `recover`, `restore`, `cleanup` and `disown`."""

from __future__ import annotations

from typing import Annotated

import typer

from kiloclaw_adapters.cli.asking import Sandbox, asked, served
from kiloclaw_adapters.cli.places import DEFAULT_STORE, StoreUrl
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, plainly
from kiloclaw_adapters.cli.viewing import tell
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.views import View

Operator = Annotated[str, typer.Option(help="Who answers for it; it stays in the record.")]
Because = Annotated[str, typer.Option(help="Why; it stays in the record.")]


def recover(
    sandbox: Sandbox, *, operator: Operator, because: Because, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False
) -> None:
    """Have the instance looked at now, and recovered if it stopped, however often it was recovered today."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.recover(sandbox, operator=operator, because=because, wait=wait, command_id=command_id)

    tell(served(f"recovering {sandbox}", sandbox, store, ask), as_json=as_json)


def restore(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    *,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot to go back to; it then runs.")] = None,
    volume: Annotated[str | None, typer.Option(help="Another volume of its own to go over to, while stopped.")] = None,
    operator: Operator,
    because: Because,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have the instance go back to a snapshot, or over to another volume of its own; the one it leaves is kept."""
    with plainly():
        if (snapshot is None) is (volume is None):
            raise BadInputError("restore takes either --snapshot or --volume")

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        if snapshot is not None:
            return await kiloclaw.restore(
                sandbox, snapshot, operator=operator, because=because, wait=wait, command_id=command_id
            )
        assert volume is not None, "neither a snapshot nor a volume"
        return await kiloclaw.reassociate(
            sandbox, volume, operator=operator, because=because, wait=wait, command_id=command_id
        )

    tell(served(f"restoring {sandbox}", sandbox, store, ask), as_json=as_json)


def cleanup(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    volume: Annotated[str, typer.Argument(help="The kept volume's id; `kiloclaw debug` names it.", metavar="VOLUME")],
    *,
    operator: Operator,
    because: Because,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have a kept volume go before its time, if the one in use is whole and well; if it is not, say so, and keep it."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.clean_up(
            sandbox, volume, operator=operator, because=because, wait=wait, command_id=command_id
        )

    tell(served(f"cleaning up {volume}", sandbox, store, ask), as_json=as_json)


def disown(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    resource: Annotated[str, typer.Argument(help="The id of the machine or volume.", metavar="RESOURCE")],
    *,
    operator: Operator,
    because: Because,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Take a machine or a volume that cannot be deleted, or a volume that is lost, out of the record; Fly is not asked.

    Whoever disowns it answers for what it costs from then on.
    """

    async def ask(kiloclaw: Kiloclaw) -> View:
        return await kiloclaw.disown(sandbox, resource, operator=operator, because=because, wait=False)

    tell(asked(store, ask), as_json=as_json)
