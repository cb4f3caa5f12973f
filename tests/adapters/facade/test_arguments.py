"""What is made of what callers pass."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.arguments import gigabytes, had, restart_action
from kiloclaw_adapters.errors import MalformedError
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import SecretRef

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


@pytest.mark.parametrize("reference", ["env:KEY", "vault:alice/key", "op://vault/key"])
def test_a_secret_says_who_keeps_it_and_under_what(reference: str) -> None:
    """A program may bring a keeper of its own, whose words are its own."""
    spec = Spec("image-1", secrets=(("API_KEY", SecretRef(reference)), ("OTHER", SecretRef("env:OTHER"))))

    assert had(spec) == spec


NO_REFERENCE = "API_KEY must be a reference such as env:KEY, and never the value itself"
NO_VARIABLE = "each must be a variable such as API_KEY, with a reference such as env:KEY"
NO_SECRETS = [
    ((("API_KEY", "s3cr3t"),), NO_REFERENCE),
    ((("API_KEY", "env:"),), NO_REFERENCE),
    ((("API_KEY", "env:a key"),), NO_REFERENCE),
    ((("API_KEY", "vault:"),), NO_REFERENCE),
    ((("s3cr3t!", "env:KEY"),), NO_VARIABLE),
    ((("API_KEY", "env:ONE"), ("API_KEY", "env:OTHER")), "API_KEY is given twice"),
]


@pytest.mark.parametrize(("secrets", "complaint"), NO_SECRETS, ids=[str(secrets) for secrets, _ in NO_SECRETS])
def test_what_is_no_reference_is_refused_and_not_repeated(secrets: tuple[tuple[str, str], ...], complaint: str) -> None:
    """A record is read by people, so that no value may come into it."""
    with pytest.raises(MalformedError) as caught:
        had(Spec("image-1", secrets=tuple((name, SecretRef(text)) for name, text in secrets)))

    assert str(caught.value) == f"secrets: {complaint}"


@pytest.mark.parametrize("number", [-5, 0, 501, 1_000_000])
def test_a_volume_that_fly_does_not_have_is_refused(number: int) -> None:
    """Not found out by a later restore, whose machine is replaced by then."""
    complaint = f"volume_gb: must be from 1 to 500, not {number}"

    with pytest.raises(MalformedError, match=complaint):
        had(Spec("image-1", volume_gb=number))
    with pytest.raises(MalformedError, match=complaint):
        gigabytes("volume_gb", number)
    assert [gigabytes("volume_gb", one) for one in (1, 500)] == [1, 500]
