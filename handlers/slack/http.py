"""Slack over HTTP: proves the bytes before anything reads them, then hands them to Bolt.

Bolt's own check parses the body first, logs the body of a forged request, and answers 500 for a stamp that is no number
(reference/slack-web-security.md section 2): so the check is made here, with slack_sdk's verifier and our own clock.
"""

import binascii
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from bot.clock import Clock

LOG = logging.getLogger("herald.slack")
VERIFIED = "herald_verified"
PARTS = ("event", "user", "team", "channel", "container", "message", "view")
INTERACTION = b"payload="
LARGEST_BYTES = 1_000_000  # a view is at most 250 kB; form encoding makes at most three bytes of one


@dataclass(frozen=True, slots=True)
class Answered:
    """What to send back over HTTP."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Verifier:
    """Says whether a request was signed by Slack within the last five minutes (HMAC-SHA256, constant time).

    Without a secret, as in Socket Mode, no request is.
    """

    def __init__(self, signing_secret: str, *, clock: Clock) -> None:
        self._verifier = SignatureVerifier(signing_secret, clock=_Seconds(clock)) if signing_secret else None

    def proves(self, headers: Mapping[str, str], body: bytes) -> bool:
        """False for a request that is forged, altered, old, of the future, or not signed at all; it never raises."""
        named = {name.lower(): value for name, value in headers.items()}
        stamp, signature = named.get("x-slack-request-timestamp", ""), named.get("x-slack-signature", "")
        if self._verifier is None or not (
            stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and signature.isascii()
        ):
            return False
        try:
            return self._verifier.is_valid(body, stamp, signature)
        except UnicodeDecodeError:
            return False


async def hear(bolt: AsyncApp, verifier: Verifier, *, headers: Mapping[str, str], body: bytes) -> Answered:
    """Answers one `POST /slack/events`."""
    if len(body) > LARGEST_BYTES:
        return Answered(413)
    if not verifier.proves(headers, body):
        LOG.warning("A request that Slack has not signed was refused")
        return Answered(401)
    try:
        request = AsyncBoltRequest(body=_readable(body), headers=dict(headers), context={VERIFIED: True})
    except Exception as problem:  # Bolt takes Slack's shapes for granted: KeyError, RecursionError, whatever there is
        LOG.warning("A signed request could not be read (%s)", type(problem).__name__)
        return Answered(400)
    if not has_the_shape(request.body):
        LOG.warning("A signed request did not have the shape of Slack's")
        return Answered(400)
    try:
        answered = await bolt.async_dispatch(request)
    except Exception as problem:  # our listeners answer what they raise: this is Bolt reading
        LOG.warning("A signed request could not be told apart (%s)", type(problem).__name__)
        return Answered(400)
    return Answered(answered.status, answered.body, answered.first_headers_without_set_cookie())


def _readable(body: bytes) -> str:
    """An interaction's JSON, which Bolt reads as it is; anything else as it came.

    The form encoding of a view is mostly `%22`, which urllib undoes piece by piece in Python: ten times the cost of
    reading the JSON. Quoted-printable is the same encoding with another sign, and C code (decision 9).
    """
    if not body.startswith(INTERACTION) or b"&" in body or b"\n" in body or b"\r" in body:
        return body.decode()
    quoted = body.removeprefix(INTERACTION).replace(b"=", b"%3D").replace(b"+", b" ").replace(b"%", b"=")
    said = binascii.a2b_qp(quoted).decode()
    return said if said.startswith("{") else body.decode()


def has_the_shape(body: object) -> bool:
    """Whether the parts that Slack sends as objects are objects, and names are words; Bolt takes that for granted."""
    if not isinstance(body, Mapping):
        return False
    parts = {part: body[part] for part in PARTS if body.get(part) is not None}
    actions = body.get("actions") or []
    if not isinstance(actions, list) or not all(isinstance(each, Mapping) for each in (*parts.values(), *actions)):
        return False
    names = [action.get("action_id") for action in actions]
    names += [parts["event"].get("type")] if "event" in parts else []
    names += [parts["view"].get("callback_id", "")] if "view" in parts else []
    return all(isinstance(name, str) for name in names)


class _Seconds(SignatureClock):
    """Our clock as slack_sdk wants it: seconds since 1970."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """The present instant."""
        return self._clock().timestamp()
