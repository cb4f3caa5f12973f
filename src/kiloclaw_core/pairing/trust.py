"""What is approved by itself: requests of the machine's own devices, confirmed by a second reading, and not often.

A client may call itself what it likes, so its name proves nothing; the print of its key, known beforehand, does
(pairing PW7). Nothing is widened: another program's store is not ours to write (pairing PW8).

`Sighted -> Trying -> Pausing -> Sighted ...`, at most `auto_tries` times, and each try after a look that shows the
very same request. A request that is no longer listed is forgotten.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.answers import ApprovalAnswer, Approved, NotApproved, Unsure
from kiloclaw_core.pairing.names import is_request
from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.record import (
    Approval,
    Candidate,
    Pairing,
    Pausing,
    Sighted,
    Spent,
    Trying,
    approval_of,
    numbered,
    with_shelf,
)
from kiloclaw_core.pairing.requests import (
    ChannelRequest,
    DeviceRequest,
    DeviceSubject,
    PendingRequest,
    Subject,
)

CLIENT: Final = "gateway-client"
ROLE: Final = "operator"


def is_ours(entry: PendingRequest, policy: PairingPolicy) -> bool:
    """Whether the request is one of the machine's own devices asking for what the gateway itself needs."""
    match entry:
        case ChannelRequest():
            return False
        case DeviceRequest():
            roles = {role.strip() for role in (entry.role or "", *entry.roles)}
            named = entry.client_id == CLIENT and ROLE in roles and is_request(entry.request.revealed)
            return named and entry.device in policy.known_devices


def reckoned(record: Pairing, began: OpId) -> Pairing:
    """A reading of devices was committed: what was sighted before is confirmed by it, what is new is sighted."""
    ours = [one for one in record.devices.entries if isinstance(one, DeviceRequest) and is_ours(one, record.policy)]
    listed = {(one.request, one.device) for one in ours}
    kept = tuple(
        one for one in record.candidates if isinstance(one.phase, Trying) or (one.request, one.device) in listed
    )
    known = {one.request for one in kept}
    room = max(0, record.policy.auto_at_once - len(kept))
    new = [Candidate(one.request, one.device, Sighted(began)) for one in ours if one.request not in known]
    record = evolve(record, candidates=(*kept, *new[:room]))
    for candidate in kept:
        record = confirmed(record, candidate, began)
    return looking_again(record)


def confirmed(record: Pairing, candidate: Candidate, began: OpId) -> Pairing:
    """A second reading has shown the very same request: it is to be approved."""
    match candidate.phase:
        case Sighted(in_reading=in_reading) if in_reading < began:
            record = with_candidate(record, evolve(candidate, phase=Trying()))
            subject = DeviceSubject(candidate.request)
            if approval_of(record, subject) is not None:
                return record
            op, record = numbered(record)
            return evolve(record, approvals=(*record.approvals, Approval(op, subject)))
        case Sighted() | Trying() | Pausing() | Spent():
            return record


def looking_again(record: Pairing) -> Pairing:
    """While something is only sighted, the devices are read again soon, as after a line."""
    if not any(isinstance(one.phase, Sighted) for one in record.candidates):
        return record
    return with_shelf(record, evolve(record.devices, dirty=True))


def tried(record: Pairing, subject: Subject, answer: ApprovalAnswer) -> Pairing:
    """An approval has ended, whoever asked for it: a candidate that stood behind it is done, pauses, or is spent."""
    candidate = next((one for one in record.candidates if DeviceSubject(one.request) == subject), None)
    if candidate is None or not isinstance(candidate.phase, Trying):
        return record
    match answer:
        case Approved():
            return evolve(record, candidates=tuple(one for one in record.candidates if one != candidate))
        case NotApproved() | Unsure():
            return failed(record, candidate)


def failed(record: Pairing, candidate: Candidate) -> Pairing:
    """A try failed: a pause, twice as long each time, or the end of trying."""
    tries = candidate.tries + 1
    if tries >= record.policy.auto_tries:
        return with_candidate(record, evolve(candidate, phase=Spent(), tries=tries))
    op, record = numbered(record)
    return with_candidate(record, evolve(candidate, phase=Pausing(op), tries=tries))


def rested(record: Pairing, candidate: Candidate) -> Pairing:
    """The pause is over: another reading has to show the request before it is tried again."""
    sighted = evolve(candidate, phase=Sighted(record.devices.committed))
    return with_shelf(with_candidate(record, sighted), evolve(record.devices, again=True))


def with_candidate(record: Pairing, candidate: Candidate) -> Pairing:
    """The record with this candidate in the place of the one of its request."""
    others = tuple(candidate if one.request == candidate.request else one for one in record.candidates)
    return evolve(record, candidates=others)


def pause_s(candidate: Candidate, policy: PairingPolicy) -> float:
    """How long the pause after the last try is."""
    return policy.auto_pause_s * 2.0 ** (candidate.tries - 1)
