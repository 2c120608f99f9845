"""Who is sent what, when, in which order; and what stops it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.policy import SMTP
from zoneinfo import ZoneInfo

from bot.rules.held_reasons import LEFT
from digests.batches import FEW
from digests.outbox import Drain, Drained
from storage.deliveries import Message, SendingPolicy
from storage.switches import PAUSED, SENDING
from storage.tables.deliveries import Channel, DeliveryState, Lane
from tests.digests.conftest import House

SATURDAY = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
MONDAY_AT_8 = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@asynccontextmanager
async def running(drain: Drain) -> AsyncIterator[None]:
    """A drain that works in the background while the block lasts."""
    stop = asyncio.Event()
    work = asyncio.create_task(drain.run_forever(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(work, 10)


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], *, seconds: float = 5.0) -> None:
    """Waits for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


async def test_a_reminder_waits_for_monday_morning_and_a_confirmation_does_not(house: House) -> None:
    ada = await house.person("Ada")
    house.clock.set(SATURDAY)
    await house.tell(ada, "nudge:1", kind="reminder", lane=Lane.ROUTINE)
    await house.tell(ada, "booked:1", lane=Lane.PROMPT)
    assert await house.drain().run_once() == Drained(sent=1, left=1)
    house.clock.set(MONDAY_AT_8 - timedelta(seconds=1))
    assert (await house.drain().run_once()).sent == 0
    house.clock.set(MONDAY_AT_8)
    assert await house.drain().run_once() == Drained(sent=1, left=0)


async def test_what_is_too_late_is_not_sent_and_says_so(house: House) -> None:
    ada = await house.person("Ada")
    await house.tell(ada, not_after=house.clock.now + timedelta(hours=1))
    house.clock.move(hours=2)
    assert await house.drain().run_once() == Drained(sent=0, left=0)
    row = await house.row()
    assert (row.state, row.last_reply) == (DeliveryState.CANCELLED, "its time was over before it could leave")


async def test_somebody_who_has_left_is_not_written_to(house: House) -> None:
    ada = await house.person("Ada")
    await house.tell(ada)
    async with house.store.transaction() as uow:
        person = await uow.people.get(ada.id)
        assert person is not None
        person.left_at = uow.now
    assert (await house.drain().run_once()).sent == 0
    assert (await house.row()).state == DeliveryState.CANCELLED


async def test_from_the_day_after_the_last_day_nothing_goes_to_somebody_who_leaves(house: House) -> None:
    last_day = house.clock.now.date()
    ada = await house.person("Ada", leaves_on=last_day)
    await house.tell(ada, "booked:1")
    assert (await house.drain().run_once()).sent == 1
    await house.tell(ada, "booked:2")
    house.clock.set(datetime.combine(last_day, time(23, 59), LONDON))
    house.clock.move(minutes=2)
    assert (await house.drain().run_once()).sent == 0
    row = await house.row("booked:2")
    assert (row.state, row.last_reply) == (DeliveryState.CANCELLED, LEFT)


async def test_somebody_who_is_away_still_gets_their_alert(house: House) -> None:
    ada = await house.person("Ada", away_until=(house.clock.now + timedelta(days=7)).date())
    await house.alert(ada)
    assert (await house.drain().run_once()).sent == 1


async def test_somebody_who_left_reminders_gets_none_but_everything_else(house: House) -> None:
    ada = await house.person("Ada", nudges=False)
    await house.tell(ada, "nudge:1", kind="reminder")
    await house.tell(ada, "booked:1")
    await house.alert(ada)
    assert (await house.drain().run_once()).sent == 2
    row = await house.row("nudge:1")
    assert (row.state, row.last_reply) == (DeliveryState.SUPPRESSED, "this person does not want reminders")


async def test_an_address_that_does_not_exist_is_written_to_once_but_alerts_go_on_trying(house: House) -> None:
    house.sink.refuse("RCPT", "550 5.1.1 no such person", recipient="ada@example.org")
    ada = await house.person("Ada")
    await house.tell(ada, "hello:1")
    await house.drain().run_once()
    await house.tell(ada, "hello:2")
    await house.drain().run_once()
    assert (await house.row("hello:1")).state == DeliveryState.FAILED
    assert (await house.row("hello:2")).state == DeliveryState.SUPPRESSED
    house.sink.behave()
    await house.alert(ada)
    assert (await house.drain().run_once()).sent == 1


async def test_practice_sends_to_staff_only_and_says_so_in_every_message(house: House) -> None:
    house.store.sending = SendingPolicy(live=False, slack=False)
    ada = await house.person("Ada")
    cara = await house.person("Cara", roles=["coordinator"])
    await house.tell(ada, "hello:1")
    await house.tell(cara, "hello:2")
    await house.alert(cara)
    assert (await house.drain().run_once()).sent == 2
    assert {mail.recipient for mail in house.sink.mails} == {"cara@example.org"}
    for mail in house.sink.mails:
        letter = message_from_bytes(mail.raw, policy=SMTP)
        for part in ("plain", "html"):
            body = letter.get_body((part,))
            assert "Herald is being tried out" in body.get_content()


async def test_a_message_queued_while_live_does_not_leave_in_practice(house: House) -> None:
    await house.tell(await house.person("Ada"))
    house.store.sending = SendingPolicy(live=False, slack=False)
    await house.drain().run_once()
    assert (await house.row()).state == DeliveryState.PRACTICE
    assert house.sink.mails == []


async def test_a_pause_works_within_a_second_and_nothing_is_left_claimed(house: House) -> None:
    house.sink.wait("BODY", 0.1)
    ada = await house.person("Ada")
    for number in range(60):
        await house.tell(ada, f"hello:{number}", about="hello")
    async with running(house.drain()):
        await until(lambda: len(house.sink.mails) >= 3)
        async with house.store.transaction() as uow:
            await uow.switches.set(SENDING, PAUSED)
        await asyncio.sleep(1.0)
        sent = len(house.sink.mails)
        await asyncio.sleep(0.5)
        assert len(house.sink.mails) == sent < 60
        counts = await _counts(house, "hello")
        assert counts == {"sent": sent, "queued": 60 - sent}
        async with house.store.transaction() as uow:
            await uow.switches.set(SENDING, "on")
        house.sink.behave()
        await until(lambda: len(house.sink.mails) == 60)
    assert await _counts(house, "hello") == {"sent": 60}


async def test_one_bulletin_can_be_paused_alone(house: House) -> None:
    ada = await house.person("Ada")
    await house.tell(ada, "a:1", about="2026-12-main", lane=Lane.BULLETIN)
    await house.tell(ada, "b:1", about="2026-12-training", lane=Lane.BULLETIN)
    async with house.store.transaction() as uow:
        await uow.switches.set(f"{SENDING}:2026-12-main", PAUSED)
    assert await house.drain().run_once() == Drained(sent=1, left=1)
    assert (await house.row("2026-12-main")).state == DeliveryState.QUEUED


async def test_an_alert_overtakes_a_bulletin_that_is_under_way(house: House) -> None:
    house.sink.wait("BODY", 0.05, recipient="ada@*")
    ada, ben = await house.person("Ada"), await house.person("Ben", roles=["manager"])
    for number in range(100):
        await house.tell(ada, f"edition:{number}", about="edition", lane=Lane.BULLETIN)
    async with running(house.drain(poll_s=1.0)):
        await until(lambda: len(house.sink.mails) >= 5)
        before = len(house.sink.mails)
        await house.alert(ben)
        await until(lambda: bool(house.sink.to("ben@example.org")), seconds=2.0)
        assert len(house.sink.mails) - before < 40


async def test_with_one_connection_the_most_urgent_still_goes_first(sqlite_house: House) -> None:
    house = sqlite_house
    house.connections = 1
    ada, ben = await house.person("Ada"), await house.person("Ben")
    for number in range(5):
        await house.tell(ada, f"edition:{number}", about="edition", lane=Lane.BULLETIN)
    await house.tell(ada, "booked:1", lane=Lane.PROMPT)
    await house.alert(ben)
    await house.drain().run_once()
    subjects = [message_from_bytes(mail.raw, policy=SMTP)["To"] for mail in house.sink.mails[:1]]
    assert "ben@example.org" in subjects[0]


async def test_two_drains_share_the_work_and_send_nothing_twice(house: House) -> None:
    ada = await house.person("Ada")
    for number in range(150):
        await house.tell(ada, f"hello:{number}", about="hello")
    both = await asyncio.gather(house.drain().run_once(), house.drain().run_once())
    assert sum(drained.sent for drained in both) == 150
    ids = [message_from_bytes(mail.raw)["Message-ID"] for mail in house.sink.mails]
    assert len(ids) == len(set(ids)) == 150


async def test_the_rate_is_kept_also_by_the_next_process(house: House) -> None:
    house.rate = "10/min"
    ada = await house.person("Ada")
    for number in range(30):
        await house.tell(ada, f"hello:{number}", about="hello")
    assert await house.drain().run_once() == Drained(sent=9, left=21)  # one of ten is kept for alerts
    assert (await house.drain().run_once()).sent == 0
    await house.alert(ada)
    assert (await house.drain().run_once()).sent == 1
    house.clock.move(seconds=61)
    assert (await house.drain().run_once()).sent == 9


async def test_under_a_limit_a_worker_leaves_to_others_what_it_may_not_send_soon(house: House) -> None:
    house.rate = "6/min"
    ada = await house.person("Ada")
    for number in range(30):
        await house.tell(ada, f"edition:{number}", about="edition", lane=Lane.BULLETIN)
    async with running(house.drain()):
        for number in range(1, 6):  # one of six is kept for alerts
            await until(lambda: len(house.sink.mails) == number)  # noqa: B023 - asked within the round
            house.clock.move(seconds=11 if number == 5 else 12)

        async def written_down() -> bool:
            return (await _counts(house, "edition")).get("sent") == 5

        await until(written_down)
        counts = await _counts(house, "edition")
    assert counts["queued"] >= 30 - 5 - 6 - house.connections


async def test_more_of_an_edition_is_claimed_before_the_last_of_it_has_left(sqlite_house: House) -> None:
    """Though no other lane has anything: one that is seen empty says nothing about the edition's."""
    house = sqlite_house
    quick, slow = await house.person("Quick"), await house.person("Slow")
    async with house.store.transaction() as uow:
        for person, readers in ((quick, 300), (slow, 700)):
            letters = [
                uow.deliveries.row(
                    Message("hello", f"{person.name}:{number}", lane=Lane.BULLETIN, about="edition"),
                    channel=Channel.EMAIL,
                    person=person,
                )
                for number in range(readers)
            ]
            await uow.deliveries.queue(letters)
    house.sink.wait("BODY", 2.0, recipient="slow@example.org")

    async def more_than_one_batch_is_claimed() -> bool:
        counts = await _counts(house, "edition")
        return counts.get("claimed", 0) + counts.get("sent", 0) > FEW[Lane.BULLETIN]

    async with running(house.drain(poll_s=60.0)):  # nothing else makes it look again
        await until(more_than_one_batch_is_claimed)
        house.sink.behave()


async def test_a_message_that_cannot_be_written_holds_nobody_up(house: House) -> None:
    ada = await house.person("Ada")
    await house.tell(ada, "broken:1", kind="broken")
    await house.tell(ada, "hello:1")
    assert (await house.drain().run_once()).sent == 1
    row = await house.row("broken:1")
    assert (row.state, row.due_at) == (DeliveryState.QUEUED, house.clock.now + timedelta(minutes=1))
    house.clock.move(hours=47)
    await house.drain().run_once()
    house.clock.move(hours=24)
    await house.drain().run_once()
    assert (await house.row("broken:1")).state == DeliveryState.FAILED


async def test_mail_is_given_up_after_two_days_and_an_alert_never(house: House) -> None:
    house.sink.refuse("RCPT", "450 4.2.1 mailbox busy")
    ada = await house.person("Ada")
    await house.tell(ada)
    await house.alert(ada)
    for _ in range(60):
        house.clock.move(hours=1)
        await house.drain().run_once()
    assert (await house.row()).state == DeliveryState.FAILED
    alert = await house.row("E-2026-0001")
    assert (alert.state, alert.due_at - house.clock.now) == (DeliveryState.QUEUED, timedelta(hours=1))
    assert alert.attempts >= 58


async def _counts(house: House, about: str) -> dict[str, int]:
    async with house.store.reading() as uow:
        return await uow.deliveries.counts(about=about)
