"""Mail of which nobody knows whether it arrived, relays that fail, and workers that die."""

import asyncio
import fcntl
import os
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

from bot.settings import MailSettings
from digests.journal import Journal, JournalRecord
from digests.mail_replies import Accepted
from digests.outbox import JOURNAL, Drained
from digests.recorder import UNDER_WAY
from handlers.sending import retry
from storage.claims import Claim
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.unit_of_work import UnitOfWork
from tests.digests.conftest import House
from tests.digests.test_rules_of_sending import running, until

LEASE = timedelta(seconds=60)


async def test_a_lost_reply_means_the_same_message_again_at_most_twice(house: House) -> None:
    house.sink.hang_up("BODY", "before reply")
    await house.tell(await house.person("Ada"))
    for minutes in (0, 1, 5, 60, 600):
        house.clock.move(minutes=minutes)
        await house.drain().run_once()
    row = await house.row()
    assert (row.state, row.doubts) == (DeliveryState.UNCERTAIN, 3)
    assert len(house.sink.mails) == 3
    letters = [message_from_bytes(mail.raw) for mail in house.sink.mails]
    assert {(letter["Message-ID"], letter["Date"]) for letter in letters} == {
        (letters[0]["Message-ID"], letters[0]["Date"])
    }
    assert await house.outcomes(row) == ["uncertain"] * 3


async def test_what_a_person_tries_again_has_as_many_tries_by_itself_as_at_first(sqlite_house: House) -> None:
    house = sqlite_house
    ada = await house.person("Ada")
    house.sink.hang_up("BODY", "before reply")
    await house.tell(ada)
    for again in (1, 2):
        for minutes in (0, 1, 5, 60, 600):
            house.clock.move(minutes=minutes)
            await house.drain().run_once()
        row = await house.row()
        assert (row.state, len(house.sink.mails)) == (DeliveryState.UNCERTAIN, 3 * again)
        async with house.store.transaction() as uow:
            assert await retry(uow, delivery_id=row.id, by=ada)
    assert len({message_from_bytes(mail.raw)["Message-ID"] for mail in house.sink.mails}) == 1


async def test_a_doubt_is_settled_by_the_next_yes(house: House) -> None:
    house.sink.hang_up("BODY", "before reply", nth=1)
    await house.tell(await house.person("Ada"))
    await house.drain().run_once()
    house.clock.move(minutes=1)
    assert (await house.drain().run_once()).sent == 1
    assert (await house.row()).state == DeliveryState.SENT


async def test_a_relay_that_is_away_costs_no_message_and_is_asked_ever_more_rarely(sqlite_house: House) -> None:
    house = sqlite_house
    mail = house.mail
    ada = await house.person("Ada")
    for number in range(20):
        await house.tell(ada, f"hello:{number}", about="hello")
    house.sink.refuse("GREETING", "421 4.3.2 not now")
    drain = house.drain(mail=mail)
    await drain.run_once()
    assert "Mail rests" in drain.problem()
    asked = house.sink.connections
    assert 5 <= asked <= 8
    await drain.run_once()
    assert house.sink.connections == asked
    house.sink.behave()
    house.clock.move(seconds=31)
    assert await drain.run_once() == Drained(sent=20, left=0)
    assert drain.problem() == ""
    rows = await house.rows("hello")
    assert {row.attempts for row in rows} == {1}


async def test_a_refused_sign_in_is_shown_and_every_message_waits(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.sign_in = ("herald", "another password")
    drain = house.drain(mail=_with_password(house))
    await house.tell(await house.person("Ada"))
    await drain.run_once()
    row = await house.row()
    assert (row.state, row.attempts) == (DeliveryState.QUEUED, 0)
    assert "the relay refuses us" in drain.problem()
    async with house.store.reading() as uow:
        assert "535" in (await uow.switches.value("relay:mail") or "")


async def test_a_silent_workers_claim_is_taken_over_and_it_cannot_write_any_more(house: House) -> None:
    await house.tell(await house.person("Ada"))
    async with house.store.transaction() as uow:
        claim = await _claim(uow)
    house.clock.move(seconds=59)
    assert (await house.drain().run_once()).sent == 0
    house.clock.move(seconds=2)
    assert (await house.drain().run_once()).sent == 1
    async with house.store.transaction() as uow:
        assert await uow.deliveries.claims.renew([claim.token], until=uow.now + LEASE) == set()
        assert await uow.deliveries.claims.release(claim.token, [row.id for row in claim.rows]) == 0
    row = await house.row()
    assert (row.state, row.doubts) == (DeliveryState.SENT, 1)
    assert await house.outcomes(row) == ["uncertain", "accepted"]


async def test_a_claim_is_renewed_while_a_slow_relay_thinks(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.wait("BODY", 0.8)
    await house.tell(await house.person("Ada"))
    async with running(house.drain(lease=timedelta(seconds=0.3))):
        await until(lambda: house.sink.commands.count("DATA") == 1)
        for _ in range(6):
            await asyncio.sleep(0.12)
            house.clock.move(seconds=0.12)
            assert (await house.drain().run_once()).sent == 0
        await until(lambda: len(house.sink.mails) == 1)
    assert (await house.row()).state == DeliveryState.SENT
    assert len(house.sink.mails) == 1


async def test_what_a_dead_workers_journal_says_is_believed(house: House) -> None:
    ada = await house.person("Ada")
    for key in ("said-yes", "under-way", "untouched"):
        await house.tell(ada, key)
    name = "test-that-died"
    async with house.store.transaction() as uow:
        claim = await _claim(uow, owner=name)
    ids = {row.about: row.id for row in claim.rows}
    journal = Journal(house.state_dir / JOURNAL, name)
    for key in ("said-yes", "under-way"):
        journal.append(JournalRecord(str(ids[key]), claim.token, UNDER_WAY, house.clock.now))
    journal.append(JournalRecord(str(ids["said-yes"]), claim.token, Accepted(250, "taken"), house.clock.now))
    _die(journal)
    assert (await house.drain().run_once()).sent == 1
    assert (await house.row("said-yes")).state == DeliveryState.SENT
    untouched, doubtful = await house.row("untouched"), await house.row("under-way")
    assert (untouched.state, untouched.doubts, untouched.attempts) == (DeliveryState.SENT, 0, 1)
    assert (doubtful.state, doubtful.doubts) == (DeliveryState.QUEUED, 1)
    house.clock.move(minutes=1)
    assert (await house.drain().run_once()).sent == 1
    assert len(house.sink.mails) == 2
    assert list((house.state_dir / JOURNAL).iterdir()) == []


async def test_one_worker_of_a_machine_takes_over_and_the_others_begin_without_waiting(sqlite_house: House) -> None:
    house = sqlite_house
    await house.tell(await house.person("Ada"))
    async with house.store.transaction() as uow:
        await _claim(uow, owner="test-that-died")
    _die(Journal(house.state_dir / JOURNAL, "test-that-died"))
    folder = os.open(house.state_dir / JOURNAL, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        assert (await house.drain().run_once()).sent == 0, "another one is at it"
        assert (await house.row()).state == DeliveryState.CLAIMED
    finally:
        os.close(folder)
    assert (await house.drain().run_once()).sent == 1


async def test_a_worker_told_to_stop_lets_the_message_under_way_end(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.wait("BODY", 0.3)
    ada = await house.person("Ada")
    for number in range(20):
        await house.tell(ada, f"hello:{number}", about="hello")
    async with running(house.drain()):
        await until(lambda: house.sink.commands.count("DATA") >= 1)
    states = {row.state for row in await house.rows("hello")}
    assert states == {DeliveryState.SENT, DeliveryState.QUEUED}
    sent = [row for row in await house.rows("hello") if row.state == DeliveryState.SENT]
    assert len(sent) == len(house.sink.mails)


async def test_a_worker_cut_off_in_the_middle_leaves_a_doubt_and_no_claim(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.wait("BODY", 5.0)
    await house.tell(await house.person("Ada"))
    async with running(house.drain(grace_s=0.2, timeouts=None)):
        await until(lambda: house.sink.commands.count("DATA") >= 1)
        await asyncio.sleep(0.1)
    row = await house.row()
    assert (row.state, row.doubts, row.lease) == (DeliveryState.QUEUED, 1, None)


async def test_a_failed_alert_goes_over_to_slack_where_there_is_one(house: House) -> None:
    house.sink.refuse("RCPT", "550 5.1.1 no such person")
    ada = await house.person("Ada", slack_id="U0ADA")
    await house.tell(ada, channels=(Channel.EMAIL,), lane=Lane.ALERT, kind="alert")
    await house.drain().run_once()
    mailed, over = await house.rows()
    assert (mailed.state, over.channel, over.state) == (DeliveryState.FAILED, Channel.SLACK, DeliveryState.QUEUED)


async def _claim(uow: UnitOfWork, *, owner: str = "somebody who fell silent") -> Claim:
    return await uow.deliveries.claims.take(
        lane=Lane.PROMPT,
        channel=Channel.EMAIL,
        limit=10,
        lease=LEASE,
        owner=owner,
        names=lambda key: f"<{key.replace(':', '.')}@example.org>",
    )


def _die(journal: Journal) -> None:
    """What a kill does: the kernel lets go of the lock, the files stay."""
    assert journal._lock is not None
    os.close(journal._lock)
    journal._lock = None


def _with_password(house: House) -> MailSettings:
    url = house.sink.url.replace("smtp://", "smtp://herald:a-password@")
    return replace(house.mail, smtp_url=url)
