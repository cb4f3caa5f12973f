"""Canonical JSON for everything the core writes down, and back: strict, byte-stable, and derived from the types.

A further kind of record is one more line here.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_core.codec.forms import Codec, Migration, RecordCodec
from kiloclaw_core.codec.text import CodecError
from kiloclaw_core.codec.values import Of
from kiloclaw_core.commands import Command
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Fact
from kiloclaw_core.instance import Instance

INSTANCE: Final = RecordCodec("instance", Of[Instance])
COMMAND: Final = Codec("command", Of[Command])
FACT: Final = Codec("fact", Of[Fact])
EFFECT: Final = Codec("effect", Of[Effect])

__all__ = ["COMMAND", "EFFECT", "FACT", "INSTANCE", "Codec", "CodecError", "Migration", "Of", "RecordCodec"]
