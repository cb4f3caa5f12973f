"""What a controller's answers mean: every status with every body, against the table of pairing 3.2."""

from __future__ import annotations

import pytest

from kiloclaw_core.pairing import Kind, Seen
from kiloclaw_core.pairing.caller import (
    OURS,
    ROUTE_UNAVAILABLE,
    ApproveVerdict,
    Capabilities,
    Granted,
    Miss,
    NoCapabilities,
    Turned,
    Unconfirmed,
    approve_verdict,
    is_unknown_route,
    missed,
    parse_capabilities,
    unanswered,
)
from kiloclaw_core.pairing.caller.policy import CallerPolicy
from kiloclaw_core.pairing.listings import Source
from kiloclaw_core.pairing.policy import PairingPolicy

STATUSES = (200, 201, 204, 299, 301, 400, 401, 403, 404, 405, 409, 422, 500, 502, 503, 504)
ROUTE = {"code": ROUTE_UNAVAILABLE}
UNCODED: tuple[object, ...] = (None, "", "Not Found", [], {}, {"code": ""}, {"code": 7}, {"code": None}, ["code"])
CODED: tuple[object, ...] = ({"code": "file_not_found"}, {"code": " "}, {"code": "x", "error": "y"})


@pytest.mark.parametrize("status", STATUSES)
def test_the_table_of_unknown_routes(status: int) -> None:
    """Property 6: the code says so beside whatever is no success; a 404 says so unless it has a code of its own."""
    is_error = not 200 <= status < 300
    assert is_unknown_route(status, ROUTE) is is_error
    assert {is_unknown_route(status, body) for body in UNCODED} == {status == 404}
    assert {is_unknown_route(status, body) for body in CODED} == {False}


@pytest.mark.parametrize(
    ("status", "body", "unknown"),
    [
        (401, {"error": "Unauthorized"}, False),
        (401, {"error": "Unauthorized", **ROUTE}, True),
        (403, ROUTE, True),
        (200, ROUTE, False),
        (404, {"error": "Not found"}, True),
        (404, {"code": "file_not_found"}, False),
        (404, "<html>", True),
        (503, {"error": "Service starting"}, False),
        (502, None, False),
    ],
)
def test_the_rows_of_the_table(status: int, body: object, unknown: bool) -> None:  # noqa: FBT001 - a row
    """As it was observed (pairing 3.2)."""
    assert is_unknown_route(status, body) is unknown


@pytest.mark.parametrize(
    ("status", "body", "miss"),
    [
        (404, None, Miss.ROUTE_UNKNOWN),
        (401, None, Miss.DENIED),
        (403, {"code": "x"}, Miss.DENIED),
        (200, "<html>", Miss.INVALID),
        (503, {"error": "Service starting"}, Miss.UNAVAILABLE),
        (404, {"code": "file_not_found"}, Miss.UNAVAILABLE),
        (301, None, Miss.UNAVAILABLE),
    ],
)
def test_why_a_question_was_not_answered(status: int, body: object, miss: Miss) -> None:
    """Nothing was done, whatever it was."""
    assert missed(status, body) is miss


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"success": True, "message": "Pairing approved"}, Granted()),
        (200, {"success": False}, Turned()),
        (200, {"success": "yes"}, Miss.AMBIGUOUS),
        (200, "<html>", Miss.AMBIGUOUS),
        (204, None, Miss.AMBIGUOUS),
        (400, {"success": False, "code": "approval_refused"}, Turned()),
        (400, {"success": False}, Turned()),
        (404, None, Miss.ROUTE_UNKNOWN),
        (401, ROUTE, Miss.ROUTE_UNKNOWN),
        (401, {"error": "Unauthorized"}, Miss.DENIED),
        (413, None, Miss.DENIED),
        (503, {"code": "approvals_busy"}, Miss.UNAVAILABLE),
        (500, {"code": "command_not_started"}, Miss.UNAVAILABLE),
        (503, {"code": "shutting_down"}, Miss.UNAVAILABLE),
        (504, {"code": "approval_unconfirmed"}, Unconfirmed(Seen.UNREAD)),
        (504, {"code": "approval_unconfirmed_listed"}, Unconfirmed(Seen.LISTED)),
        (504, {"code": "approval_unconfirmed_absent"}, Unconfirmed(Seen.ABSENT)),
        (500, {"success": False, "message": "Command failed"}, Miss.AMBIGUOUS),
        (502, None, Miss.AMBIGUOUS),
        (503, None, Miss.AMBIGUOUS),
        (404, {"code": "file_not_found"}, Miss.AMBIGUOUS),
    ],
)
def test_what_an_answer_to_an_approval_means(status: int, body: object, verdict: ApproveVerdict) -> None:
    """Only an answer that says that nothing was done is taken for that (PW4)."""
    assert approve_verdict(status, body) == verdict


@pytest.mark.parametrize("status", STATUSES)
def test_no_answer_means_two_things_at_once(status: int) -> None:
    """Property 6, for approvals: every body has exactly one verdict, and none is approved but by its own word."""
    for body in (*UNCODED, *CODED, ROUTE, {"success": True}):
        granted = approve_verdict(status, body) == Granted()
        assert granted is (200 <= status < 300 and body == {"success": True})


def test_what_was_not_sent_was_not_done() -> None:
    """And what was may have been."""
    assert (unanswered(sent=False), unanswered(sent=True)) == (Miss.UNAVAILABLE, Miss.AMBIGUOUS)


@pytest.mark.parametrize(
    ("reply", "parsed"),
    [
        ({"version": "1"}, None),
        ({"capabilities": []}, Capabilities(())),
        ({"capabilities": ["files", "pairing.channels"]}, Capabilities(("files", "pairing.channels"))),
        ({"capabilities": ["b", "a"]}, NoCapabilities()),
        ({"capabilities": ["a", "a"]}, NoCapabilities()),
        ({"capabilities": ["A"]}, NoCapabilities()),
        ({"capabilities": ["a", 1]}, NoCapabilities()),
        ({"capabilities": "a"}, NoCapabilities()),
        ({"capabilities": None}, NoCapabilities()),
        (None, NoCapabilities()),
        ([], NoCapabilities()),
    ],
)
def test_what_a_controller_says_that_it_can_do(reply: object, parsed: Capabilities | NoCapabilities | None) -> None:
    """In strict order and by names that are some, or not at all (pairing 3.5)."""
    assert parse_capabilities(reply) == parsed


def test_which_lists_it_serves() -> None:
    """Each has a name of its own."""
    assert [Capabilities(OURS).serves(kind) for kind in Kind] == [True, True]
    assert [Capabilities(("pairing.devices",)).serves(kind) for kind in Kind] == [False, True]


@pytest.mark.parametrize("source", Source)
def test_time_outs_end_in_order(source: Source) -> None:
    """The command line, then the controller, then the caller (PW4)."""
    controller = PairingPolicy(source=source)
    caller = CallerPolicy(controller)
    assert controller.approve_s + controller.kill_grace_s < controller.approval_ends_s < caller.approve_s
    assert controller.reading_s < controller.listing_ends_s < caller.list_s
    assert controller.approve_s < caller.exec_approve_s
    assert 3 * controller.list_s < caller.exec_list_s
    assert PairingPolicy().backing_off_s(10_000) == 300.0
