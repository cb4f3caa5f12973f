"""The classifier: every row of Fly's error catalogue, and that no answer makes it raise or be surer than it may be."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiloclaw_adapters.fly.classify import Asked, FlyEffect, classify
from kiloclaw_core.app.effects import (
    AllocateAddress,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    SetSecret,
)
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.machine import MachineState
from kiloclaw_core.outcomes import Done, Outcome, Rejected, StateElsewhere, Unknown, Why

from .suite import (
    APP,
    AWAIT_STARTED,
    CREATE_MACHINE,
    CREATE_VOLUME,
    DELETE_MACHINE,
    DELETE_VOLUME,
    EFFECTS,
    FORK_VOLUME,
    GET_MACHINE,
    GET_VOLUME,
    LIST_MACHINES,
    LIST_SNAPSHOTS,
    LIST_VOLUMES,
    MACHINE,
    MUTATIONS,
    OP,
    RESTORE_VOLUME,
    START_MACHINE,
    STOP_MACHINE,
    UPDATE_MACHINE,
)

CREATE_APP = CreateApp(OP, APP, "acme", APP)
ALLOCATE = AllocateAddress(OP, APP, AddressKind.V6)
APP_EFFECTS = (
    CREATE_APP,
    ALLOCATE,
    GetApp(OP, APP),
    ListOwners(OP, APP),
    ListAddresses(OP, APP),
    SetSecret(OP, APP, "K", "v"),
)

VIOLATION = f'already_exists: unique machine name violation, machine ID {MACHINE} already exists with name "gw-1"'
MEMORY = "could not reserve resource for machine: insufficient memory"
EXISTING = "insufficient resources to create new machine with existing volume 'vol_qz81m0n4x7k2jd59'"
QUOTA = 'organization "Acme" is using 204800 MB of memory in dfw which is over the allowed quota'
LEASE = f"machine ID {MACHINE} lease currently held by someone@acme.example, expires at 2026-02-03T10:12:00Z"
TAKEN = "Validation failed: Name has already been taken"


def said(error: str, status: str | None = None) -> str:
    """The usual envelope of an error."""
    return json.dumps({"error": error} if status is None else {"error": error, "status": status})


REFUSED: tuple[tuple[FlyEffect, int, str, Why], ...] = (
    # the word counts first, whatever text and code say
    (CREATE_MACHINE, 422, said("could not find a candidate host …", "insufficient_capacity"), Why.CAPACITY_REGION),
    (CREATE_VOLUME, 400, said("anything", "insufficient_capacity"), Why.CAPACITY_REGION),
    (CREATE_MACHINE, 412, said(EXISTING, "volume_placement_capacity"), Why.CAPACITY_HOST),
    (CREATE_MACHINE, 400, said("volume not found", "volume_placement_capacity"), Why.CAPACITY_HOST),
    (CREATE_MACHINE, 422, said(TAKEN, "name_taken"), Why.NAME_TAKEN),
    (CREATE_MACHINE, 409, said(f"aborted: {MEMORY}", "unknown"), Why.CAPACITY_HOST),
    # a volume that is gone
    (CREATE_MACHINE, 400, said("volume does not exist"), Why.MISSING_VOLUME),
    (CREATE_MACHINE, 404, said("volume not found"), Why.MISSING_VOLUME),
    (UPDATE_MACHINE, 422, said("Could not find volume vol_1"), Why.MISSING_VOLUME),
    (GET_VOLUME, 404, said("volume not found"), Why.NOT_FOUND),
    # capacity: by text
    (
        CREATE_MACHINE,
        409,
        said(f"aborted: insufficient resources available to fulfill request: {MEMORY}"),
        Why.CAPACITY_HOST,
    ),
    (CREATE_MACHINE, 409, said("insufficient resources available to fulfill request"), Why.CAPACITY_REGION),
    (CREATE_MACHINE, 422, said("could not find a candidate host for vm"), Why.CAPACITY_REGION),
    (CREATE_MACHINE, 412, said(EXISTING), Why.CAPACITY_HOST),
    (UPDATE_MACHINE, 409, said(f"aborted: {MEMORY} available to fulfill request"), Why.CAPACITY_HOST),
    (
        START_MACHINE,
        409,
        said("could not reserve resource for machine: insufficient CPUs available"),
        Why.CAPACITY_HOST,
    ),
    (START_MACHINE, 409, said("could not reserve resource for machine: insufficient IPs"), Why.CAPACITY_HOST),
    (START_MACHINE, 412, said("deploys to this host are temporarily disabled"), Why.CAPACITY_HOST),
    (START_MACHINE, 409, said("governor policy blocked start"), Why.CAPACITY_HOST),
    (CREATE_VOLUME, 400, said("no capacity"), Why.CAPACITY_REGION),
    (CREATE_VOLUME, 409, said("No Capacity in ams"), Why.CAPACITY_REGION),
    (CREATE_VOLUME, 412, said("insufficient resources"), Why.CAPACITY_REGION),
    (START_MACHINE, 412, said("insufficient resources"), Why.CAPACITY_HOST),
    (FORK_VOLUME, 400, said("no capacity"), Why.CAPACITY_REGION),
    (RESTORE_VOLUME, 422, said("no room", "insufficient_capacity"), Why.CAPACITY_REGION),
    (FORK_VOLUME, 412, said("insufficient resources"), Why.CAPACITY_REGION),
    (CREATE_MACHINE, 409, said("failed to launch VM: region cdg has no capacity"), Why.CAPACITY_REGION),
    (
        START_MACHINE,
        409,
        said("deploys to this host are temporarily disabled, please try again later"),
        Why.CAPACITY_HOST,
    ),
    (UPDATE_MACHINE, 403, said(QUOTA), Why.QUOTA),
    (FORK_VOLUME, 403, said(QUOTA), Why.QUOTA),
    (CREATE_MACHINE, 403, said(QUOTA), Why.QUOTA),
    (CREATE_MACHINE, 422, said("organization has reached its machine limit"), Why.LIMIT),
    (CREATE_MACHINE, 422, said("please add a payment method"), Why.LIMIT),
    # forks and restores
    (FORK_VOLUME, 404, said("volume not found"), Why.NOT_FOUND),
    (FORK_VOLUME, 400, said("source volume does not exist"), Why.MISSING_VOLUME),
    (FORK_VOLUME, 422, said("could not find volume vol_1"), Why.MISSING_VOLUME),
    (RESTORE_VOLUME, 404, said("snapshot not found"), Why.NOT_FOUND),
    (RESTORE_VOLUME, 400, said("volume not found"), Why.INVALID),
    (FORK_VOLUME, 404, said("target region xyz not found"), Why.INVALID),
    (FORK_VOLUME, 422, said("size_gb must be greater than or equal to the source volume's"), Why.INVALID),
    (RESTORE_VOLUME, 422, said("size_gb must be at least the volume size of the snapshot"), Why.INVALID),
    # a host that does not answer
    (FORK_VOLUME, 412, said("failed_precondition: host is unreachable"), Why.HOST_DOWN),
    (FORK_VOLUME, 412, said("The host of the source volume is not ok"), Why.HOST_DOWN),
    (FORK_VOLUME, 400, said("source volume vol_1 is on an unreachable host"), Why.HOST_DOWN),
    (FORK_VOLUME, 409, said("cannot fork: host_status: unreachable"), Why.HOST_DOWN),
    (CREATE_MACHINE, 412, said("volume's host is unavailable"), Why.HOST_DOWN),
    (UPDATE_MACHINE, 412, said("the machine's host is not responding"), Why.HOST_DOWN),
    (DELETE_MACHINE, 409, said("the machine's host is down"), Why.HOST_DOWN),
    (FORK_VOLUME, 412, said("host is unreachable: no capacity"), Why.CAPACITY_REGION),
    (CREATE_VOLUME, 412, said("host is unreachable"), Why.UNRECOGNISED),
    (RESTORE_VOLUME, 412, said("host is unreachable"), Why.UNRECOGNISED),
    (GET_VOLUME, 404, said("host is unreachable"), Why.NOT_FOUND),
    (FORK_VOLUME, 412, said("the host is full"), Why.UNRECOGNISED),
    (FORK_VOLUME, 412, said("hosts are unreachable"), Why.UNRECOGNISED),
    (FORK_VOLUME, 412, said("host " + "x" * 100 + " unreachable"), Why.UNRECOGNISED),
    # volumes that somebody has
    (
        CREATE_MACHINE,
        412,
        said(f"failed_precondition: volume already claimed by machine {MACHINE}"),
        Why.VOLUME_CLAIMED,
    ),
    (CREATE_MACHINE, 412, said("failed_precondition: volume already claimed by machine \0\0\0"), Why.VOLUME_CLAIMED),
    (
        DELETE_VOLUME,
        412,
        said(f"failed_precondition: volume is currently bound to machine: {MACHINE}"),
        Why.VOLUME_BOUND,
    ),
    # too early, or somebody else is at it
    (
        START_MACHINE,
        412,
        said("failed_precondition: unable to start machine from current state: 'created'"),
        Why.TOO_EARLY,
    ),
    (START_MACHINE, 412, said("failed_precondition: machine still active, refusing to start"), Why.TOO_EARLY),
    (START_MACHINE, 412, said("failed_precondition: machine getting replaced, refusing to start"), Why.TOO_EARLY),
    (UPDATE_MACHINE, 409, said("aborted: machine still attempting to start"), Why.TOO_EARLY),
    (START_MACHINE, 409, json.dumps({"status": "error", "message": LEASE}), Why.CONFLICT),
    (UPDATE_MACHINE, 409, said("aborted: machine update failed due to concurrent update"), Why.CONFLICT),
    (UPDATE_MACHINE, 412, said("failed_precondition: current_version does not match"), Why.VERSION_MISMATCH),
    (UPDATE_MACHINE, 412, said("machine_version mismatch"), Why.VERSION_MISMATCH),
    (CREATE_MACHINE, 412, said("min_secrets_version 7 is not available yet"), Why.VERSION_MISMATCH),
    # the code, where the text says nothing
    (GET_MACHINE, 404, said("machine not found"), Why.NOT_FOUND),
    (STOP_MACHINE, 404, said("not_found: machine not found"), Why.NOT_FOUND),
    (AWAIT_STARTED, 404, "", Why.NOT_FOUND),
    (LIST_MACHINES, 404, said("app not found"), Why.NOT_FOUND),
    (LIST_VOLUMES, 404, said("app not found"), Why.NOT_FOUND),
    (LIST_SNAPSHOTS, 404, said("volume not found"), Why.NOT_FOUND),
    (LIST_SNAPSHOTS, 400, said("volume does not exist"), Why.INVALID),
    (CREATE_MACHINE, 429, said("rate limit exceeded"), Why.RATE_LIMITED),
    (GET_MACHINE, 401, said("Authenticate: token validation error"), Why.UNAUTHORIZED),
    (GET_MACHINE, 403, said("unauthorized"), Why.UNAUTHORIZED),
    (CREATE_MACHINE, 400, said("MANIFEST_UNKNOWN: manifest unknown"), Why.INVALID),
    (CREATE_VOLUME, 422, said("size_gb is out of range"), Why.INVALID),
    (AWAIT_STARTED, 400, said("invalid_argument: timeout value must be inside range [1s, 1m0s]"), Why.INVALID),
    (STOP_MACHINE, 400, "<html>Bad Request</html>", Why.INVALID),
    (AWAIT_STARTED, 409, said("cannot reach started from destroyed"), Why.UNRECOGNISED),
    (
        DELETE_MACHINE,
        412,
        said("failed_precondition: unable to destroy machine, not currently stopped"),
        Why.UNRECOGNISED,
    ),
    (CREATE_MACHINE, 409, said("aborted: something new"), Why.UNRECOGNISED),
    (CREATE_MACHINE, 418, "", Why.UNRECOGNISED),
)


@pytest.mark.parametrize(("effect", "status", "body", "why"), REFUSED)
def test_every_refusal_of_the_catalogue_has_its_class(effect: FlyEffect, status: int, body: str, why: Why) -> None:
    """A wrong class waits for what will never pass, or gives up what would; the whole body is kept for people."""
    outcome = classify(status, body, effect)
    assert outcome == Rejected(why)
    assert isinstance(outcome, Rejected)
    assert (outcome.status, outcome.text) == (status, body)


ROOM: tuple[tuple[FlyEffect, str, Why], ...] = (
    (CREATE_VOLUME, "no capacity", Why.CAPACITY_REGION),
    (CREATE_VOLUME, "insufficient resources", Why.CAPACITY_REGION),
    (FORK_VOLUME, "could not find a candidate host", Why.CAPACITY_REGION),
    (CREATE_MACHINE, EXISTING, Why.CAPACITY_HOST),
    (UPDATE_MACHINE, f"{MEMORY} available to fulfill request", Why.CAPACITY_HOST),
    (START_MACHINE, "insufficient IPs available", Why.CAPACITY_HOST),
    (CREATE_MACHINE, QUOTA, Why.QUOTA),
)


@pytest.mark.parametrize("status", [400, 403, 409, 412, 422])
@pytest.mark.parametrize(("effect", "text", "why"), ROOM)
def test_want_of_room_is_told_by_its_text_under_each_of_its_codes(
    effect: FlyEffect, status: int, text: str, why: Why
) -> None:
    """Upstream met one code after the other in production (fly.md 4.2), and never the text without one of them."""
    assert classify(status, said(text), effect) == Rejected(why)
    assert classify(status, text, effect) == Rejected(why)


@pytest.mark.parametrize("status", [401, 404, 429])
@pytest.mark.parametrize(("effect", "text", "why"), ROOM)
def test_want_of_room_is_not_told_by_its_text_under_another_code(
    effect: FlyEffect, status: int, text: str, why: Why
) -> None:
    """Moving a user's data because of a rate limit would be dear."""
    assert classify(status, said(text), effect) == classify(status, "", effect) != Rejected(why)


@pytest.mark.parametrize("status", [400, 403, 409, 412, 422])
@pytest.mark.parametrize("effect", MUTATIONS)
@pytest.mark.parametrize("body", ["", "{}", said("something new"), said("x", "unknown"), "<html>no</html>"])
def test_a_code_alone_is_never_want_of_room(effect: FlyEffect, status: int, body: str) -> None:
    """Each of the five codes also means something else."""
    outcome = classify(status, body, effect)
    assert isinstance(outcome, Rejected)
    assert outcome.why in {Why.INVALID, Why.UNAUTHORIZED, Why.UNRECOGNISED}


def test_what_is_looked_for_first_wins() -> None:
    """Fly's word, then a name that is taken, a volume that is missing, want of room, and what the code says at last."""
    texts = ("already_exists", "volume does not exist", "no capacity", "machine not found")
    told = [
        classify(409, said(" ".join(texts), "volume_placement_capacity"), CREATE_MACHINE),
        classify(409, said(" ".join(texts)), CREATE_MACHINE),
        classify(400, said(" ".join(texts)), CREATE_MACHINE),
        classify(400, said(" ".join(texts[2:])), CREATE_MACHINE),
        classify(404, said(texts[3]), CREATE_MACHINE),
    ]
    assert told == [
        Rejected(Why.CAPACITY_HOST),
        Rejected(Why.ALREADY_EXISTS),
        Rejected(Why.MISSING_VOLUME),
        Rejected(Why.CAPACITY_REGION),
        Rejected(Why.NOT_FOUND),
    ]


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        (VIOLATION, MACHINE),
        ("already_exists: unique machine name violation, machine ID UPPER already exists", None),
        ("already_exists: the name is in use", None),
    ],
)
def test_a_taken_machine_name_tells_who_holds_it_where_it_can(text: str, holder: str | None) -> None:
    """The holder is probably the machine of our own lost create; its wording is Fly's, so it is a hint only."""
    assert classify(409, said(text), CREATE_MACHINE) == Rejected(Why.ALREADY_EXISTS, MACHINE if holder else None)


@pytest.mark.parametrize("effect", [DELETE_MACHINE, DELETE_VOLUME])
def test_a_delete_of_what_is_gone_is_done(effect: FlyEffect) -> None:
    """The wish is fulfilled, whoever fulfilled it."""
    assert classify(404, said("volume not found"), effect) == Done()


def test_a_start_of_a_machine_that_is_starting_is_done() -> None:
    """Our own start may be what it is still attempting."""
    assert classify(409, said("aborted: machine still attempting to start"), START_MACHINE) == Done()


@pytest.mark.parametrize(
    ("word", "state"),
    [("created", MachineState.CREATED), ("stopped", MachineState.STOPPED), ("launch_failed", MachineState.OTHER)],
)
def test_a_poll_that_timed_out_tells_the_state_instead(word: str, state: MachineState) -> None:
    """Waiting for started and hearing stopped means that it crashed: the poll's text is worth a get."""
    text = f"deadline_exceeded: machine failed to reach desired state, started, currently {word}"
    assert classify(408, said(text), AWAIT_STARTED) == StateElsewhere(state)


@pytest.mark.parametrize("body", ["", "<html>Request Timeout</html>", said("deadline_exceeded")])
def test_a_poll_that_timed_out_without_a_state_is_unknown(body: str) -> None:
    """No state was named, so none is made up."""
    outcome = classify(408, body, AWAIT_STARTED)
    assert outcome == Unknown()
    assert isinstance(outcome, Unknown)
    assert outcome.text == f"HTTP 408: {body}"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("effect", MUTATIONS)
def test_what_may_have_been_applied_is_unknown(effect: FlyEffect, status: int) -> None:
    """Not even Fly's own word for lack of capacity makes a server fault a refusal: the machine may be there."""
    outcome = classify(status, said("no capacity", "insufficient_capacity"), effect)
    assert outcome == Unknown()


APP_REFUSED: tuple[tuple[Asked, int, str, Why], ...] = (
    (CREATE_APP, 422, said(TAKEN, "name_taken"), Why.NAME_TAKEN),
    (CREATE_APP, 409, said("the name is in use"), Why.CONFLICT),
    (CREATE_APP, 403, said("unauthorized"), Why.UNAUTHORIZED),
    (GetApp(OP, APP), 403, said("unauthorized"), Why.COLLISION),
    (GetApp(OP, APP), 401, said("Authenticate: token validation error"), Why.UNAUTHORIZED),
    (GetApp(OP, APP), 404, said("app not found"), Why.NOT_FOUND),
    (ALLOCATE, 409, said("there is one already"), Why.CONFLICT),
    (ALLOCATE, 422, said("there is one already"), Why.INVALID),
)


@pytest.mark.parametrize(("effect", "status", "body", "why"), APP_REFUSED)
def test_a_refusal_about_an_app_has_its_class(effect: Asked, status: int, body: str, why: Why) -> None:
    """A 403 about an app that is there is not a bad token: it belongs to somebody else's organisation."""
    assert classify(status, body, effect) == Rejected(why)


MARKED = st.sampled_from(sorted({text for _, _, text, _ in REFUSED}))
BODIES = st.one_of(st.text(), MARKED, st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
ENVELOPES = st.dictionaries(st.sampled_from(["error", "message", "status"]), st.text() | st.none() | st.integers())


@given(st.integers(100, 599), st.one_of(BODIES, ENVELOPES.map(json.dumps)), st.sampled_from([*EFFECTS, *APP_EFFECTS]))
@example(400, "[" * 100_000, CREATE_MACHINE)
@example(400, "1" * 5_000, CREATE_MACHINE)
def test_no_answer_makes_it_raise_or_say_more_than_it_knows(status: int, body: str, effect: Asked) -> None:
    """An exception would end a performer, and a server fault taken for a refusal would make a second machine."""
    outcome: Outcome = classify(status, body, effect)
    refusal = status in range(400, 500) and status != 408
    match outcome:
        case Rejected():
            assert refusal
            assert (outcome.status, outcome.text) == (status, body)
        case Done():
            assert refusal
            assert effect in {DELETE_MACHINE, DELETE_VOLUME, START_MACHINE}
        case Unknown():
            assert not refusal
            assert body in outcome.text
        case _:
            assert isinstance(outcome, StateElsewhere)
            assert (status, effect) == (408, AWAIT_STARTED)
