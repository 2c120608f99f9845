"""Hands one message to Slack and says what became of it: typed outcomes, no exception for what a network does.

Sources: docs.slack.dev (chat.postMessage, chat.update, rate limits), reference/slack-web-security.md section 2. One
message a second and channel; `Retry-After` is honoured for everybody, because the limit is the workspace's.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.rendering.slack_limits import MESSAGES_PER_SECOND
from digests.compose import SlackMessage

TIMEOUT_S: Final = 15
LONGEST_WAIT_S: Final = 300.0
REMEMBERED_CHANNELS: Final = 2000
MESSAGE_EVENT: Final = "herald_message"

TOKEN_TROUBLE: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""Slack refuses us, whoever the message is for: somebody has to mend the installation."""

PASSING: Final = frozenset(
    {"internal_error", "rollup_error", "service_unavailable", "team_added_to_org", "request_timeout"}
)
MAYBE_DONE: Final = frozenset({"fatal_error"})
"""docs.slack.dev: "it's possible some aspect of the operation succeeded before the error was raised"."""

CANNOT_REWRITE: Final = frozenset(
    {"cant_update_message", "channel_not_found", "edit_window_closed", "is_inactive", "message_not_found"}
)


@dataclass(frozen=True, slots=True)
class Posted:
    """Slack has it; `name` is `channel/ts`, by which it can be rewritten."""

    name: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `wait_s` is what Slack asked for; None when it gave no time."""

    reason: str
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No connection: Slack has certainly not taken the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer never came: Slack may or may not have posted it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Slack will never take this message for this person: another channel has to."""

    reason: str


@dataclass(frozen=True, slots=True)
class ShutOut:
    """Slack refuses us altogether."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resting:
    """Slack was not asked, because it did not answer, or `refused` us, just now; it is asked again in `wait_s`."""

    reason: str
    wait_s: float
    refused: bool = False


SlackOutcome = Posted | Later | Unreachable | Unclear | Unwanted | ShutOut | Resting


class SlackSender:
    """Posts and rewrites direct messages, paced. One for the whole process: it holds the pace of every channel."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        clock: Clock,
        timeout_s: float = TIMEOUT_S,
        per_second: float = MESSAGES_PER_SECOND,
    ) -> None:
        """`client` keeps token and address; its own retries are left out here, since they would post twice.

        `clock` measures the patience that Slack asks for, as the due times of the rows do; `per_second` is how many
        messages one channel may have.
        """
        self._apart_s = 1.0 / per_second
        self._client = AsyncWebClient(
            token=client.token,
            base_url=client.base_url,
            timeout=max(1, round(timeout_s)),
            ssl=client.ssl,
            proxy=client.proxy,
            retry_handlers=[],
        )
        self._timeout_s = timeout_s
        self._next_for: dict[str, float] = {}
        self._clock = clock
        self._hold_until = datetime.min.replace(tzinfo=UTC)

    async def send(
        self, channel: str, message: SlackMessage, *, rewrite: str | None = None, reference: str = ""
    ) -> SlackOutcome:
        """Rewrites the earlier message named `channel/ts` where that can be done; otherwise posts a new one.

        `reference` is the same whenever this message is sent again: two copies are known by it (message metadata).
        """
        hold = (self._hold_until - self._clock()).total_seconds()
        if 0 < hold <= LONGEST_WAIT_S:  # longer: the clock was put back meanwhile
            return Later("Slack asked for patience", hold)
        await self._pace(channel)
        content: dict[str, object] = {"text": message.text, "blocks": list(message.blocks)}
        if reference:
            content["metadata"] = {"event_type": MESSAGE_EVENT, "event_payload": {"reference": reference}}
        if rewrite is not None:
            where, _, ts = rewrite.partition("/")
            outcome = await self._call("chat.update", {"channel": where, "ts": ts, **content})
            if not (isinstance(outcome, Unwanted) and outcome.reason in CANNOT_REWRITE):
                return outcome
        plain = {"unfurl_links": False, "unfurl_media": False}
        return await self._call("chat.postMessage", {"channel": channel, **content, **plain})

    async def _call(self, method: str, arguments: Mapping[str, Any]) -> SlackOutcome:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._client.api_call(method, json=dict(arguments))
        except SlackApiError as refused:
            return self._refused(refused)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            return Unreachable(type(problem).__name__)
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            return Unclear(type(problem).__name__)
        except SlackClientError as problem:
            return Later(type(problem).__name__)
        return Posted(f"{answer.get('channel')}/{answer.get('ts')}")

    def _refused(self, refused: SlackApiError) -> SlackOutcome:
        status, headers, code = _read(refused)
        if status == 429 or code == "ratelimited":
            wait = _seconds(headers)
            self._hold_until = self._clock() + timedelta(seconds=wait)
            return Later("ratelimited", wait)
        if status >= 500 or code in PASSING:
            return Later(code or f"HTTP {status}")
        if not code or code in MAYBE_DONE:
            return Unclear(code or f"HTTP {status} without an answer that can be read")
        return ShutOut(code) if code in TOKEN_TROUBLE else Unwanted(code)

    async def _pace(self, channel: str) -> None:
        now = _monotonic()
        turn = max(now, self._next_for.get(channel, 0.0))
        if len(self._next_for) > REMEMBERED_CHANNELS:
            self._next_for = {name: at for name, at in self._next_for.items() if at > now}
        self._next_for[channel] = turn + self._apart_s
        if turn > now:
            await asyncio.sleep(turn - now)


def _read(refused: SlackApiError) -> tuple[int, Mapping[str, Any], str]:
    """Status, headers and error code. The answer is a SlackResponse, or aiohttp's own when it was no JSON."""
    response: Any = refused.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 200))
    body = getattr(response, "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    return status, getattr(response, "headers", None) or {}, str(code or "")


def _seconds(headers: Mapping[str, Any]) -> float:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    try:
        return min(max(float(str(given)), 1.0), LONGEST_WAIT_S)
    except ValueError:
        return 30.0


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
