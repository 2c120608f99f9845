"""Who got an edition, in plain words; sent again to some, or to those who missed it, and never twice to anybody."""

import asyncio
from datetime import timedelta

import pytest

from digests import bulletins as sweeps
from handlers.bouncing import Returned, came_back
from handlers.bulletins.finding import Refused
from handlers.bulletins.missed import CAME_BACK, JOINED, MENDED, WAS_PRACTICE, Missed, send_to_missed, who_missed
from handlers.bulletins.recipient_words import filter_named
from handlers.bulletins.recipients import Line, as_csv, one_person, page_of
from handlers.bulletins.releasing import cancel
from handlers.bulletins.retrying import retry
from handlers.sending import retry as retry_row
from storage.bulletins import messages_about
from storage.deliveries import SendingPolicy
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork
from tests.bulletins.conftest import ID, Office, read_mail


async def lines(office: Office, show: str = "", search: str = "") -> dict[str, Line]:
    """What the page shows, by the person's name."""
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        page = await page_of(uow, row, chosen=filter_named(show), search=search)
        return {line.name: line for line in page.lines}


async def missed(office: Office) -> Missed:
    """Whom the page of those who missed it shows."""
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        return await who_missed(uow, row)


async def again(office: Office, *people: Person) -> int:
    """The author ticks some people and presses the button."""
    async with office.store.transaction() as uow:
        return await retry(uow, bulletin_id=ID, person_ids=[person.id for person in people], by=office.author)


async def reach_them(office: Office) -> int:
    """The publisher presses “send it to them”."""
    async with office.store.transaction() as uow:
        return await send_to_missed(uow, bulletin_id=ID, by=office.publisher)


async def move(office: Office, person: Person, email: str) -> None:
    """Somebody mends an address in the register."""
    async with office.store.transaction() as uow:
        found = await uow.people.get(person.id)
        assert found is not None
        found.email = email


def copies(office: Office) -> list[str]:
    """Whom the relay took a message for, one entry for each message."""
    return sorted(mail.recipient for mail in office.sink.mails)


async def test_everybodys_state_is_said_in_plain_words(office: Office) -> None:
    ben, cy = await office.reader("Ben Reader"), await office.reader("Cy Reader")
    dee, eve = await office.reader("Dee Reader"), await office.reader("Eve Reader")
    office.sink.refuse("RCPT", "550 5.1.1 no such person", recipient=cy.email)
    office.sink.refuse("RCPT", "450 4.2.0 come again", recipient=dee.email)
    office.sink.hang_up("BODY", "before reply", recipient=eve.email)
    await office.released()
    await office.send()
    shown = await lines(office)
    assert shown["Ben Reader"].words == "Accepted by the mail server, 10:00"
    assert shown["Cy Reader"].words == "Their server said that the mailbox does not exist"
    assert shown["Cy Reader"].reply == "550 5.1.1 no such person"
    assert shown["Dee Reader"].words == "Their server could not take it just now; it is tried again by itself, 10:01"
    assert shown["Eve Reader"].words == "We do not know whether it arrived; it is sent again by itself, 10:01"
    assert list(await lines(office, "failed")) == ["Cy Reader"]
    assert list(await lines(office, search="DEE")) == ["Dee Reader"]
    assert await lines(office, search="%") == {}
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        found = await one_person(uow, row, cy.id)
        assert await one_person(uow, row, office.author.id) is None
    assert found is not None
    [tried] = found[1]
    assert (tried.outcome, tried.reply) == ("Refused for good", "550 5.1.1 no such person")
    assert tried.meaning.endswith("Ask for the right address and change it in the register.")
    assert ben.id in {line.person_id for line in shown.values()}


async def test_the_file_to_download_cannot_run_as_a_formula(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.reader("=cmd|' /C calc'!A0", email="odd@example.org")
    await office.released()
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        table = (await as_csv(uow, row, chosen=filter_named(""))).splitlines()
    assert table[0].startswith("name,email,agency,by,state,in words")
    assert table[1].startswith("'=cmd|")


async def test_what_failed_is_sent_again_as_the_same_message(office: Office) -> None:
    ben, cy = await office.reader("Ben Reader"), await office.reader("Cy Reader")
    office.sink.refuse("RCPT", "550 5.2.1 closed for now", recipient=ben.email)
    await office.released()
    await office.send()
    assert (await office.status()).state == "sent"
    [before] = [line.row.message_id for line in (await lines(office, "failed")).values()]
    office.sink.behave()
    office.clock.move(days=10)
    assert await again(office, ben, cy) == 1
    assert (await office.status()).state == "sending"
    await office.send()
    assert copies(office) == sorted([ben.email, cy.email])
    [mail] = office.sink.to(ben.email)
    assert read_mail(mail.raw)["Message-ID"] == before
    status = await office.status()
    assert (status.state, status.sent, status.recipients) == ("sent", 2, 2)


async def test_nobody_is_sent_again_what_a_worker_holds_or_what_came_another_way(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    await office.released()
    async with office.store.transaction() as uow:
        lease = timedelta(seconds=60)
        claim = await uow.deliveries.claims.take(
            lane=Lane.BULLETIN,
            channel=Channel.EMAIL,
            limit=5,
            lease=lease,
            owner="w",
            names=lambda key: f"<{key.replace(':', '.')}@example.org>",
        )
    assert await again(office, ben) == 0
    assert await reach_them(office) == 0
    async with office.store.transaction() as uow:
        await uow.deliveries.claims.release(claim.token, [row.id for row in claim.rows])
    await office.send()
    async with office.store.transaction() as uow:  # an earlier try by Slack that failed
        row = await uow.deliveries.get(claim.rows[0].id)
        assert row is not None
        by_slack = {
            "ledger_key": f"{messages_about(ID)}:{ben.id}:slack",
            "lane": row.lane,
            "kind": row.kind,
            "channel": "slack",
            "person_id": ben.id,
            "about": row.about,
            "state": "failed",
            "due_at": uow.now,
            "created_at": uow.now,
        }
        await uow.deliveries.queue([by_slack])
    async with office.store.transaction() as uow:
        [failed] = [each for each in await uow.deliveries.about(messages_about(ID)) if each.state == "failed"]
        assert not await retry_row(uow, delivery_id=failed.id, by=office.author)
    assert await again(office, ben) == 0
    assert list(await lines(office)) == ["Ben Reader"]
    assert (await office.status()).sent == 1


async def test_those_who_missed_it_get_it_and_nobody_else(office: Office) -> None:
    ben, cy, dee = [await office.reader(name) for name in ("Ben Reader", "Cy Reader", "Dee Reader")]
    office.sink.refuse("RCPT", "550 5.1.1 no such person", recipient=cy.email)
    office.sink.refuse("RCPT", "550 5.1.1 no such person", recipient=dee.email)
    await office.released()
    await office.send()
    joined = await office.reader("Jo Joined")
    await move(office, cy, "cy.mended@example.org")
    found = await missed(office)
    assert {each.person.name: each.why for each in found.people} == {"Cy Reader": MENDED, "Jo Joined": JOINED}
    assert (found.unreachable, found.in_doubt) == (1, 0)
    assert await reach_them(office) == 2
    assert await reach_them(office) == 0
    await office.send()
    assert copies(office) == sorted([ben.email, "cy.mended@example.org", joined.email])
    status = await office.status()
    assert (status.state, status.recipients, status.sent, status.failed) == ("sent", 4, 3, 1)
    assert (await missed(office)).people == ()
    assert await reach_them(office) == 0
    assert (await office.status()).state == "sent"


async def test_after_practice_the_others_get_it(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    office.store.sending = SendingPolicy(live=False, slack=False)
    await office.released()
    await office.send()
    assert (await office.status()).practice == 1
    office.store.sending = SendingPolicy(live=True, slack=False)
    assert [each.why for each in (await missed(office)).people] == [WAS_PRACTICE]
    assert await reach_them(office) == 1
    await office.send()
    assert copies(office) == [ben.email]
    assert (await office.status()).recipients == 1


async def test_whoever_is_tried_again_by_hand_begins_afresh_and_a_doubt_stays_a_doubt(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    office.sink.hang_up("BODY", "before reply", recipient=ben.email)
    await office.released()
    for _ in range(3):
        await office.send()
        office.clock.move(hours=1)
    assert (await office.status()).uncertain == 1
    assert await again(office, ben) == 1
    for _ in range(2):
        await office.send()
        assert (await office.status()).queued == 1, "sent again by itself twice, as the first time"
        office.clock.move(hours=1)
    await office.send()
    assert ((await office.status()).uncertain, len(office.sink.to(ben.email))) == (1, 6)
    office.sink.behave()
    office.sink.refuse("RCPT", "554 5.6.0 bad content", recipient=ben.email)
    assert await again(office, ben) == 1
    await office.send()
    found = await missed(office)
    assert (found.people, found.in_doubt) == ((), 1), "it may have arrived, so it is not sent as if it had not"


async def test_a_doubt_is_not_a_miss(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    office.sink.hang_up("BODY", "before reply", recipient=ben.email)
    await office.released()
    for _ in range(3):
        await office.send()
        office.clock.move(hours=1)
    assert (await office.status()).uncertain == 1
    found = await missed(office)
    assert (found.people, found.in_doubt) == ((), 1)
    assert await reach_them(office) == 0
    office.sink.behave()
    assert await again(office, ben) == 1
    await office.send()
    assert len({read_mail(mail.raw)["Message-ID"] for mail in office.sink.mails}) == 1
    assert (await office.status()).sent == 1


async def test_two_publishers_who_press_at_once_send_one_message_to_each(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.released()
    await office.send()
    late = [await office.reader(f"Late {number}") for number in range(5)]
    sent = await asyncio.gather(*(reach_them(office) for _ in range(4)))
    assert sorted(sent) == [0, 0, 0, 5]
    await office.send()
    assert len(copies(office)) == len(set(copies(office))) == 1 + len(late)


async def test_ticking_at_once_and_sending_to_those_who_missed_it_is_one_message(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    office.sink.refuse("RCPT", "550 5.2.1 closed for now", recipient=ben.email, times=1)
    await office.released()
    await office.send()
    done = await asyncio.gather(again(office, ben), reach_them(office), again(office, ben))
    assert sorted(done) == [0, 0, 1]
    await office.send()
    assert copies(office) == [ben.email]


async def test_only_a_publisher_may_and_nothing_is_sent_of_what_was_cancelled(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.apply()
    with pytest.raises(Refused, match="has not been sent yet"):
        await reach_them(office)
    await office.released()
    with pytest.raises(Refused, match="not a publisher"):
        async with office.store.transaction() as uow:
            await send_to_missed(uow, bulletin_id=ID, by=office.author)
    async with office.store.transaction() as uow:
        await cancel(uow, bulletin_id=ID, by=office.publisher)
    with pytest.raises(Refused, match="was cancelled"):
        await reach_them(office)


async def test_after_its_last_moment_it_goes_only_to_those_a_person_decides_on(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.released()
    await office.send()
    late = await office.reader("Late Joiner")
    office.clock.move(days=30)
    assert await reach_them(office) == 1
    await sweeps.end(office.store)
    await office.send()
    assert [mail.recipient for mail in office.sink.mails][-1] == late.email
    assert (await office.status()).state == "sent"


async def test_what_is_done_is_in_the_audit_log(sqlite_office: Office) -> None:
    office = sqlite_office
    ben = await office.reader("Ben Reader")
    office.sink.refuse("RCPT", "550 5.2.1 closed for now", recipient=ben.email, times=1)
    await office.released()
    await office.send()
    await again(office, ben)
    await office.reader("Jo Joined")
    await reach_them(office)
    async with office.store.reading() as uow:
        said = await actions(uow)
    assert "delivery.retried" in said
    assert "bulletin.sent-to-missed" in said


async def actions(uow: UnitOfWork) -> list[str]:
    """What the audit log says was done."""
    return [entry.action for entry in await uow.audit.latest(limit=50, thing=None)]


def test_every_state_has_a_filter() -> None:
    shown = {state for name in ("have-it", "on-its-way", "failed", "unknown", "held-back", "practice", "called-off")
             for state in filter_named(name).states}  # fmt: skip
    assert shown == set(DeliveryState)
    assert filter_named("nonsense").states == ()


async def test_whoever_it_came_back_from_gets_it_once_their_address_is_mended(office: Office) -> None:
    ben, cy = await office.reader("Ben Reader"), await office.reader("Cy Reader")
    await office.released()
    await office.send()
    async with office.store.transaction() as uow:
        [row] = await uow.bulletins.recipients.rows_of(messages_about(ID), person_id=ben.id)
        uow.mail.record(delivery_id=row.id, purpose="bounce", outcome="bounced", reason="", status="5.1.1")
        await came_back(uow, delivery=row, returned=Returned("5.1.1", permanent=True, named=frozenset({ben.email})))
    assert (await lines(office))["Ben Reader"].words.startswith("Accepted, but it came back: ")
    found = await missed(office)
    assert (found.people, found.unreachable) == ((), 1)
    assert await reach_them(office) == 0
    await move(office, ben, "ben.mended@example.org")
    assert [each.why for each in (await missed(office)).people] == [CAME_BACK]
    office.clock.move(minutes=1)
    assert await reach_them(office) == 1
    await office.send()
    assert copies(office) == sorted([ben.email, "ben.mended@example.org", cy.email])
    assert await reach_them(office) == 0
