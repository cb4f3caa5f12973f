"""What is made of what callers pass."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.arguments import restart_action
from kiloclaw_adapters.errors import MalformedError

ACTIONS = [
    (None, "redeploy-same-image"),
    ("registry.fly.io/kiloclaw-machines:latest", "upgrade-to-latest"),
    ("kiloclaw-machines", "upgrade-to-latest"),
    ("localhost:5000/kiloclaw-machines", "upgrade-to-latest"),
    ("registry.fly.io/kiloclaw-machines:2026-06-07", "pin-to-tag:2026-06-07"),
    ("localhost:5000/kiloclaw-machines:v2", "pin-to-tag:v2"),
    ("kiloclaw-machines:v2@sha256:abc", "pin-to-tag:sha256:abc"),
]


@pytest.mark.parametrize(("image", "action"), ACTIONS, ids=[str(image) for image, _ in ACTIONS])
def test_a_restart_is_called_what_upstream_calls_it(image: str | None, action: str) -> None:
    """Whoever compares the events of the two counts them under one label."""
    assert restart_action(image) == action


def test_an_image_without_a_name_is_refused() -> None:
    """Not found out by the machine that cannot boot it."""
    with pytest.raises(MalformedError, match="image: must not be empty"):
        restart_action(" ")
