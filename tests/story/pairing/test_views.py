"""What outsiders are shown: what is young enough, how fresh it is, and answers in words of our own."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    ApprovalAnswer,
    Approved,
    Code,
    DeviceId,
    DeviceRequest,
    Fresh,
    Kind,
    Meta,
    NotApproved,
    NotDone,
    Pairing,
    PairingAlarmName,
    PairingRefusal,
    PairingReplied,
    PendingView,
    Refreshed,
    RequestId,
    Said,
    Seen,
    Unsure,
    pairing_absorb,
    pending_view,
    refusal_said,
    said,
    wire_request,
)
from kiloclaw_core.pairing.json_values import freeze
from tests.story.pairing.telling import BROKEN, CONFIG, STOP, A, D, Ring, after, listing, refresh

HOUR_MS, FIVE_MINUTES_MS = 3_600_000, 300_000


def test_what_has_grown_too_old_is_not_shown() -> None:
    """Not even where nothing could be read since (PW6)."""
    young = evolve(A, code=Code("Y"), since_ms=1)
    read = after(Pairing(), refresh(), CONFIG, listing(A, young)).record
    kept = after(read, refresh("two"), CONFIG, BROKEN).record
    shown = [pending_view(kept, Kind.CHANNELS, now_ms).requests for now_ms in (HOUR_MS, HOUR_MS + 1, HOUR_MS + 2)]
    assert shown == [(A, young), (young,), ()]
    devices = after(Pairing(), refresh("one", Kind.DEVICES), listing(D)).record
    assert [pending_view(devices, Kind.DEVICES, FIVE_MINUTES_MS + more).requests for more in (0, 1)] == [(D,), ()]


def test_a_list_tells_when_it_was_tried_and_when_that_went_well() -> None:
    """`lastUpdated` alone is no sign of life (PW22)."""
    never = pending_view(Pairing(), Kind.DEVICES, 0)
    assert never == PendingView((), last_updated=None, last_attempt=None, last_success=None, stale=True)
    reading = after(Pairing(), refresh("one", Kind.DEVICES)).record
    read = pairing_absorb(reading, PairingReplied(OpId(2), listing(D), at=1_000)).record
    failed = pairing_absorb(after(read, refresh("two", Kind.DEVICES)).record, PairingReplied(OpId(4), BROKEN, 2_000))
    assert pending_view(failed.record, Kind.DEVICES, 0) == PendingView(
        (D,), last_updated=1_000, last_attempt=2_000, last_success=1_000, stale=True
    )


def test_a_list_tells_whether_it_may_be_out_of_date() -> None:
    """Whoever asked for it anew must not take what was known before for what is."""
    read = after(Pairing(), refresh("one", Kind.DEVICES), listing(D)).record
    broken = after(read, refresh("two", Kind.DEVICES), BROKEN).record
    stopped = after(read, STOP).record
    assert [pending_view(one, Kind.DEVICES, 0).stale for one in (Pairing(), read, broken, stopped)] == [
        True,
        False,
        True,
        True,
    ]


def test_whoever_was_told_that_it_is_stale_is_not_shown_it_as_fresh() -> None:
    """What has been read since began to be read before he asked."""
    reading = after(Pairing(), refresh("one", Kind.DEVICES), refresh("two", Kind.DEVICES)).record
    read = after(after(reading, Ring(PairingAlarmName.READ_PATIENCE)).record, listing(D)).record
    told = (None, Refreshed(Fresh.FRESH), Refreshed(Fresh.STALE), PairingRefusal.SHUTTING_DOWN)
    assert [pending_view(read, Kind.DEVICES, 0, one).stale for one in told] == [False, False, True, True]


def test_a_request_stands_in_a_reply_as_it_always_did() -> None:
    """What is absent has no key (pairing 1.1)."""
    assert wire_request(A) == {"code": "A1", "id": "u1", "channel": "telegram"}
    whole = evolve(A, created_at="1970-01-01T00:00:00Z", meta=Meta(freeze({"name": ["x"]})))
    assert wire_request(whole) == {
        "code": "A1",
        "id": "u1",
        "channel": "telegram",
        "meta": {"name": ["x"]},
        "createdAt": "1970-01-01T00:00:00Z",
    }
    assert wire_request(DeviceRequest(RequestId("r"), DeviceId("d"))) == {"requestId": "r", "deviceId": "d"}
    assert wire_request(DeviceRequest(RequestId("r"), DeviceId("d"), "operator", ("a",), "linux", "c", "m", 7)) == {
        "requestId": "r",
        "deviceId": "d",
        "role": "operator",
        "roles": ["a"],
        "platform": "linux",
        "clientId": "c",
        "clientMode": "m",
        "ts": 7,
    }


def test_every_answer_is_said_in_words_of_our_own() -> None:
    """Nothing that a command said is passed on, and each case has a status and a word of its own (PW5)."""
    assert said(Approved(), Kind.CHANNELS) == Said(200, "Pairing approved")
    assert said(Approved(), Kind.DEVICES) == Said(200, "Device approved")
    answers: list[ApprovalAnswer] = [*(NotApproved(why) for why in NotDone), *(Unsure(seen) for seen in Seen)]
    spoken = [said(answer, Kind.CHANNELS) for answer in answers]
    assert [(one.status, one.code) for one in spoken] == [
        (400, "approval_refused"),
        (500, "command_not_started"),
        (503, "approvals_busy"),
        (503, "shutting_down"),
        (504, "approval_unconfirmed_listed"),
        (504, "approval_unconfirmed_absent"),
        (504, "approval_unconfirmed"),
    ]


def test_a_refusal_is_said_as_it_always_was() -> None:
    """In upstream's words, where it has some (pairing 1.8)."""
    assert [(one.status, one.message) for one in map(refusal_said, PairingRefusal)] == [
        (503, "Cache is shutting down"),
        (400, "Invalid channel name"),
        (400, "Invalid pairing code"),
        (400, "Invalid request ID"),
        (503, "Not approved: other approvals are still running"),
    ]
