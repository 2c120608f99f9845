"""Whether Herald reaches the outside, and the outside Herald: the lights that `/ops`, health and metrics show.

The drain switches the lights of the relay and of Slack; whoever holds a socket to Slack switches its light. They stand
in the database, because the process that shows them is often another one.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.rules.reply_words import in_words
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

LOG = logging.getLogger("herald.connections")
MAIL: Final = "relay:mail"
SLACK: Final = "relay:slack"
SOCKET: Final = "socket:slack"
"""Switches. The relays' hold a breaker as JSON (`closed` is well); the socket's says when one was last open."""

TRY_MAIL_NOW: Final = "relay:mail:try-now"
"""A switch that holds when somebody last asked to try a resting relay at once; each worker hears of it within 0.3 s."""

KEPT_FOR: Final = timedelta(seconds=15)
CLOSED_TOO_LONG: Final = timedelta(seconds=40)
NO_WAY_OUT: Final = "Neither mail nor Slack takes messages: ring the people whom an alert should reach."


@dataclass(frozen=True, slots=True)
class Light:
    """One way in or out. `problem` is a sentence that says what to do, empty when it is up."""

    name: str
    up: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """Why mail rests: the relay refuses us, does not answer, or puts off too much (email-delivery.md section 4.8).

    `trying`: one message is under way to see whether it is well again.
    """

    reason: str
    last_reply: str
    retry_at: datetime | None
    trying: bool

    @property
    def words(self) -> str:
        """What is wrong and what to do, in plain words; without times."""
        meaning = in_words(self.last_reply)
        return f"Mail rests: {self.reason or 'the relay does not answer'}. {meaning}".strip()


async def mail_rest(uow: UnitOfWork) -> Rest | None:
    """Why mail rests just now; None while it flows."""
    light = await _read(uow, MAIL)
    if not light or light.get("state") == "closed":
        return None
    retry_at = str(light.get("retry_at") or "")
    return Rest(
        reason=str(light.get("reason") or ""),
        last_reply=str(light.get("last_reply") or ""),
        retry_at=datetime.fromisoformat(retry_at) if retry_at else None,
        trying=light.get("state") == "half-open",
    )


async def try_mail_now(uow: UnitOfWork, *, by: Person) -> None:
    """Ends the relay's rest in every worker: one message goes to see. Harmless while mail flows."""
    await uow.switches.set(TRY_MAIL_NOW, uow.now.isoformat())
    uow.audit.add("mail.tried-now", thing="sending", by=by)


async def lights(uow: UnitOfWork) -> tuple[Light, ...]:
    """The ways that are in use: `mail`, `slack`, and `socket` where Slack reaches Herald by Socket Mode."""
    mail, slack = await _read(uow, MAIL), await _read(uow, SLACK)
    found = []
    if mail:
        found.append(_relay("mail", mail, "Mail rests: {reason}. Check the relay; what waits goes by itself."))
    if slack:
        found.append(
            _relay(
                "slack", slack, "Messages do not reach Slack ({reason}). Check the app's tokens and status.slack.com."
            )
        )
    socket = await _read(uow, SOCKET)
    if socket and socket.get("state") != "stopped":
        found.append(_socket(socket, uow.now))
    return tuple(found)


async def troubles_of(uow: UnitOfWork) -> list[str]:
    """What is wrong with the ways, the worst first, in sentences for the operations team."""
    ways = await lights(uow)
    return list(dict.fromkeys([*alarms(ways), *(way.problem for way in ways if not way.up)]))


def alarms(ways: Iterable[Light]) -> list[str]:
    """What a supervisor has to hear: there is no way out at all, or none in from Slack."""
    shut = {way.name: way.problem for way in ways if not way.up}
    no_way_out = {"mail", "slack"} <= shut.keys()
    return [*([NO_WAY_OUT] if no_way_out else []), *(shut[name] for name in ("socket",) if name in shut)]


class SocketLight:
    """Switches the light of the sockets. One open socket of any process is enough to be heard."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written_at: datetime | None = None

    async def opened(self) -> None:
        """A socket is open now."""
        await self._write(state="open")

    async def keep(self) -> None:
        """It is still open; written down four times a minute at most."""
        now = self._store.clock()
        if self._written_at is None or not timedelta(0) <= now - self._written_at < KEPT_FOR:
            await self.opened()

    async def shut(self, reason: str) -> float:
        """This process has none, and why. Returns for how many seconds there has been none anywhere."""
        return await self._write(state="shut", reason=reason)

    async def stopped(self) -> None:
        """This process wants none any more."""
        await self._write(state="stopped")

    async def _write(self, *, state: str, reason: str = "") -> float:
        try:
            async with self._store.transaction(intake=True) as uow:  # never long in the way of what people send
                seen = _instant(await _read(uow, SOCKET), uow.now) if state == "shut" else uow.now
                light = {"state": state, "reason": reason, "open_at": seen.isoformat()}
                await uow.switches.set(SOCKET, json.dumps(light))
                self._written_at = uow.now
                return (uow.now - seen).total_seconds()
        except Exception as problem:  # a light that cannot be switched must not cut the connection
            LOG.warning("The light of Slack's socket cannot be switched (%s)", type(problem).__name__)
            return 0.0


def _relay(name: str, light: dict[str, Any], words: str) -> Light:
    up = light.get("state") == "closed"
    return Light(name, up, "" if up else words.format(reason=light.get("reason") or "it does not answer"))


def _socket(light: dict[str, Any], now: datetime) -> Light:
    shut = now - _instant(light, now)
    if shut <= CLOSED_TOO_LONG:
        return Light("socket", True)
    reason = f" ({light['reason']})" if light.get("reason") else ""
    what = f"Slack's socket has been closed for {shut.total_seconds():.0f} s{reason}."
    return Light("socket", False, f"{what} Slack cannot reach Herald: see that herald serve runs, and its log.")


def _instant(light: dict[str, Any], now: datetime) -> datetime:
    """When a socket was last open; now, where none ever was or the light is of a clock ahead of ours."""
    if light.get("state") in (None, "stopped") or "open_at" not in light:
        return now
    return min(datetime.fromisoformat(str(light["open_at"])), now)


async def _read(uow: UnitOfWork, name: str) -> dict[str, Any]:
    text = await uow.switches.value(name)
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
