"""How the stand-in reaches the app: signed HTTP posts to its `/slack/events`, with knobs for hostile tests, or, once
the app has opened a socket, over that (`sockets.py`).

Signing as Slack does it: HMAC-SHA256 with the signing secret over `v0:timestamp:body`
(docs.slack.dev, verifying requests from Slack).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp

from bot.clock import Clock
from bot.demo.slack.sockets import SocketHub
from bot.rendering.slack_limits.numbers import ACKNOWLEDGE_SECONDS

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Parcel:
    """The exact bytes of one request to the app."""

    body: bytes
    content_type: str

    @staticmethod
    def event(payload: Mapping[str, Any]) -> Parcel:
        """An event: plain JSON."""
        return Parcel(json.dumps(payload).encode(), JSON)

    @staticmethod
    def interaction(payload: Mapping[str, Any]) -> Parcel:
        """A press, choice or submission: a form with one field `payload`."""
        return Parcel(urlencode({"payload": json.dumps(payload)}).encode(), FORM)

    @staticmethod
    def command(fields: Mapping[str, str]) -> Parcel:
        """A slash command: a form."""
        return Parcel(urlencode(fields).encode(), FORM)

    def opened(self) -> tuple[str, dict[str, Any]]:
        """The kind of envelope and the payload that the same thing has over a socket."""
        if self.content_type == JSON:
            return "events_api", json.loads(self.body)
        fields = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return ("interactive", json.loads(fields["payload"])) if "payload" in fields else ("slash_commands", fields)


@dataclass(frozen=True)
class Signing:
    """How a parcel is signed. The defaults are honest; a test may lie about any of it."""

    at: datetime | None = None
    timestamp: str | None = None
    signature: str | None = None
    secret: str | None = None
    unsigned: bool = False


@dataclass(frozen=True)
class Delivery:
    """What became of one request: the app's answer, or silence (`status` 0) and why."""

    status: int
    body: str = ""
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def ok(self) -> bool:
        """Slack counts 200 within three seconds as handled."""
        return self.status == 200

    def json(self) -> dict[str, Any]:
        """The answer as an object; empty when there is none."""
        try:
            found = json.loads(self.body) if self.body.strip() else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class AppDoor:
    """The app's address and secret. `url` may be changed at any time, as after a restart on another port."""

    url: str
    signing_secret: str
    clock: Clock
    patience: float = ACKNOWLEDGE_SECONDS
    path: str = "/slack/events"
    sockets: SocketHub | None = None

    async def send(
        self, parcel: Parcel, *, signing: Signing | None = None, headers: Mapping[str, str] | None = None
    ) -> Delivery:
        """Delivers one parcel and waits for the answer as long as Slack would. Never raises for what the app does.

        A parcel with a signature of its own always goes by HTTP, as a forger's would.
        """
        if self.sockets is not None and self.sockets.on and signing is None:
            return await self._by_socket(self.sockets, parcel, headers or {})
        sent = {"Content-Type": parcel.content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        sent |= self._signature(parcel.body, signing or Signing())
        sent |= dict(headers or {})
        begun = time.monotonic()
        try:
            limit = aiohttp.ClientTimeout(total=self.patience)
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(self.url.rstrip("/") + self.path, data=parcel.body, headers=sent) as answer,
            ):
                body = (await answer.read()).decode("utf-8", "replace")
                return Delivery(answer.status, body, time.monotonic() - begun, dict(answer.headers))
        except TimeoutError:
            return Delivery(0, seconds=time.monotonic() - begun, trouble="operation_timeout")
        except aiohttp.ClientError as broken:
            return Delivery(0, seconds=time.monotonic() - begun, trouble=f"http_error ({type(broken).__name__})")

    async def send_times(
        self,
        parcel: Parcel,
        times: int,
        *,
        signing: Signing | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Delivery]:
        """The same bytes several times at once."""
        each = (self.send(parcel, signing=signing, headers=headers) for _ in range(times))
        return list(await asyncio.gather(*each))

    async def _by_socket(self, sockets: SocketHub, parcel: Parcel, headers: Mapping[str, str]) -> Delivery:
        kind, payload = parcel.opened()
        attempt = int(headers.get("X-Slack-Retry-Num", 0))
        begun = time.monotonic()
        said = await sockets.send(kind, payload, patience_s=self.patience, attempt=attempt)
        seconds = time.monotonic() - begun
        if said is None:
            return Delivery(0, seconds=seconds, trouble="operation_timeout")
        return Delivery(200, json.dumps(said) if said else "", seconds)

    def _signature(self, body: bytes, signing: Signing) -> dict[str, str]:
        if signing.unsigned:
            return {}
        stamp = signing.timestamp
        if stamp is None:
            stamp = str(int((signing.at or self.clock()).timestamp()))
        secret = signing.secret if signing.secret is not None else self.signing_secret
        digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signing.signature if signing.signature is not None else f"v0={digest}",
        }
