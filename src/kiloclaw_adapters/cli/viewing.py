"""The commands that show: `status`, `debug`, `list` and `regions`; they read the record, and Fly is not asked."""

from __future__ import annotations

from typing import Final

from attrs import asdict
from rich.markup import escape

from kiloclaw_adapters.cli.asking import Sandbox, asked
from kiloclaw_adapters.cli.places import DEFAULT_STORE, StoreUrl
from kiloclaw_adapters.cli.tables import tell_table
from kiloclaw_adapters.cli.telling import AsJson, out, say, say_json, spelt
from kiloclaw_adapters.showing import RegionsView
from kiloclaw_core.views import AlarmView, DebugView, HoldingView, SpecView, View

HEADINGS: Final = ("sandbox", "status", "machine", "volume", "region", "because")


def status(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show the instance as its user sees it: how it is, what failed last, and what may be asked of it now."""
    shown = asked(store, lambda kiloclaw: kiloclaw.view(sandbox))
    tell(shown, as_json=as_json)
    if not as_json:
        tell_rows(_status_rows(shown))


def _status_rows(shown: View) -> list[tuple[str, str]]:
    allowed = [one.name for one in shown.actions if one.allowed]
    rows = [(one.name, f"{one.why}: {one.message}".rstrip(": ")) for one in shown.errors]
    rows += [("may be asked", ", ".join(allowed))] if allowed else []
    for because in dict.fromkeys(one.because for one in shown.actions if not one.allowed):
        names = [one.name for one in shown.actions if not one.allowed and one.because == because]
        rows.append(("may not now", f"{', '.join(names)} because {because}"))
    return rows


def debug(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show the instance as an operator sees it: everything but secrets."""
    shown = asked(store, lambda kiloclaw: kiloclaw.debug_view(sandbox))
    if as_json:
        say_json(asdict(shown))
        return
    tell(shown.view, as_json=False)
    tell_rows(_debug_rows(shown))


def _debug_rows(shown: DebugView) -> list[tuple[str, str]]:
    rows = [("owner", " of ".join(filter(None, (shown.user, shown.org))))] if shown.user is not None else []
    rows += [] if shown.app is None else [("app", shown.app)]
    rows += [] if shown.spec is None else _spec_rows(shown.spec)
    rows += [("phase", shown.phase), ("story", shown.story), ("ops", str(shown.ops))]
    rows += [("in flight", str(op)) for op in shown.in_flight]
    rows += [(one.kind, _holding(one)) for one in shown.ledger]
    rows += [("owes", debt) for debt in shown.debts]
    rows += [(note.name, f"{note.why}: {note.message}") for note in shown.notes]
    rows += [("recoveries", f"{shown.recoveries} within a day")] if shown.recoveries else []
    rows += [("no room in", region) for region in shown.full_regions]
    rows += [("alarm", _alarm(one)) for one in shown.alarms]
    rows += [("audit", line) for line in shown.audit]
    return rows


def _spec_rows(spec: SpecView) -> list[tuple[str, str]]:
    """What the next machine is made of."""
    size = f"{spec.size}, an operator's" if spec.overridden else spec.size
    rows = [("image", spec.image), ("size", size), ("next volume", f"{spec.volume_gb} GB in {', '.join(spec.regions)}")]
    rows += [("environment", ", ".join(spec.environment))] if spec.environment else []
    return [*rows, ("secrets", ", ".join(spec.secrets))] if spec.secrets else rows


def _holding(one: HoldingView) -> str:
    """A resource in a line: what it is for, and if it is on its way out or kept, how that goes."""
    where = "" if one.region is None else f" in {one.region}"
    failed = f", {one.failures} failed deletes" if one.role == "condemned" else ""
    return f"{one.id} {one.role}{where}{failed}{_until(one)}"


def _until(one: HoldingView) -> str:
    """How long a kept volume is still kept."""
    if one.kept is None:
        return ""
    if one.due_in_s is None:
        return ", kept until the volume in use is whole and well"
    return f", kept for {spelt(one.due_in_s)} more"


def _alarm(one: AlarmView) -> str:
    return f"{one.name} of {one.of} after {spelt(one.patience_s)}{_due(one.due_in_s)}"


def _due(due_in_s: float | None) -> str:
    """When an alarm rings; one that should have rung long ago says that nobody works here."""
    if due_in_s is None:
        return ""
    return f", due in {spelt(due_in_s)}" if due_in_s >= 0 else f", overdue for {spelt(-due_in_s)}"


def list_all(*, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show every instance there ever was."""
    views = asked(store, lambda kiloclaw: kiloclaw.list())
    if as_json:
        say_json({"instances": [asdict(view) for view in views]})
        return
    rows = [(one.sandbox_id, outward(one), one.machine_id, one.volume_id, one.region, one.because) for one in views]
    tell_table(HEADINGS, [[cell or "-" for cell in row] for row in rows])


def regions(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show where the volume is, and where another would be had: the likeliest first, those without room last."""
    shown = asked(store, lambda kiloclaw: kiloclaw.regions(sandbox))
    if as_json:
        say_json(asdict(shown))
        return
    held = "no volume" if shown.volume_id is None else f"volume {shown.volume_id} in {shown.region}"
    out().print(f"[bold]{escape(shown.sandbox_id)}[/bold]  {escape(held)}")
    tell_rows(_region_rows(shown))


def _region_rows(shown: RegionsView) -> list[tuple[str, str]]:
    return [(one.region, "had no room" + _again(one.again_in_s) if one.full else "") for one in shown.regions]


def _again(again_in_s: float | None) -> str:
    return "" if again_in_s is None else f", asked again in {spelt(again_in_s)}"


# -- how it looks ------------------------------------------------------------------------------------------------


def outward(view: View) -> str:
    """The status in a word or two, with what is under way."""
    status = view.status or ("gone" if view.desired == "gone" else "unreadable")
    return status if view.busy in {None, status} else f"{status}, {view.busy}"


def tell(view: View, *, as_json: bool) -> None:
    """Show a view, as text or as one object."""
    if as_json:
        say_json(asdict(view))
        return
    held = [f"{what} {value}" for what, value in (("machine", view.machine_id), ("volume", view.volume_id)) if value]
    where = f" in {view.region}" if view.region else ""
    because = f"  because {view.because}" if view.because else ""
    line = f"[bold]{escape(view.sandbox_id)}[/bold]  {outward(view)}"
    out().print(line + escape(f"  {', '.join(held)}{where}{because}" if held or because else ""))


def tell_rows(rows: list[tuple[str, str]]) -> None:
    """Show what more there is to say, one thing a line, however long."""
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        say(f"  {name:<{width}}  {value}".rstrip())
