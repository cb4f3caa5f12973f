"""What callers pass, checked before anything is done: each mistake is told by the name of its argument."""

from __future__ import annotations

from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.errors import MalformedError
from kiloclaw_core.app import app_name, is_app_name
from kiloclaw_core.names import AppName, CommandId, OwnerKey, SandboxId, is_sandbox_id


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
    if number < 1:
        raise MalformedError(f"{what}: must be at least 1, not {number}")
    return number


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
