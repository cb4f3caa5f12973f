"""What the façade raises: one exception for each thing a caller can do something about.

None of them carries a token, a secret of an app or the environment of a machine.
"""

from __future__ import annotations

from kiloclaw_core.app import AppRefusal
from kiloclaw_core.commands import Refusal
from kiloclaw_core.instance import FailureNote
from kiloclaw_core.registry.troubles import Explanation
from kiloclaw_core.views import View


class KiloclawError(Exception):
    """Something asked of kiloclaw did not come about; the text says what and why. `code` is one word for programs."""

    code = "failed"


class MalformedError(KiloclawError):
    """An argument cannot be what it is given as; nothing was done."""

    code = "malformed"


class UnknownSandboxError(KiloclawError):
    """No sandbox of this id was ever provisioned."""

    code = "unknown_sandbox"

    def __init__(self, sandbox_id: str) -> None:
        super().__init__(f"no sandbox {sandbox_id} was ever provisioned")


class RefusedError(KiloclawError):
    """The command was refused, and nothing was changed; `refusal` says why, `because` what people read instead."""

    def __init__(self, sandbox_id: str, refusal: Refusal | AppRefusal, because: str | None = None) -> None:
        super().__init__(f"{sandbox_id}: refused because {because or refusal.value}")
        self.refusal = refusal
        self.code = refusal.name.lower()


class AdmissionError(KiloclawError):
    """Admission said no, or not yet; `explanation` says what a caller may be told, and no more.

    Where it is retryable the user may try again: with the same command id, or where it says `anew` with another id and
    another sandbox, because this attempt has come to nothing.
    """

    def __init__(self, what: str, explanation: Explanation) -> None:
        super().__init__(f"{what}: {explanation.sentence}")
        self.explanation = explanation
        self.code = explanation.code


class StoreUnavailableError(KiloclawError):
    """The store failed, or keeps what this release cannot read. Ask again with the same command id: that is safe."""

    code = "store_unavailable"


class NotServedError(KiloclawError):
    """The command was granted and stands, but could not be served for now; it is tried again by itself.

    `view` is the instance as it rests, `note` why.
    """

    code = "not_served"

    def __init__(self, view: View, note: FailureNote) -> None:
        super().__init__(f"{view.sandbox_id}: {note.failing.value} failed: {note.why.value}: {note.text}".rstrip(": "))
        self.view = view
        self.note = note


class FlyUnreachableError(NotServedError):
    """As NotServedError: Fly did not answer."""

    code = "fly_unreachable"


class BadTokenError(NotServedError):
    """As NotServedError: Fly does not accept the token, or not for this organisation."""

    code = "bad_token"


class NoRoomError(NotServedError):
    """As NotServedError: no region that was asked has room, or our quota is used up."""

    code = "no_room"


class LoopingError(NotServedError):
    """As NotServedError, but not tried again by itself today: the machine stopped after each of several recoveries.

    A start by the user, or an operator's `recover`, tries once more.
    """

    code = "looping"


class KeptError(KiloclawError):
    """The volume is kept, because the one in use was not shown to be whole and to carry on from it; looked at again.

    `view` is the instance as it is.
    """

    code = "kept"

    def __init__(self, view: View, volume: str) -> None:
        why = "a machine is on it, or the volume in use is not known to be whole and well"
        super().__init__(f"{view.sandbox_id}: {volume} is kept: {why}")
        self.view = view


class StuckError(KiloclawError):
    """The sandbox is being destroyed, and something of it cannot be deleted; that is tried on and on, more slowly.

    Only an operator's `disown` takes it out of the ledger. `view` says what it is.
    """

    code = "stuck"

    def __init__(self, view: View) -> None:
        super().__init__(f"{view.sandbox_id}: {view.because}")
        self.view = view
