"""What may be asked of an instance now, and why not what may not: the same answer that asking would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from kiloclaw_core.actions import NO_OTHER, ActionView, actions_of
from kiloclaw_core.commands import Refusal
from kiloclaw_core.instance import Absent

from .everywhere import clearing, creating_machine, gone
from .moves import recovering, restarting, restored, restoring
from .scenario import SANDBOX, Scenario, running, stopped

NAMES: Final = (
    "start",
    "stop",
    "restart",
    "resize",
    "override_size",
    "restore",
    "reassociate",
    "recover",
    "clean_up",
    "destroy",
)
"""Everything that is asked of an instance, in the order it is shown."""

BUSY: Final = {
    **dict.fromkeys(("restart", "resize", "override_size", "restore", "reassociate"), Refusal.BUSY),
    "clean_up": Refusal.NOT_HELD,
}
"""What is refused while a machine is being had."""

REFUSED: Final[dict[str, tuple[Callable[[], Scenario], Mapping[str, Refusal | str]]]] = {
    "stopped": (
        stopped,
        {"restart": Refusal.NO_MACHINE, "reassociate": NO_OTHER, "clean_up": Refusal.NOT_HELD},
    ),
    "running": (
        running,
        {"reassociate": Refusal.NOT_STOPPED, "clean_up": Refusal.NOT_HELD},
    ),
    "starting": (creating_machine, BUSY),
    "restarting": (restarting, BUSY),
    "recovering": (
        recovering,
        {**dict.fromkeys(NAMES[:8], Refusal.RECOVERING), "clean_up": Refusal.NOT_HELD},
    ),
    "restoring": (
        restoring,
        {**dict.fromkeys(NAMES[:8], Refusal.RESTORING), "clean_up": Refusal.NOT_HELD},
    ),
    "restored": (restored, {}),
    "destroying": (clearing, dict.fromkeys(NAMES[:9], Refusal.BEING_DESTROYED)),
    "gone": (gone, dict.fromkeys(NAMES[:9], "the instance is gone")),
}
"""What is refused of an instance that is so, and why; everything else would be granted."""


def told(reason: Refusal | str | None) -> str | None:
    """The reason as it is shown: a refusal, or the words for what a refusal leaves open."""
    return reason.value if isinstance(reason, Refusal) else reason


@pytest.mark.parametrize("state", REFUSED)
def test_what_would_be_refused_is_shown_with_its_reason(state: str) -> None:
    """Whoever shows a button greyed out can say why, and never offers what is then refused."""
    scenario, refused = REFUSED[state]
    reasons = {name: told(refused.get(name)) for name in NAMES}
    assert actions_of(scenario().record) == tuple(
        ActionView(name, allowed=reason is None, because=reason) for name, reason in reasons.items()
    )


def test_nothing_but_a_provision_may_be_asked_of_what_never_was() -> None:
    """There is nothing yet that could be started, restored or destroyed."""
    reason = Refusal.NOT_PROVISIONED.value
    assert actions_of(Absent(SANDBOX)) == tuple(ActionView(name, allowed=False, because=reason) for name in NAMES)
