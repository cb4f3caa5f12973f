"""The identities of this library and how the names that outsiders see are made from them.

Machines are fenced by a fixed name, volumes by an op written into theirs (Fly volumes carry no metadata).
What a name proves, and what it does not, is decided by the stories.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, NewType

SandboxId = NewType("SandboxId", str)
UserId = NewType("UserId", str)
OrgId = NewType("OrgId", str)
OwnerKey = NewType("OwnerKey", str)
AppName = NewType("AppName", str)
MachineId = NewType("MachineId", str)
VolumeId = NewType("VolumeId", str)
VersionId = NewType("VersionId", str)
SnapshotId = NewType("SnapshotId", str)
SecretRef = NewType("SecretRef", str)
"""Where a secret is kept, in words that only the adapter can follow; the core never sees a value."""
Region = NewType("Region", str)
CommandId = NewType("CommandId", str)
AttemptId = NewType("AttemptId", str)
"""One attempt to have an instance, made up by whoever asks, so that asking again is asking the same (registry 7.2)."""
Fence = NewType("Fence", int)
"""The number of an attempt among those of its slot: strictly increasing, so that a late one is known."""
OpId = NewType("OpId", int)
"""The number of one request: (store incarnation << 32) + n, so that a restored backup never reuses one."""

OPS_OF_AN_INCARNATION: Final = 1 << 32
DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
SANDBOX_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{2,128}")
MACHINE_PATTERN: Final = re.compile(r"[a-z0-9]{1,64}")
HINT_PATTERN: Final = re.compile(r"machine ID (\w+)")
GENERATION: Final = "-generation-"  # between the sandbox and the count; metadata, not a name, says whose it is
VOLUME_NAME_LENGTH: Final = 30  # Fly: a volume's name has at most 30 of [a-z0-9_]


def first_op(incarnation: int) -> OpId:
    """The first op that a store of this incarnation may give out."""
    return OpId(incarnation * OPS_OF_AN_INCARNATION)


def in_order(resource: str) -> tuple[int, str]:
    """Where a resource stands among its like: by id, the shorter first, so that m9 comes before m10."""
    return len(resource), resource


def is_sandbox_id(text: str) -> bool:
    """Whether the text can name a sandbox: 2 to 128 letters, digits, dashes and underscores."""
    return SANDBOX_PATTERN.fullmatch(text) is not None


def machine_name(sandbox: SandboxId, generation: int = 0) -> str:
    """The one name of a sandbox's machine; unique among the live machines of an app (Fly: fly.md 4.1).

    A later generation is taken only where the name is held by a condemned machine on a host that does not answer.
    """
    return f"{sandbox}{GENERATION}{generation}" if generation else str(sandbox)


def is_machine_name(name: str, sandbox: SandboxId) -> bool:
    """Whether this is a name of the sandbox's machine, of any generation."""
    generation = name.removeprefix(f"{sandbox}{GENERATION}")
    return name == sandbox or (generation != name and generation.isascii() and generation.isdigit())


def legacy_volume_name(sandbox: SandboxId) -> str:
    """The name upstream gives a volume: it says whose it is at most, never which request made it (reconcile 1.4)."""
    return re.sub(r"[^a-z0-9_]", "_", f"kiloclaw_{sandbox}".lower())[:VOLUME_NAME_LENGTH]


def volume_name(sandbox: SandboxId, op: OpId) -> str:
    """The name of the volume that the request `op` makes: a short digest of the sandbox, then the op in base 36."""
    return f"{_volume_prefix(sandbox)}{_base36(op)}"


def volume_mark(name: str, sandbox: SandboxId) -> OpId | None:
    """The op that made the volume of this name, or None when its name carries no mark of this sandbox."""
    prefix = _volume_prefix(sandbox)
    tail = name.removeprefix(prefix)
    if not name.startswith(prefix) or not tail or not set(tail) <= set(DIGITS):
        return None
    return OpId(int(tail, 36))


def hinted_machine(text: str) -> MachineId | None:
    """The machine id that a 409 names in its text, where it is well formed: a hint, never the only route (4.6.2)."""
    found = HINT_PATTERN.search(text)
    if found is None or MACHINE_PATTERN.fullmatch(found.group(1)) is None:
        return None
    return MachineId(found.group(1))


def _volume_prefix(sandbox: SandboxId) -> str:
    digest = hashlib.blake2b(sandbox.encode(), digest_size=6).digest()
    return f"kiloclaw_{_base36(int.from_bytes(digest, 'big'))[:9]:0>9}_"


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"
