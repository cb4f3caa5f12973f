"""Codecs: one for each thing that is written down, and for records an envelope that outlives the vocabulary.

A record is stored as `{"kind": ..., "record": {...}, "schema": ...}`. What was written under an older schema is
brought forward one schema at a time before it is read, for ever; what was written under a newer one is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from attrs import frozen
from returns.result import Failure, Result, Success

from kiloclaw_core.codec.hooks import Unread
from kiloclaw_core.codec.text import CodecError, read, spell
from kiloclaw_core.codec.values import Of, tree_of, value_of
from kiloclaw_core.policy import Policy


class Governed(Protocol):
    """A record: its policy is its environment's, so it is supplied whenever the record is read."""

    @property
    def policy(self) -> Policy:
        """How long it waits and how often it tries."""
        ...


POLICY: Final = "policy"

ValueT = TypeVar("ValueT")
RecordT = TypeVar("RecordT", bound=Governed)

Migration: TypeAlias = Callable[[dict[str, object]], dict[str, object]]
"""Brings the keys of a record to the next schema. It refuses nothing: what it cannot read it leaves to be refused."""


@frozen
class Codec(Generic[ValueT]):
    """Canonical JSON for every value of one type and back; `noun` is what error messages call such a value."""

    noun: str
    of: type[Of[ValueT]]

    def encode(self, value: ValueT) -> str:
        """The value as canonical JSON."""
        return spell(tree_of(self.of, value))

    def decode(self, text: str) -> Result[ValueT, CodecError]:
        """The value that the text spells, or where and why it is none."""
        return read(text).bind(lambda tree: value_of(self.of, tree, "$", self.noun))


@frozen
class Envelope:
    """What a stored record is wrapped in."""

    kind: str
    record: Unread
    schema: int


@frozen
class RecordCodec(Generic[RecordT]):
    """Canonical JSON for the records of one kind and back; the n-th migration leads from schema n to n + 1."""

    kind: str
    of: type[Of[RecordT]]
    migrations: tuple[Migration, ...] = ()

    @property
    def schema(self) -> int:
        """The schema that is written: the newest that can be read."""
        return 1 + len(self.migrations)

    def encode(self, record: RecordT) -> str:
        """The record in its envelope as canonical JSON, without its policy."""
        return spell({"kind": self.kind, "record": tree_of(self.of, record), "schema": self.schema})

    def decode(self, text: str, policy: Policy) -> Result[RecordT, CodecError]:
        """The record that the text spells, under this policy, or where and why it is none."""
        envelope = read(text).bind(lambda tree: value_of(Of[Envelope], tree, "$", "envelope"))
        return envelope.bind(self._brought_forward).bind(lambda keys: self._governed(keys, policy))

    def _brought_forward(self, envelope: Envelope) -> Result[dict[str, object], CodecError]:
        if envelope.kind != self.kind:
            return Failure(CodecError(f"a record of kind {envelope.kind!r}, not {self.kind!r}", "$.kind"))
        if not 1 <= envelope.schema <= self.schema:
            unknown = f"unknown schema {envelope.schema}, the newest known here is {self.schema}"
            return Failure(CodecError(unknown, "$.schema"))
        keys = envelope.record.keys
        for migration in self.migrations[envelope.schema - 1 :]:
            keys = migration(keys)
        return Success(keys)

    def _governed(self, keys: dict[str, object], policy: Policy) -> Result[RecordT, CodecError]:
        if POLICY in keys:
            return Failure(CodecError(f"unknown key {POLICY!r}", "$.record"))
        return value_of(self.of, {**keys, POLICY: policy}, "$.record", self.kind)
