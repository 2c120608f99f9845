"""The HTTP door of the stand-in's Web API: tokens, scopes, faults, forms and JSON, then one function per method."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.demo.slack import chat, view_methods
from bot.demo.slack.faults import Fault, Garbled, Hang, RateLimited, Refuses, Reset, ServerError
from bot.demo.slack.records import Call, Json, SlackRefusal
from bot.demo.slack.responses import use_response_address
from bot.demo.slack.workspace import Workspace

_STRUCTURED = {"blocks", "view", "attachments", "metadata"}  # JSON text inside a form


@dataclass(frozen=True)
class _Method:
    run: Callable[[Workspace, Mapping[str, Any]], Json]
    scope: str = ""
    app_token: bool = False


def _open_connection(workspace: Workspace, _given: Mapping[str, Any]) -> Json:
    """apps.connections.open: an address for one socket, to be used once."""
    if not workspace.sockets.address:
        raise SlackRefusal("access_denied", messages=("Socket Mode is not turned on",))
    return {"url": workspace.sockets.new_address()}


METHODS: dict[str, _Method] = {
    "apps.connections.open": _Method(_open_connection, app_token=True),
    "auth.test": _Method(chat.auth_test),
    "chat.postEphemeral": _Method(chat.post_ephemeral, "chat:write"),
    "chat.postMessage": _Method(chat.post_message, "chat:write"),
    "chat.update": _Method(chat.update, "chat:write"),
    "conversations.history": _Method(chat.history, "im:history"),
    "conversations.open": _Method(chat.open_conversation, "im:write"),
    "users.info": _Method(chat.users_info, "users:read"),
    "users.list": _Method(chat.users_list, "users:read"),
    "users.lookupByEmail": _Method(chat.lookup_by_email, "users:read.email"),
    "views.open": _Method(view_methods.open_view),
    "views.publish": _Method(view_methods.publish_view),
    "views.push": _Method(view_methods.push_view),
    "views.update": _Method(view_methods.update_view),
}


def web_api(workspace: Workspace) -> APIRouter:
    """Routes `/api/{method}` and `/response/{key}`, to be used by slack_sdk with `base_url=…/api/`."""
    router = APIRouter()

    @router.api_route("/api/{method}", methods=["GET", "POST"], include_in_schema=False)
    async def call(method: str, request: Request) -> Response:
        try:
            given, token = await _arguments(request)
        except SlackRefusal as refused:
            return _log(workspace, method, {}, _refused(refused), refused.code)
        fault = workspace.faults.take(method, given)
        early = await _fail_early(fault)
        if early is not None:
            return _log(workspace, method, given, early, type(fault).__name__)
        answer, error = _answer(workspace, method, given, token)
        if isinstance(fault, Hang):
            await asyncio.sleep(fault.seconds)
        elif isinstance(fault, Reset):
            answer, error = _Broken(), "Reset"
        elif isinstance(fault, Garbled):
            answer, error = _garbled(), "Garbled"
        return _log(workspace, method, given, answer, error)

    @router.post("/response/{key}", include_in_schema=False)
    async def respond(key: str, request: Request) -> Response:
        try:
            use_response_address(workspace, key, await request.body())
        except SlackRefusal as refused:
            return _refused(refused)
        return PlainTextResponse("ok")

    return router


def _answer(workspace: Workspace, method: str, given: Json, token: str) -> tuple[Response, str]:
    try:
        known = METHODS.get(method)
        if known is None:
            raise SlackRefusal("unknown_method")
        _authorise(workspace, token, known)
        return JSONResponse({"ok": True, **known.run(workspace, given)}), ""
    except SlackRefusal as refused:
        return _refused(refused), refused.code


def _authorise(workspace: Workspace, token: str, method: _Method) -> None:
    scope = method.scope
    if not token:
        raise SlackRefusal("not_authed")
    if method.app_token:
        if token not in workspace.app_tokens:
            raise SlackRefusal("not_allowed_token_type" if token in workspace.tokens else "invalid_auth")
        return
    if token not in workspace.tokens:
        raise SlackRefusal("token_revoked" if token == workspace.app.bot_token else "invalid_auth")
    if scope and scope not in workspace.app.scopes:
        raise SlackRefusal("missing_scope", messages=(f"needed: {scope}",))


async def _arguments(request: Request) -> tuple[Json, str]:
    """Query, form or JSON as one set of arguments, and the token from the header or among them."""
    given: Json = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if body and kind == "application/json":
        given |= _json(body)
    elif body and kind == "application/x-www-form-urlencoded":
        given |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif body:
        raise SlackRefusal("invalid_post_type")
    for key in _STRUCTURED & set(given):
        if isinstance(given[key], str):
            given[key] = _structure(key, given[key])
    bearer = request.headers.get("authorization", "")
    token = bearer.removeprefix("Bearer ").strip() if bearer.startswith("Bearer ") else ""
    return given, str(given.pop("token", "")) or token


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError as broken:
        raise SlackRefusal("invalid_json") from broken
    if not isinstance(found, dict):
        raise SlackRefusal("json_not_object")
    return found


def _structure(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as broken:
        code = "invalid_blocks_format" if key == "blocks" else "invalid_arguments"
        raise SlackRefusal(code, messages=(f"[ERROR] {key} is not JSON",)) from broken


async def _fail_early(fault: Fault | None) -> Response | None:
    """The answer of a fault that strikes before the work is done; None when the work goes ahead."""
    match fault:
        case RateLimited(retry_after=seconds):
            return _refused(SlackRefusal("ratelimited", status=429, retry_after=seconds))
        case ServerError(status=status):
            return PlainTextResponse("", status_code=status)
        case Refuses(code=code):
            return _refused(SlackRefusal(code))
        case Hang(seconds=seconds, done=False):
            await asyncio.sleep(seconds)
            return PlainTextResponse("", status_code=503)
        case Reset(done=False):
            return _Broken()
        case Garbled(done=False):
            return _garbled()
        case _:
            return None


def _refused(refused: SlackRefusal) -> Response:
    body: Json = {"ok": False, "error": refused.code}
    if refused.messages:
        body["response_metadata"] = {"messages": list(refused.messages)}
        body["errors"] = [message.removeprefix("[ERROR] ") for message in refused.messages]
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after is not None else None
    return JSONResponse(body, status_code=refused.status, headers=headers)


def _log(workspace: Workspace, method: str, given: Json, answer: Response, error: str) -> Response:
    workspace.log.append(Call(workspace.clock(), method, given, answer.status_code, error))
    return answer


def _garbled() -> Response:
    return PlainTextResponse("<html>Please sign in to the network", media_type="text/html")


class _Broken(Response):
    """Promises a body and closes the connection instead, which a client meets as a broken connection."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
