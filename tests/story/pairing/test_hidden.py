"""What is nobody's business is compared and never shown: property 10 of pairing 8.3, with canaries."""

from __future__ import annotations

import pytest
from attrs import asdict, evolve

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    AskId,
    ChannelName,
    ChannelRequest,
    ChannelSubject,
    Code,
    DeviceId,
    DeviceRequest,
    DeviceSubject,
    EntryId,
    Hidden,
    Meta,
    Ok,
    Pairing,
    PairingReplied,
    RequestId,
    RunApprove,
    Token,
    pairing_ask,
)
from kiloclaw_core.pairing.json_values import freeze
from kiloclaw_core.pairing.record import with_shelf

CANARY = "canary-4711"
SORTS = (Code, EntryId, RequestId, DeviceId, Token)
CHANNEL = ChannelRequest(
    ChannelName("telegram"), Code(CANARY), EntryId(CANARY), meta=Meta(freeze({"name": CANARY, CANARY: [CANARY]}))
)
DEVICE = DeviceRequest(RequestId(CANARY), DeviceId(CANARY))


@pytest.mark.parametrize("sort", SORTS)
def test_a_hidden_text_says_what_it_is_and_not_what_it_says(sort: type[Hidden]) -> None:
    """However it is written down."""
    hidden = sort(CANARY)
    name = f"{sort.__name__}(hidden)"

    assert [repr(hidden), str(hidden), f"{hidden}", f"{hidden!s:>1}", f"{[hidden]}"] == [name] * 4 + [f"[{name}]"]
    assert hidden.revealed == CANARY


def test_hidden_texts_are_compared_and_hashed_by_what_they_hide() -> None:
    """Two of a sort are equal; two of two sorts never are."""
    assert (Code("a") == Code("a"), Code("a") == Code("b"), hash(Code("a")) == hash(Code("a"))) == (True, False, True)
    assert len({sort("a") for sort in SORTS}) == len(SORTS)


def test_what_a_sender_says_of_himself_is_hidden() -> None:
    """It has names in it."""
    assert repr(Meta(freeze({"name": CANARY}))) == "Meta(hidden)"


def test_no_record_fact_effect_or_note_shows_a_secret() -> None:
    """Whoever logs a whole value logs nothing that he should not."""
    listed = with_shelf(Pairing(), evolve(Pairing().channels, entries=(CHANNEL,)))
    listed = with_shelf(listed, evolve(listed.devices, entries=(DEVICE,)))
    asked = pairing_ask(listed, Approve(AskId("one"), ChannelSubject(ChannelName("telegram"), Code("C4n4ry"))))
    values = (
        listed,
        asked.unwrap(),
        RunApprove(OpId(1), DeviceSubject(RequestId(CANARY)), 1.0, 1.0),
        PairingReplied(OpId(1), Ok((CHANNEL, DEVICE))),
    )

    assert [value for value in values if CANARY in repr(value) or "C4n4ry" in repr(value)] == []


def test_a_tree_of_a_value_is_made_on_purpose_alone() -> None:
    """Nothing in the core takes a value apart; who does it asks for what he gets."""
    assert asdict(Code(CANARY)) == {"revealed": CANARY}
