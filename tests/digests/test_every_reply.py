"""Every code of reference/email-delivery.md section 4.7 at every stage: what becomes of the message, the edition, the relay.

One bulletin message at a time meets one reply; then the relay is well again, and what was not refused for good arrives.
"""

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes

import pytest

from handlers import connections
from handlers.sending import RUNNING
from storage.switches import SENDING
from storage.tables.deliveries import Delivery, DeliveryState, Lane
from storage.tables.people import Person
from tests.digests.conftest import House
from tests.smtp_sink import Rule, Stage, running_sink

SOON, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ENVELOPE: tuple[Stage, ...] = ("MAIL", "RCPT", "DATA", "BODY")
BEFORE: tuple[Stage, ...] = ("GREETING", "EHLO", "STARTTLS", "AUTH")


@dataclass(frozen=True)
class End:
    """Where it ends: the row, whether its address is written to again, its edition, the breaker."""

    state: DeliveryState
    tries: int
    wait: timedelta | None = None
    doubts: int = 0
    suppressed: bool = False
    paused: bool = False
    breaker: str = "closed"


AT_NO_COST = End(DeliveryState.QUEUED, 0, SOON)
YES = End(DeliveryState.SENT, 1)
LATER = End(DeliveryState.QUEUED, 1, A_MINUTE)
DOUBT = End(DeliveryState.QUEUED, 1, A_MINUTE, doubts=1)
NO = End(DeliveryState.FAILED, 1)
NOBODY = End(DeliveryState.FAILED, 1, suppressed=True)
TOO_BIG = End(DeliveryState.FAILED, 1, paused=True)
NOT_US = End(DeliveryState.QUEUED, 1, A_MINUTE, breaker="open")
NOT_US_AT_ALL = End(DeliveryState.QUEUED, 0, SOON, breaker="open")

REPLIES: dict[str, tuple[End, End, End, End]] = {
    # at MAIL, RCPT, DATA and after the dot
    "421 4.3.2 shutting down": (AT_NO_COST,) * 4,
    "421 4.3.2 shutting down and gone": (AT_NO_COST,) * 4,
    "450 4.2.1 mailbox busy": (LATER,) * 4,
    "451 4.7.1 greylisted, come again": (LATER,) * 4,
    "452 4.3.1 out of room": (LATER,) * 4,
    "432 4.3.2 concurrent connections limit exceeded": (LATER,) * 4,
    "454 4.7.0 temporary failure": (LATER,) * 4,
    "552 5.3.4 message too big": (TOO_BIG,) * 4,
    "552 too big": (TOO_BIG, LATER, TOO_BIG, TOO_BIG),  # RFC 5321 4.5.3.1.10: at RCPT too many recipients
    "552 5.2.2 mailbox full": (NOT_US, NO, NO, NO),
    "550 5.1.1 no such person": (NOT_US, NOBODY, NOBODY, NOBODY),
    "551 5.1.6 moved away": (NOT_US, NOBODY, NOBODY, NOBODY),
    "553 5.1.3 bad address": (NOT_US, NOBODY, NOBODY, NOBODY),
    "550 no such person": (NOT_US, NOBODY, NO, NO),
    "550 5.7.1 relaying denied": (NOT_US,) * 4,
    "550 5.7.515 does not meet the required authentication level": (NOT_US,) * 4,
    "550 5.7.133 only members may write to this group": (NO,) * 4,
    "550 5.4.5 daily sending quota exceeded": (NOT_US,) * 4,
    "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; quota exceeded": (NOT_US,) * 4,
    "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiException": (NOT_US,) * 4,
    "550 5.1.90 you've reached your daily limit for message recipients": (NOT_US,) * 4,
    "550 5.2.254 sender throttled due to continuous too many recipients errors": (NOT_US,) * 4,
    "554 5.2.0 something of that mailbox": (NOT_US, NO, NO, NO),
    "535 5.7.8 wrong name or password": (NOT_US,) * 4,
    "530 5.7.0 sign in first": (NOT_US,) * 4,
    "554 5.6.0 bad content": (NOT_US, NO, NO, NO),
    "500 5.5.1 what?": (NOT_US, NO, NO, NO),
    "HTTP/1.1 400 Bad Request": (AT_NO_COST, AT_NO_COST, AT_NO_COST, DOUBT),
    "two hundred and fifty": (AT_NO_COST, AT_NO_COST, AT_NO_COST, DOUBT),
    "299 fine": (YES, YES, AT_NO_COST, YES),
    "354 go on and on": (AT_NO_COST, AT_NO_COST, YES, DOUBT),
    "199 what is this": (AT_NO_COST, AT_NO_COST, AT_NO_COST, DOUBT),
    "700 what is this": (AT_NO_COST, AT_NO_COST, AT_NO_COST, DOUBT),
}
GREETED: dict[str, End] = {
    "421 4.3.2 too many connections": AT_NO_COST,
    "450 4.2.1 not now": AT_NO_COST,
    "454 4.7.0 not now": AT_NO_COST,
    "550 5.7.1 you are blocked": NOT_US_AT_ALL,
    "530 5.7.0 no": NOT_US_AT_ALL,
    "535 5.7.8 no": NOT_US_AT_ALL,
    "554 5.3.2 no service here": NOT_US_AT_ALL,
    "HTTP/1.1 400 Bad Request": AT_NO_COST,
}
NUMBERS = itertools.count(1)


@pytest.mark.parametrize("pipelining", [False, True], ids=["one by one", "in groups"])
@pytest.mark.parametrize("stage", ENVELOPE)
async def test_a_message_that_met_this_reply_ends_where_it_should(
    sqlite_house: House, stage: Stage, pipelining: bool
) -> None:
    place = ENVELOPE.index(stage)
    async with running_sink(pipelining=pipelining) as sink:
        sqlite_house.sink = sink
        await all_end(sqlite_house, stage, {reply: ends[place] for reply, ends in REPLIES.items()})


@pytest.mark.parametrize("stage", BEFORE)
async def test_a_relay_that_refuses_before_it_hears_of_the_message_costs_the_message_nothing(
    sqlite_house: House, stage: Stage
) -> None:
    sign_in = ("herald", "correct") if stage in ("STARTTLS", "AUTH") else None
    async with running_sink(starttls=sign_in is not None, sign_in=sign_in) as sink:
        sqlite_house.sink = sink
        sqlite_house.relay_url = sink.url.replace("smtp://", "smtp://herald:correct@") if sign_in else ""
        await all_end(sqlite_house, stage, GREETED)


@dataclass(frozen=True)
class Met:
    """A reader whose copy of an edition met a reply."""

    reader: Person
    about: str
    reply: str
    end: End


async def all_end(house: House, stage: Stage, ends: dict[str, End]) -> None:
    """Each reply meets one reader's copy: in one run where the relay knows the reader and its breaker stays closed."""
    house.connections = 1
    everybody = []
    together = {}
    for reply, end in ends.items():
        if stage in ("RCPT", "DATA", "BODY") and end.breaker == "closed":
            together[reply] = end
        else:
            everybody += await meet(house, stage, {reply: end})
    everybody += await meet(house, stage, together)
    await mended(house, everybody)
    for met in everybody:
        await house.tell(met.reader, f"{met.about}:next", lane=Lane.BULLETIN)
    await house.drain().run_once()
    for met in everybody:
        next_one = await house.row(f"{met.about}:next")
        assert (next_one.state == DeliveryState.SUPPRESSED) is met.end.suppressed, (stage, met.reply, next_one.state)


async def meet(house: House, stage: Stage, ends: dict[str, End]) -> list[Met]:
    """A run in which these replies meet one copy each; those between them show that the relay is well otherwise."""
    everybody = []
    for reply, end in ends.items():
        number = next(NUMBERS)
        met = Met(await house.person(f"Reader {number}"), f"bulletin:{number}", reply, end)
        everybody.append(met)
        await house.tell(met.reader, met.about, lane=Lane.BULLETIN)
        house.sink.rules.append(Rule(stage, reply=reply, recipient=met.reader.email if len(ends) > 1 else "*"))
        if len(ends) > 1:
            await house.tell(await house.person(f"Between {number}"), f"between:{number}", lane=Lane.BULLETIN)
    await house.drain().run_once()
    for met in everybody:
        row = await house.row(met.about)
        assert await stands(house, row, met.end) == met.end, (stage, met.reply, row.last_reply)
    house.sink.behave()
    return everybody


async def stands(house: House, row: Delivery, expected: End) -> End:
    """Where a message stands now; whether its address is written to again is seen later, when somebody does."""
    assert row.lease is None
    async with house.store.reading() as uow:
        light = json.loads(await uow.switches.value(connections.MAIL) or "{}")
        paused = row.about in await uow.switches.paused_subjects()
    wait = row.due_at - house.clock.now if row.state == DeliveryState.QUEUED else None
    state = DeliveryState(row.state)
    return End(state, row.attempts, wait, row.doubts, expected.suppressed, paused, light["state"])


async def mended(house: House, everybody: list[Met]) -> None:
    """What was not refused for good arrives, once, as the message that it was from the beginning."""
    before = {met.about: (await house.row(met.about)).message_id for met in everybody}
    async with house.store.transaction() as uow:
        for met in everybody:
            await uow.switches.set(f"{SENDING}:{met.about}", RUNNING)
    house.clock.move(minutes=6)
    await house.drain().run_once()
    came = Counter(str(message_from_bytes(mail.raw)["Message-ID"]) for mail in house.sink.mails)
    for met in everybody:
        now = await house.row(met.about)
        refused = met.end.state == DeliveryState.FAILED
        assert now.state == (DeliveryState.FAILED if refused else DeliveryState.SENT), met.reply
        assert came[now.message_id or ""] == (0 if refused else 1), met.reply
        assert now.message_id == before[met.about]
