"""What callers pass, checked before anything is done: each mistake is told by the name of its argument."""

from __future__ import annotations

import re
from typing import Final

from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.errors import MalformedError
from kiloclaw_adapters.secret_keeping import SCHEME, is_variable
from kiloclaw_core.app import app_name, is_app_name
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, CommandId, OwnerKey, SandboxId, SecretRef, is_sandbox_id

LARGEST_GB: Final = 500
"""Fly has no larger volume (Fly: fly.md 3)."""
REFERENCE: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+")
"""Who keeps a value, and behind the colon what they keep it under."""


def sandbox_named(text: str) -> SandboxId:
    """The text as a sandbox's id."""
    if not is_sandbox_id(text):
        raise MalformedError(f"sandbox_id: {text!r} must be 2 to 128 letters, digits, dashes and underscores")
    return SandboxId(text)


def named(what: str, text: str) -> str:
    """The text, which must say something."""
    if not text.strip():
        raise MalformedError(f"{what}: must not be empty")
    return text


def command_named(text: str | None) -> CommandId:
    """The text as a command's id, or a new one for a caller who will not ask twice."""
    return CommandId(fresh_id() if text is None else named("command_id", text))


def app_named(app: str | None, owner: OwnerKey) -> AppName:
    """The app of this name, or the one that is named after its owner."""
    name = AppName(app_name(owner) if app is None else app)
    if not is_app_name(name):
        raise MalformedError(f"app: {name!r} is no name of an app")
    return name


def gigabytes(what: str, number: int) -> int:
    """The number, which must be one of gigabytes that a volume can have."""
    if not 1 <= number <= LARGEST_GB:
        raise MalformedError(f"{what}: must be from 1 to {LARGEST_GB}, not {number}")
    return number


def had(spec: Spec) -> Spec:
    """The spec, whose volume must be of a size that there is, and whose secrets must each be given once."""
    gigabytes("volume_gb", spec.volume_gb)
    _refer(spec.secrets)
    return spec


def _refer(secrets: tuple[tuple[str, SecretRef], ...]) -> None:
    """See that these are variables with references to where their values are kept, and never the values themselves."""
    seen = set[str]()
    for variable, reference in secrets:
        if not variable.isidentifier():
            raise MalformedError("secrets: each must be a variable such as API_KEY, with a reference such as env:KEY")
        if variable in seen:
            raise MalformedError(f"secrets: {variable} is given twice")
        if not _is_reference(reference):
            raise MalformedError(f"secrets: {variable} must be a reference such as env:KEY, and never the value itself")
        seen.add(variable)


def _is_reference(text: SecretRef) -> bool:
    """Whether this says where a value is kept; whose keeper is one that we know, as they understand it."""
    return is_variable(text) if text.startswith(SCHEME) else REFERENCE.fullmatch(text) is not None


def restart_action(image: str | None) -> str:
    """Upstream's word for a restart with this image (reconcile 6.3)."""
    if image is None:
        return "redeploy-same-image"
    tag = _tag(named("image", image))
    return "upgrade-to-latest" if tag == "latest" else f"pin-to-tag:{tag}"


def _tag(image: str) -> str:
    """What stands behind the name of an image: its digest or its tag; without either, the latest is meant."""
    name, _, digest = image.partition("@")
    _, _, tag = name.rpartition("/")[2].partition(":")
    return digest or tag or "latest"
