"""Fly from the outside in: one client, one rate limit, one classifier, and the performer of an instance's effects.

`FlyPerformer(FlyClient(FlyTransport(Token(...))))` is all that an interpreter needs.
"""

from __future__ import annotations

from kiloclaw_adapters.fly.classify import AppEffect, Asked, FlyEffect
from kiloclaw_adapters.fly.client import FlyClient
from kiloclaw_adapters.fly.limit import Monotonic, RateLimiter, Sleep
from kiloclaw_adapters.fly.perform import FlyPerformer
from kiloclaw_adapters.fly.transport import PUBLIC_URL, Answer, FlyTransport, NoAnswer, NotSent, Reply, Token

__all__ = (
    "PUBLIC_URL",
    "Answer",
    "AppEffect",
    "Asked",
    "FlyClient",
    "FlyEffect",
    "FlyPerformer",
    "FlyTransport",
    "Monotonic",
    "NoAnswer",
    "NotSent",
    "RateLimiter",
    "Reply",
    "Sleep",
    "Token",
)
