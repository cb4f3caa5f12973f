"""Instances as they go on by themselves, what befalls them, and what does not answer for a while."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core.explore import (
    Action,
    Move,
    When,
)
from kiloclaw_core.registry.commands import Destroyed
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.record import Registry
from kiloclaw_core.registry.update import UpdateRequest
from kiloclaw_core.world.admission import instances as truth
from kiloclaw_core.world.admission import rows as postgres
from kiloclaw_core.world.admission.calling import decided
from kiloclaw_core.world.admission.instances import Attempted, Instances, Making, Owing, Wanted
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.setting import (
    AdmissionBudget,
    AdmissionGhost,
    Outages,
    spent,
    witnessed,
)


def going_on(instances: Instances, outages: Outages) -> Iterator[Move]:
    """Instances do what is wanted of them, as far as they and the provider answer."""
    if outages.instances or outages.provider:
        return
    for one in instances.instances:
        for what, after in truth.steps(one):
            action = Action(f"instance {one.instance}: {what}", "instance")
            yield Move(action, When.CALM, (("instances", instances.having(after)),))


def refusing(instances: Instances, budget: AdmissionBudget) -> Iterator[Move]:
    """The provider refuses a create; the instance tries again by itself."""
    left = spent(budget, "refusals")
    for one in instances.instances if left is not None else ():
        if one.making is Making.SENT:
            after = instances.having(evolve(one, making=Making.NOT))
            action = Action(f"provider: refuses the create of {one.instance}", "provider")
            yield Move(action, When.FREE, (("instances", after), ("budget", left)))


def crashing(instances: Instances, budget: AdmissionBudget) -> Iterator[Move]:
    """An instance's process dies while its create is in flight."""
    left = spent(budget, "crashes")
    for one in instances.instances if left is not None else ():
        if one.making is Making.SENT:
            after = instances.having(evolve(one, making=Making.DOUBTED))
            action = Action(f"instance {one.instance}: crashes, its create in flight", "instance")
            yield Move(action, When.FREE, (("instances", after), ("budget", left)))


def owes(one: Attempted, debt: Owing) -> bool:
    """Whether an instance that is to be gone has nothing left, and is about to pay this."""
    return one.wanted is Wanted.GONE and one.traceless and one.owing is debt


def marking(instances: Instances, rows: Rows, outages: Outages) -> Iterator[Move]:
    """An instance that has nothing left has its row say so."""
    if outages.instances or outages.rows:
        return
    for one in instances.instances:
        if owes(one, Owing.MARK):
            after = instances.having(evolve(one, owing=Owing.TOMBSTONE))
            writes = (("instances", after), ("rows", postgres.marked(rows, one.instance)))
            yield Move(Action(f"instance {one.instance}: marks its row", "instance"), When.CALM, writes)


def burying(
    instances: Instances,
    registry: Registry,
    ghost: AdmissionGhost,
    outages: Outages,
    *,
    request: Request | UpdateRequest,
) -> Iterator[Move]:
    """An instance that has nothing left tells the registry, and is gone."""
    one = instances.of(request.instance)
    if outages.instances or not owes(one, Owing.TOMBSTONE):
        return
    after, _ = decided(registry, Destroyed(registry.owner, request.user, one.instance, one.key))
    writes = (
        ("instances", instances.having(evolve(one, owing=Owing.NOTHING))),
        ("registry", after),
        ("ghost", witnessed(ghost, after)),
    )
    yield Move(Action(f"instance {one.instance}: tells the registry that it is gone", "instance"), When.CALM, writes)


# -- outages -----------------------------------------------------------------------------------------------------


def failing(outages: Outages, budget: AdmissionBudget) -> Iterator[Move]:
    """Something stops answering, or answers again."""
    for name, down in (("rows", outages.rows), ("instances", outages.instances), ("provider", outages.provider)):
        after = Outages(
            rows=outages.rows ^ (name == "rows"),
            instances=outages.instances ^ (name == "instances"),
            provider=outages.provider ^ (name == "provider"),
        )
        left = budget if down else spent(budget, "outages")
        if left is not None:
            how = "answer again" if down else "stop answering"
            yield Move(Action(f"outage: {name} {how}", "outage"), When.FREE, (("outages", after), ("budget", left)))
