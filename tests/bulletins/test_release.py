"""Releasing and following an edition: how long it takes, how it gets on, stopped within a second, resting, missed."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.settings import MailSettings
from digests import bulletins as sweeps
from handlers.bulletins.finding import Refused
from handlers.bulletins.progress import PAUSED, Progress, forecast, progress_of
from handlers.bulletins.releasing import pause, resume, schedule, send_test
from handlers.bulletins.status import status_of
from handlers.connections import mail_rest, try_mail_now
from storage.bulletins import messages_about
from storage.tables.deliveries import DeliveryState
from tests.bulletins.conftest import ID, Office

EXCHANGE = MailSettings(smtp_url="smtp://smtp.office365.com", rate="30/min,10000/day", connections=3)


async def progress(office: Office, mail: MailSettings | None = EXCHANGE) -> Progress:
    """What the page says."""
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        return await progress_of(uow, row, await status_of(uow, row), mail=mail)


async def beat(office: Office) -> None:
    """A worker says that it is at work."""
    async with office.store.transaction() as uow:
        await uow.switches.beat("worker")


async def sent(office: Office, people: int, *, minutes_ago: float = 0.0) -> None:
    """So many of those who wait have been reached, some time ago."""
    async with office.store.transaction() as uow:
        waiting = await uow.bulletins.recipients.page(messages_about(ID), states=[DeliveryState.QUEUED], limit=people)
        for each in waiting:
            each.row.state, each.row.sent_at = DeliveryState.SENT.value, uow.now - timedelta(minutes=minutes_ago)


async def released_to(office: Office, people: int) -> None:
    """An edition that has just begun."""
    await office.readers(people)
    await office.released()


async def test_before_the_release_people_read_how_long_it_will_take(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.apply()
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        said = await forecast(uow, row, people=1000, mail=EXCHANGE)
        assert said.line.startswith("It will take about 37 minutes: Exchange Online takes 30 a minute, 10,000 a day")
        assert said.late == ""
        assert (await forecast(uow, row, people=40_000, mail=EXCHANGE)).late.startswith("Its not_after comes before")
        own = MailSettings(smtp_url="smtp://relay.example.org")
        assert "no limit that Herald knows of" in (await forecast(uow, row, people=9, mail=own)).line
        assert "No mail relay is set" in (await forecast(uow, row, people=9, mail=None)).line


async def test_the_end_is_what_the_relay_allows_until_the_pace_shows_that_it_is_later(office: Office) -> None:
    await released_to(office, 100)
    await beat(office)
    assert (await progress(office)).lines == ("0 of 100 have it. At this pace it is finished at 10:03.",)
    office.clock.move(minutes=2)
    await beat(office)
    await sent(office, 10, minutes_ago=1)
    found = await progress(office)
    assert found.a_minute == 5.0
    assert found.lines == ("10 of 100 have it. At this pace it is finished at 10:20.",)
    assert found.ends_at == datetime(2026, 11, 30, 10, 20, tzinfo=UTC)
    assert found.moving


async def test_what_holds_it_up_is_said_instead_of_an_end(office: Office) -> None:
    await released_to(office, 2)
    office.clock.move(minutes=5)
    assert "No worker has been heard of" in (await progress(office)).lines[0]
    await beat(office)
    assert (await progress(office)).lines[0].endswith("finished at 10:06.")
    async with office.store.transaction() as uow:
        await pause(uow, bulletin_id=ID)
    found = await progress(office)
    assert (found.lines, found.ends_at) == ((f"0 of 2 have it. {PAUSED}",), None)


async def test_an_edition_that_is_too_big_stops_and_says_why(office: Office) -> None:
    await released_to(office, 30)
    office.sink.wait("BODY", 0.2)
    office.sink.refuse("BODY", "552 5.3.4 message too big")
    await office.send()
    status = await office.status()
    assert (status.state, status.sent) == ("paused", 0)
    assert status.failed < 30
    said = " ".join((await progress(office)).lines)
    assert "cancel this edition and send a smaller one" in said
    assert "552 5.3.4 message too big" in said


async def test_a_relay_that_refuses_us_is_explained_and_tried_again_at_once_when_a_person_asks(office: Office) -> None:
    await released_to(office, 6)
    office.sink.refuse("RCPT", "550 5.7.515 access denied, the domain does not meet the level")
    drain = office.drain()
    await drain.run_once()
    assert office.sink.mails == []
    found = await progress(office)
    assert "Microsoft refuses our mail" in found.lines[0]
    assert "SPF, DKIM and DMARC" in found.lines[0]
    assert "It tries again by itself at 10:00" in found.lines[0]
    assert found.rest is not None
    assert found.rest.last_reply.startswith("550 5.7.515")
    await drain.run_once()
    assert office.sink.mails == []
    async with office.store.transaction() as uow:  # the clock stands still: only this ends the rest
        await try_mail_now(uow, by=office.publisher)
    office.sink.behave()
    await drain.run_once()
    assert len(office.sink.mails) >= 1
    async with office.store.reading() as uow:
        assert await mail_rest(uow) is None


async def test_a_pause_stops_the_drain_within_a_second_and_nothing_is_lost(office: Office) -> None:
    office.sink.wait("BODY", 0.05)
    await released_to(office, 120)
    stop = asyncio.Event()
    running = asyncio.create_task(office.drain(timeouts=None).run_forever(stop))
    try:
        await office.taken(5)
        async with office.store.transaction() as uow:
            await pause(uow, bulletin_id=ID, by=office.author)
        paused_at = time.monotonic()
        await asyncio.sleep(1.0)
        after_a_second = len(office.sink.mails)
        # While the edition rests, the worker is at work all the same: a test mail passes it. So the count means it.
        office.sink.behave()
        async with office.store.transaction() as uow:
            await send_test(uow, bulletin_id=ID, to=office.author)
        await office.taken(after_a_second + 1)
        assert office.sink.mails[-1].recipient == office.author.email
        assert len(office.sink.mails) == after_a_second + 1
        assert time.monotonic() - paused_at >= 1.0
        status = await office.status()
        assert (status.state, status.sent, status.queued) == ("paused", after_a_second, 120 - after_a_second)
        assert await _claimed(office) == 0
        async with office.store.transaction() as uow:
            await resume(uow, bulletin_id=ID, by=office.author)
        office.clock.move(seconds=5)
        await office.taken(121)
    finally:
        stop.set()
        await running
    assert len({mail.recipient for mail in office.sink.mails}) == 121


async def _claimed(office: Office) -> int:
    async with office.store.reading() as uow:
        return (await uow.bulletins.recipients.tally(messages_about(ID))).get(DeliveryState.CLAIMED, 0)


async def test_a_pause_while_the_recipients_are_written_down_holds_all_of_them(office: Office) -> None:
    await office.readers(40)
    await office.apply()
    await office.approve()
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id=ID)

    async def press() -> None:
        async with office.store.transaction() as uow:
            await pause(uow, bulletin_id=ID, by=office.author)

    await asyncio.gather(sweeps.release(office.store), press())
    assert await office.drain().run_once()
    assert office.sink.mails == []
    status = await office.status()
    assert status.state == "paused"
    async with office.store.transaction() as uow:
        await resume(uow, bulletin_id=ID)
    await sweeps.release(office.store)
    await office.send()
    assert len(office.sink.mails) == 40


async def test_a_missed_edition_waits_for_a_person_who_gives_it_a_new_time(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.apply()
    await office.approve()
    office.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    assert await sweeps.release(office.store) == 1
    assert (await office.status()).state == "missed"
    with pytest.raises(Refused, match="later not_after too"):
        async with office.store.transaction() as uow:
            await schedule(uow, bulletin_id=ID)
    last = datetime(2026, 12, 5, 17, 0, tzinfo=UTC)
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id=ID, not_after=last, by=office.publisher)
    assert await sweeps.release(office.store) == 1
    await office.send()
    assert len(office.sink.to("ben.reader@example.org")) == 1
    assert (await office.status()).state == "sent"
