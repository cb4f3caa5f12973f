"""The token of a controller: how it is made, and how one that a request brings is compared.

It is the whole of the barrier before the controller, and no barrier against what runs on the machine (pairing 7).
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from kiloclaw_core.names import SandboxId
from kiloclaw_core.pairing import Token


def token_of(secret: str, sandbox: SandboxId) -> Token:
    """The token of this sandbox's controller: made from the one secret, so that nobody has to keep it (pairing 2.1)."""
    return Token(hmac.new(secret.encode(), sandbox.encode(), sha256).hexdigest())


def brought(header: str) -> str:
    """The token in an Authorization header: its second word behind `Bearer`; empty where there is none."""
    if header[:1].isspace():
        return ""
    scheme, token, *_ = [*header.split(), "", ""]
    return token if scheme.lower() == "bearer" else ""


def is_token(token: Token, header: str) -> bool:
    """Whether the header brings this token; one that does not takes as long to be told."""
    ours, theirs = (
        sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (token.revealed, brought(header))
    )
    return hmac.compare_digest(ours, theirs)
