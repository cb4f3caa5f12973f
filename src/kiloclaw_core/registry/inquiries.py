"""What is being found out about one reservation, beside all others; a waiting one carries the op it waits for.

As with the errands of an instance's ledger, each inquiry is one request at a time. All of them may be repeated: what
they read has no memory, and what they change is monotone.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.registry.evidence import RowState


@frozen
class Settled:
    """There is nothing to find out."""


@frozen
class Due:
    """To begin at once."""

    op: OpId


@frozen
class Waiting:
    """To begin when the probe's alarm rings."""

    op: OpId


@frozen
class ReadingRow:
    """Looking what the row says."""

    op: OpId


@frozen
class ReadingVerdict:
    """The row said this: asking the instance."""

    op: OpId
    row: RowState


@frozen
class Subscribing:
    """The row is active and nobody has subscribed it: doing so."""

    op: OpId


@frozen
class ClosingRow:
    """Having the slot's rows refuse the attempt from now on, and looking what its row says."""

    op: OpId


@frozen
class Ordering:
    """The row said this, and can change no more: having the instance refuse the attempt and destroy what it made."""

    op: OpId
    row: RowState


@frozen
class MarkingRow:
    """The instance is no more, or was answered for, but its row is active: having the row say so."""

    op: OpId


Inquiry = Settled | Due | Waiting | ReadingRow | ReadingVerdict | Subscribing | ClosingRow | Ordering | MarkingRow
