"""The routes under whatever their own description can be twisted into: every answer is one that it tells of.

Schemathesis draws requests, right and wrong ones, from the OpenAPI document that the controller serves.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from kiloclaw_adapters.controller import Controller, controlling, listen, url_of
from kiloclaw_adapters.controller.openapi import document

from . import suite

DRAWN = schemathesis.openapi.from_dict(document())
LOGS: list[suite.Lines] = []
ELSEWHERE: list[CheckFunction] = [
    not_a_server_error,  # 503 and 504 are answers that the description tells of; 500 is looked for below
    positive_data_acceptance,  # a code that could be one need not be pending
    negative_data_rejection,  # what stands in a query beside `refresh=true` is passed over, as upstream does
]
FAILING = 'case "$*" in *" list "*) echo "{}" ;; *) exit 1 ;; esac'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a controller that serves from a thread; at the end it must have gone down in order."""
    folder = tmp_path_factory.mktemp("fuzzed")
    ready, url, raised = threading.Event(), [""], []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()
    loop.set_exception_handler(lambda _, context: raised.append(context))

    async def serve() -> None:
        program = suite.script(folder / "claw", FAILING)
        how = suite.settings(suite.openclaw(folder, program), ("/bin/sleep", "600"))
        lines = suite.Lines()
        LOGS.append(lines)
        with listen() as listening:
            async with controlling(Controller(how, lines, pass_out=suite.unheard), listening):
                url[0] = url_of(listening)
                ready.set()
                await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(20), "the controller does not listen"
    yield url[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(30)
    assert not thread.is_alive()
    loop.close()
    assert raised == []


@DRAWN.parametrize()
@settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_tells_of(
    case: schemathesis.Case,  # type: ignore[type-arg]  # whatever kind of description it is drawn from
    base: str,
) -> None:
    """No 500, nothing that hangs, and nothing of a traceback in it."""
    answer = case.call(base_url=base, headers=dict(suite.BEARER), timeout=10.0)
    case.validate_response(answer, excluded_checks=ELSEWHERE)

    assert answer.status_code != 500
    assert "Traceback" not in answer.text


def test_after_all_that_it_is_as_well_as_before(base: str) -> None:
    """And its log holds none of what was asked."""
    with httpx.Client(base_url=base, headers=suite.BEARER, trust_env=False) as http:
        health = http.get("/_kilo/health").json()
        version = http.get("/_kilo/version")

    assert (health, version.status_code) == ({"status": "ok", "state": "ready"}, 200)
    assert suite.leaks(*LOGS) == []
