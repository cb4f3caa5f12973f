"""The app's name: from the owner's key alone, the same for ever, and comparable with upstream's."""

from __future__ import annotations

import pytest

from kiloclaw_core.app import app_name, is_app_name
from kiloclaw_core.names import AppName, OwnerKey

ACCOUNT = OwnerKey("user_2abc")
INSTANCE = OwnerKey("3f2504e0-4f89-11d3-9a0c-0305e82c3301")


@pytest.mark.parametrize(
    ("owner", "prefix", "name"),
    [
        (ACCOUNT, "", "acct-9ef1275adf8c85cf1bb6"),
        (ACCOUNT, "dev-", "dev-9ef1275adf8c85cf1bb6"),
        (INSTANCE, "", "inst-d1bfaf4aff653cb27984"),
        (INSTANCE, "dev-", "dev-inst-d1bfaf4aff653cb27984"),
    ],
)
def test_an_owner_has_one_name(owner: OwnerKey, prefix: str, name: str) -> None:
    """A record that is lost finds its app again (B09); outside production the name cannot meet production's."""
    assert app_name(owner, prefix) == AppName(name)


def test_every_name_that_we_make_is_one_that_fly_takes() -> None:
    """Twenty digits and two prefixes are well under the 63 characters."""
    assert all(is_app_name(app_name(owner, prefix)) for owner in (ACCOUNT, INSTANCE) for prefix in ("", "dev-"))


def test_a_key_that_only_resembles_an_instances_is_an_accounts() -> None:
    """Anything but a whole UUID is a user."""
    assert app_name(OwnerKey(f"{INSTANCE}x")).startswith("acct-")
