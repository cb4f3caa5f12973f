"""What an action names in numbers that stay: ids and ops, and nothing else that happens to be a number."""

from __future__ import annotations

from kiloclaw_adapters.explorer.steady import steady_passages
from kiloclaw_core.explore import ProductModel, Trace, replay_code
from kiloclaw_core.world.supervisor.system import SupervisorSystem

CLEAN = "exits with 0"


def to_a_clean_exit(system: SupervisorSystem) -> Trace:
    """The calmest way to a child that exits with 0: whatever stands first, until one can."""
    model = ProductModel(system)
    here, code = model.initial(), list[str]()
    while True:
        choices = model.actions(here)
        clean = [index for index, one in enumerate(choices) if one.move.action.label.endswith(CLEAN)]
        index = clean[0] if clean else 0
        code.append(str(index))
        if clean:
            return replay_code(system, "/".join(code))
        here = model.next(here, choices[index])


def test_a_code_that_a_child_exits_with_stays_what_it_is_though_the_child_is_numbered_anew() -> None:
    """Child 1 is number 0 to the search; what it exits with is 0 to everybody."""
    system = SupervisorSystem()
    trace = to_a_clean_exit(system)
    _, action, _ = steady_passages(system, trace)[-1]

    assert trace.labels[-1] == "process: child 0 exits with 0"
    assert str(action) == "process: child 1 exits with 0"
