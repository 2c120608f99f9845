"""Where the relay takes commands in groups, the next message is announced while the last one is not answered yet."""

import asyncio
from collections import Counter

import pytest

from digests.mailer import Timeouts
from handlers.sending import RUNNING
from storage.switches import PAUSED, SENDING
from storage.tables.deliveries import DeliveryState, Lane
from tests.digests.conftest import House

PATIENT = Timeouts(connect=5.0, command=5.0, final=5.0, goodbye=0.2)
EDITION = "bulletin:december"
SENDING_IT = f"{SENDING}:{EDITION}"
READERS = 6


async def an_edition(house: House) -> None:
    """Six messages of one edition wait; one connection takes them all, since the other is kept for alerts."""
    house.sink.pipelining = True
    house.connections = 2
    for number in range(READERS):
        reader = await house.person(f"Reader {number}")
        await house.tell(reader, f"{EDITION}:{number}", about=EDITION, lane=Lane.BULLETIN)


async def everybody_has_it_once(house: House) -> None:
    """By the database and by the relay."""
    rows = await house.rows(EDITION)
    assert [row.state for row in rows] == [DeliveryState.SENT] * READERS
    assert sorted(mail.recipient for mail in house.sink.mails) == sorted(
        f"reader.{n}@example.org" for n in range(READERS)
    )


def announcements(house: House) -> int:
    return sum(command.startswith("MAIL") for command in house.sink.commands)


async def test_a_whole_edition_leaves_over_one_connection(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    await house.drain().run_once()
    await everybody_has_it_once(house)
    assert house.sink.connections == 1


@pytest.mark.parametrize(("rate", "told_of"), [("", 3), ("1000/min", 2)], ids=["no limits", "limits"])
async def test_a_pause_between_two_messages_takes_the_announced_one_back_at_no_cost(
    sqlite_house: House, rate: str, told_of: int
) -> None:
    """It costs the session, which waits for a text; a relay with limits is told of no message before its turn."""
    house = sqlite_house
    await an_edition(house)
    house.rate = rate
    pausing: list[asyncio.Task[None]] = []

    async def pause() -> None:
        async with house.store.transaction() as uow:
            await uow.switches.set(SENDING_IT, PAUSED)

    house.sink.strike("DATA", lambda: pausing.append(asyncio.create_task(pause())), nth=2)
    house.sink.wait("BODY", 1.0, nth=2)
    stop = asyncio.Event()
    sending = asyncio.create_task(house.drain(timeouts=PATIENT).run_forever(stop))
    while len(house.sink.mails) < 2 or not house.sink.mails[1].answered:
        await asyncio.sleep(0.02)
        house.clock.move(seconds=0.06)  # an edition is spaced evenly over the minute
    stop.set()
    await sending
    waiting = [row for row in await house.rows(EDITION) if row.state == DeliveryState.QUEUED]
    assert [(row.attempts, row.doubts) for row in waiting] == [(0, 0)] * (READERS - 2)
    assert (len(house.sink.mails), announcements(house)) == (2, told_of)
    async with house.store.transaction() as uow:
        await uow.switches.set(SENDING_IT, RUNNING)
    await house.drain().run_once()
    await everybody_has_it_once(house)


async def test_a_relay_that_hangs_up_after_each_second_answer_gets_every_message_once(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    for nth in (2, 4):
        house.sink.hang_up("BODY", "after reply", nth=nth)
    await house.drain().run_once()
    house.clock.move(minutes=2)
    await house.drain().run_once()
    await everybody_has_it_once(house)


async def test_an_alert_goes_over_its_own_connection_while_an_edition_is_announced(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    house.sink.wait("BODY", 0.5, recipient="reader.*")
    manager = await house.person("Manager")
    stop = asyncio.Event()
    sending = asyncio.create_task(house.drain().run_forever(stop))
    while not announcements(house):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    await house.alert(manager)
    while not house.sink.to("manager@example.org"):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    assert len(house.sink.mails) < READERS
    stop.set()
    await sending


async def test_the_connection_kept_for_alerts_takes_nothing_of_an_edition(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    await house.alert(await house.person("Manager"))
    await house.drain().run_once()
    assert {row.state for row in await house.rows(EDITION)} == {DeliveryState.SENT}
    (alert,) = house.sink.to("manager@example.org")
    assert [mail.recipient for mail in house.sink.mails if mail.connection == alert.connection] == [alert.recipient]


async def test_what_is_more_urgent_goes_before_the_letters_that_are_written_already(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    house.connections = 1
    house.sink.wait("BODY", 0.1, recipient="reader.*")
    booked = await house.person("Booked")
    stop = asyncio.Event()
    sending = asyncio.create_task(house.drain().run_forever(stop))
    while not announcements(house):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    await house.tell(booked, lane=Lane.PROMPT)
    while len(house.sink.mails) <= READERS:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    stop.set()
    await sending
    place = [mail.recipient for mail in house.sink.mails].index("booked@example.org")
    assert place < READERS - 1


async def test_letters_written_already_go_back_when_the_process_is_told_to_stop(sqlite_house: House) -> None:
    house = sqlite_house
    await an_edition(house)
    house.sink.wait("BODY", 0.2, recipient="reader.*")
    stop = asyncio.Event()
    sending = asyncio.create_task(house.drain().run_forever(stop))
    while not announcements(house):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    stop.set()
    await sending
    states = Counter(row.state for row in await house.rows(EDITION))
    assert states[DeliveryState.SENT] == len(house.sink.mails) < READERS
    assert states[DeliveryState.QUEUED] == READERS - len(house.sink.mails)
    house.sink.behave()
    await house.drain().run_once()
    await everybody_has_it_once(house)
