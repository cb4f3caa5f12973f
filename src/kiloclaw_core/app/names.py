"""How the name of an owner's app is made from the owner's key, and what a name must look like.

The key is the only source: a name is never taken from the environment, where it would be everybody's.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from kiloclaw_core.names import AppName, OwnerKey

UUID_PATTERN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
APP_PATTERN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")  # Fly: under 63 characters (fly.md 1.1)
DIGEST_LENGTH: Final = 20
ENV_KEY: Final = "KILOCLAW_ENV_KEY"
"""The app secret under which a machine finds the key of its environment."""


def app_name(owner: OwnerKey, prefix: str = "") -> AppName:
    """The one app name of an owner: `acct-` or `inst-`, then twenty hex digits of the key's digest (reconcile 4.11).

    An owner key that is a UUID is an instance's, any other an account's. Outside production a prefix such as `dev-`
    stands before `inst-`, and in the place of `acct-`.
    """
    kind = "inst-" if is_instance_key(owner) else ("" if prefix else "acct-")
    digest = hashlib.sha256(owner.encode()).hexdigest()[:DIGEST_LENGTH]
    return AppName(f"{prefix}{kind}{digest}")


def is_instance_key(owner: OwnerKey) -> bool:
    """Whether the owner is a single instance: its key is a UUID."""
    return UUID_PATTERN.fullmatch(owner) is not None


def is_app_name(text: str) -> bool:
    """Whether Fly would take the text for an app's name: lower-case letters, digits and inner dashes."""
    return APP_PATTERN.fullmatch(text) is not None
