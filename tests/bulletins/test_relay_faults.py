"""An edition and a relay that fails it: what the team sees, when it is tried again, and how it ends."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.rules.edition_states import EditionState
from digests import bulletins as sweeps
from digests.mail_replies import GROWTH
from handlers.bulletins.releasing import cancel, resume
from storage.bulletins import messages_about
from storage.tables.deliveries import Delivery, DeliveryState
from tests.bulletins.conftest import ID, TEXT, Office, read_mail
from tests.smtp_sink import Stage

LADDER_MIN = (1, 5, 15, 60, 240)
NO_END = "not_after: 2026-12-03T17:00\n"


async def rows_of(office: Office) -> list[Delivery]:
    async with office.store.reading() as uow:
        return sorted(await uow.deliveries.about(messages_about(ID)), key=lambda row: row.id)


async def closed(office: Office) -> str:
    """The edition's state once the sweep that ends editions has been by."""
    await sweeps.end(office.store)
    return (await office.status()).state


async def test_each_reader_has_their_own_end_and_the_edition_is_over_when_nothing_waits(office: Office) -> None:
    for name in ("Here", "Gone", "Full", "Busy", "Lost", "Closed"):
        await office.reader(name)
    office.sink.refuse("RCPT", "550 5.1.1 no such person", recipient="gone@*")
    office.sink.refuse("RCPT", "552 5.2.2 mailbox full", recipient="full@*")
    office.sink.refuse("RCPT", "451 4.7.1 greylisted", recipient="busy@*", times=1)
    office.sink.refuse("RCPT", "550 5.7.133 members only", recipient="closed@*")
    office.sink.hang_up("BODY", "before reply", recipient="lost@*", times=1)
    await office.released()
    await office.send()
    status = await office.status()
    assert (status.sent, status.failed, status.queued, status.recipients) == (1, 3, 2, 6)
    assert await closed(office) == EditionState.SENDING
    office.clock.move(minutes=1)
    await office.send()
    status = await office.status()
    assert (status.sent, status.failed, status.queued, status.uncertain) == (3, 3, 0, 0)
    assert await closed(office) == EditionState.SENT
    assert len(office.sink.to("lost@example.org")) == 2, "taken, not heard of, sent again as the same message"
    both = [read_mail(mail.raw) for mail in office.sink.to("lost@example.org")]
    assert len({(mail["Message-ID"], mail["Date"]) for mail in both}) == 1


async def test_a_text_that_is_too_big_stops_its_edition_before_it_fails_everybody(office: Office) -> None:
    for number in range(240):
        await office.reader(f"Reader {number}")
    office.sink.refuse("BODY", "552 5.3.4 message size exceeds the limit")
    await office.released()
    await office.send()
    status = await office.status()
    assert status.state == "paused"
    assert 1 <= status.failed <= 3, "those under way when the first was refused"
    assert status.queued == 240 - status.failed
    assert not office.sink.mails
    office.sink.behave()
    async with office.store.transaction() as uow:
        await resume(uow, bulletin_id=ID)
    await office.send()
    assert (await office.status()).sent == 240 - status.failed
    assert await closed(office) == EditionState.SENT


@pytest.mark.parametrize("reply", ["550 5.7.515 access denied", "550 5.7.1 relaying denied", "530 5.7.0 sign in first"])
async def test_a_relay_that_refuses_us_is_asked_once_and_nobody_is_struck_off(
    sqlite_office: Office, reply: str
) -> None:
    office = sqlite_office
    for number in range(20):
        await office.reader(f"Reader {number}")
    office.sink.refuse("MAIL", reply)
    await office.released()
    await office.send()
    asked = office.sink.commands.count("DATA") + sum(one.startswith("MAIL") for one in office.sink.commands)
    assert asked <= 2 * 5, "each connection at most once"
    status = await office.status()
    assert (status.state, status.queued, status.failed) == ("sending", 20, 0)
    assert await closed(office) == EditionState.SENDING
    office.sink.behave()
    office.clock.move(minutes=2)
    await office.send()
    assert (await office.status()).sent == 20
    assert await closed(office) == EditionState.SENT


@pytest.mark.parametrize("stage", ["RCPT", "BODY"])
@pytest.mark.parametrize(
    "reply",
    [
        "550 5.4.5 daily sending quota exceeded",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message",
    ],
)
async def test_on_the_day_on_which_the_relay_has_had_enough_of_us_nobody_is_lost(
    sqlite_office: Office, reply: str, stage: Stage
) -> None:
    office = sqlite_office
    for number in range(20):
        await office.reader(f"Reader {number}")
    office.sink.refuse(stage, reply)
    await office.released(text_without_an_end())
    drain = office.drain()
    await drain.run_once()
    assert f"Mail rests: the relay refuses us ({reply}" in drain.problem()
    for _ in range(5):
        office.clock.move(hours=4)
        await drain.run_once()
    status = await office.status()
    assert (status.queued, status.failed, status.suppressed) == (20, 0, 0)
    async with office.store.reading() as uow:
        assert list(await uow.addresses.all_suppressed()) == []
    office.sink.behave()
    office.clock.move(hours=5)
    await drain.run_once()
    assert (await office.status()).sent == 20
    assert len(office.sink.mails) == 20
    assert await closed(office) == EditionState.SENT


async def tries(office: Office, *, until: timedelta) -> list[timedelta]:
    """When a reader whose mailbox puts it off is tried, counted from the first time, for as long as it is tried."""
    office.sink.refuse("RCPT", "450 4.2.1 mailbox busy")
    began = office.clock.now
    found = []
    while office.clock.now - began <= until:
        asked = len(office.sink.commands)
        await office.send()
        if len(office.sink.commands) > asked:
            found.append(office.clock.now - began)
        [row] = await rows_of(office)
        if row.state != DeliveryState.QUEUED:
            return found
        office.clock.set(row.due_at)
    raise AssertionError(f"still tried after {until}: {found}")


async def test_a_mailbox_that_is_busy_is_asked_ever_more_rarely_for_two_days(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.released(text_without_an_end())
    asked = await tries(office, until=timedelta(hours=60))
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert waits[:5] == [timedelta(minutes=minutes) for minutes in LADDER_MIN]
    grown = [timedelta(seconds=round(240 * 60 * GROWTH**n)) for n in range(1, len(waits) - 4)]
    assert waits[5:] == grown
    assert asked[-1] <= timedelta(hours=48) < asked[-1] + waits[-1] * GROWTH
    status = await office.status()
    assert (status.failed, status.queued) == (1, 0)
    assert await closed(office) == EditionState.SENT


async def test_nobody_is_tried_after_not_after(sqlite_office: Office) -> None:
    office = sqlite_office
    office.clock.set(office.clock.now.replace(year=2026, month=12, day=3, hour=14, minute=30))
    await office.reader("Ben Reader")
    await office.released()
    asked = await tries(office, until=timedelta(hours=5))
    assert asked == [timedelta(minutes=minutes) for minutes in (0, 1, 6, 21, 81)]
    assert (await office.status()).failed == 1
    office.clock.move(hours=3)
    assert await closed(office) == EditionState.SENT


async def test_a_relay_that_puts_off_a_third_rests_and_then_one_goes_to_see(sqlite_office: Office) -> None:
    office = sqlite_office
    for number in range(90):
        await office.reader(f"Reader {number:02} {'busy' if number % 3 == 0 else 'here'}")
    office.sink.refuse("RCPT", "451 4.7.1 not so fast", recipient="*.busy@example.org")
    await office.released()
    drain = office.drain()
    await drain.run_once()
    sent = (await office.status()).sent
    assert 30 <= sent <= 40, "it rested after fifty had been looked at"
    assert "Mail rests" in drain.problem()
    office.sink.behave()
    office.clock.move(seconds=31)
    await drain.run_once()
    assert drain.problem() == ""
    office.clock.move(minutes=2)
    await drain.run_once()
    assert (await office.status()).sent == 90
    assert len(office.sink.mails) == 90


async def test_cancelled_while_some_wait_for_their_next_try_nobody_gets_it_any_more(office: Office) -> None:
    for number in range(4):
        await office.reader(f"Reader {number}")
    office.sink.refuse("RCPT", "450 4.2.1 mailbox busy", recipient="reader.[12]@*")
    office.sink.hang_up("BODY", "before reply", recipient="reader.3@*", times=1)
    await office.released()
    await office.send()
    async with office.store.transaction() as uow:
        await cancel(uow, bulletin_id=ID)
    office.sink.behave()
    office.clock.move(hours=1)
    await office.send()
    assert await closed(office) == EditionState.CANCELLED
    status = await office.status()
    assert (status.sent, status.cancelled, status.queued) == (1, 3, 0)
    assert [len(office.sink.to(f"reader.{number}@example.org")) for number in range(4)] == [1, 0, 0, 1]


def text_without_an_end() -> str:
    """The edition without `not_after`."""
    assert NO_END in TEXT
    return TEXT.replace(NO_END, "")
