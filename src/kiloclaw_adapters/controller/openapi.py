"""The routes of the controller as an OpenAPI document, which it serves and which its tests are drawn from."""

from __future__ import annotations

from typing import Final, TypeAlias

from kiloclaw_core.pairing.names import CAPABILITY, CHANNEL, CODE, REQUEST

Json: TypeAlias = dict[str, object]

TEXT: Final[Json] = {"type": "string"}
WORDS: Final[Json] = {"type": "string", "minLength": 1}
NUMBER: Final[Json] = {"type": "integer"}
MAYBE_TEXT: Final[Json] = {"type": ["string", "null"]}
MAYBE_NUMBER: Final[Json] = {"type": ["integer", "null"]}
UNAVAILABLE: Final = 503


def shape(required: Json, optional: Json | None = None, *, others: bool = False) -> Json:
    """An object with these members."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": others,
    }


def whole(pattern: str) -> Json:
    """A text that matches from end to end."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def listed(one: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": one}


CHANNEL_REQUEST: Final = shape({"code": WORDS, "id": WORDS, "channel": WORDS}, {"meta": {}, "createdAt": TEXT})
DEVICE_REQUEST: Final = shape(
    {"requestId": WORDS, "deviceId": WORDS},
    {
        "role": TEXT,
        "roles": listed(TEXT),
        "platform": TEXT,
        "clientId": TEXT,
        "clientMode": TEXT,
        "ts": {"type": "number"},
    },
)
REFUSAL: Final = shape({"error": TEXT, "code": WORDS})
DENIAL: Final = shape({"error": TEXT})
STARTING: Final = shape({"error": TEXT, "code": {"const": "service_starting"}, "state": TEXT})
APPROVAL: Final = shape({"success": {"type": "boolean"}, "message": TEXT}, {"code": WORDS})
GATEWAY: Final = shape(
    {
        "state": {"enum": ["stopped", "starting", "running", "stopping", "crashed", "shutting_down"]},
        "pid": MAYBE_NUMBER,
        "uptime": NUMBER,
        "restarts": NUMBER,
        "lastExit": {
            "anyOf": [
                {"type": "null"},
                shape({"code": MAYBE_NUMBER, "signal": MAYBE_NUMBER, "at": MAYBE_TEXT}),
            ]
        },
    }
)
VERSION: Final = shape(
    {
        "version": TEXT,
        "commit": MAYBE_TEXT,
        "apiVersion": NUMBER,
        "capabilities": listed(whole(CAPABILITY.pattern)),
        "openclawVersion": MAYBE_TEXT,
        "openclawCommit": MAYBE_TEXT,
        "gateway": GATEWAY,
        "controllerState": TEXT,
    }
)
READY: Final = shape({"loadAverage": listed({"type": "number"}), "settled": {"type": "boolean"}}, others=True)
HEALTH: Final = shape({"status": {"const": "ok"}, "state": TEXT}, {"phase": TEXT, "error": TEXT})
DONE: Final = shape({"ok": {"const": True}})
STALE: Final[Json] = {
    "type": "boolean",
    "description": "That the list may be out of date: it was never read, or the last reading did not show all of it.",
}
REFRESH: Final[Json] = {
    "name": "refresh",
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "`true`, in these letters, has the list read anew first.",
}


def document() -> Json:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "The controller of a machine", "version": "1"},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
        "paths": {
            "/health": {"get": _open("Whether the controller is there", HEALTH)},
            "/_kilo/health": {"get": _open("Whether the controller is there", HEALTH)},
            "/_kilo/version": {"get": _asked("Who the controller is, and what it can do", {200: VERSION})},
            "/_kilo/openapi.json": {"get": _asked("This document", {200: {"type": "object"}})},
            "/_kilo/pairing/channels": {"get": _list("channels", CHANNEL_REQUEST)},
            "/_kilo/pairing/devices": {"get": _list("devices", DEVICE_REQUEST)},
            "/_kilo/pairing/channels/approve": {
                "post": _approve("a channel", {"channel": whole(CHANNEL.pattern), "code": whole(CODE.pattern)})
            },
            "/_kilo/pairing/devices/approve": {"post": _approve("a device", {"requestId": whole(REQUEST.pattern)})},
            "/_kilo/gateway/status": {"get": _asked("How the gateway is", {200: GATEWAY})},
            "/_kilo/gateway/ready": {"get": _asked("Whether the gateway serves", {200: READY, 502: READY, 503: READY})},
            "/_kilo/gateway/start": {"post": _asked("Have a gateway", {200: DONE, 409: REFUSAL})},
            "/_kilo/gateway/stop": {"post": _asked("Have none", {200: DONE, 409: REFUSAL})},
            "/_kilo/gateway/restart": {"post": _asked("Have another one", {200: DONE, 409: REFUSAL})},
        },
    }


def _answers(answers: dict[int, Json]) -> Json:
    return {
        str(status): {"description": "as it says", "content": {"application/json": {"schema": body}}}
        for status, body in answers.items()
    }


def _open(summary: str, body: Json) -> Json:
    return {"summary": summary, "security": [], "responses": _answers({200: body})}


def _asked(summary: str, answers: dict[int, Json]) -> Json:
    starting: Json = {"anyOf": [STARTING, *(answers[status] for status in answers if status == UNAVAILABLE)]}
    refusals = {401: DENIAL, 404: REFUSAL, 405: REFUSAL}
    return {"summary": summary, "responses": _answers({**refusals, **answers, UNAVAILABLE: starting})}


def _list(what: str, one: Json) -> Json:
    body = shape({"requests": listed(one), "lastUpdated": TEXT, "stale": STALE})
    return {**_asked(f"What {what} have pending", {200: body}), "parameters": [REFRESH]}


def _approve(what: str, fields: Json) -> Json:
    answers = dict.fromkeys((200, 400, 408, 413, 500, 503, 504), APPROVAL)
    body = {"required": True, "content": {"application/json": {"schema": shape(fields, others=True)}}}
    return {**_asked(f"Approve what {what} has pending", answers), "requestBody": body}
