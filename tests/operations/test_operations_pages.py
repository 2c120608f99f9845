"""The operations team's day: what needs a person, what did not arrive, pausing, and a log that shows tampering."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.keyring import Keyring
from handlers.files import apply_file
from storage.deliveries import Message
from storage.tables.deliveries import DeliveryState, Lane
from tests.clocks import MovingClock
from tests.world import World, a_world

DEADLINES = """herald_deadlines: 1
deadlines:
  - {id: s11, kind: custom, title: Section 11 return, owner: ben@example.org, due: 2026-11-23}
  - {id: visit, kind: custom, title: Scrutineer's visit, owner: ben@example.org, due: 2026-11-27}
"""


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def test_a_quiet_day_says_so_and_an_overdue_deadline_comes_first(world: World) -> None:
    ada = await world.person("Ada", roles=["coordinator"])
    await world.person("Ben")
    browser = await world.signed_in(ada)
    assert "Nothing needs anybody now" in (await browser.open("/ops")).text
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="deadlines.yaml", text=DEADLINES)
    page = await browser.open("/ops")
    assert "Overdue: Section 11 return" in page.text
    assert "1 deadline within a week" in page.text
    page = await browser.press(await browser.open("/ops/deadlines"), "Mark as done")
    assert "Overdue" not in (await browser.open("/ops")).text


async def test_what_a_relay_refused_is_shown_with_its_reason_and_tried_again_by_a_press(world: World) -> None:
    ada = await world.person("Ada", roles=["coordinator"])
    gone = await world.person("Gone")
    browser = await world.signed_in(ada)
    world.sink.refuse("RCPT", "552 5.2.2 mailbox full", recipient=gone.email)
    async with world.herald.store.transaction() as uow:
        found = await uow.people.get(gone.id)
        assert found is not None
        facts = {"reference": "P-2026-0001", "text": "x", "plan_by": ""}
        await uow.deliveries.tell(found, Message("pledge.made", "pledge.made:P-2026-0001", facts=facts))
    await world.tick()
    page = await browser.open("/ops/outbox")
    assert "Gone" in page.text
    assert "mailbox full" in page.text
    world.sink.behave()
    await browser.press(page, "Try again")
    await world.tick()
    assert world.letter(gone, "Your pledge")
    assert "Everything that was to be sent has been accepted" in (await browser.open("/ops/outbox")).text


async def test_pausing_holds_everything_and_nothing_is_lost(world: World) -> None:
    ada, may = await world.person("Ada", roles=["coordinator"]), await world.person("May")
    browser = await world.signed_in(ada)
    await browser.press(await browser.open("/ops"), "Pause all sending")
    async with world.herald.store.transaction() as uow:
        found = await uow.people.get(may.id)
        assert found is not None
        facts = {"reference": "P-2026-0001", "text": "x", "plan_by": ""}
        await uow.deliveries.tell(found, Message("pledge.made", "pledge.made:P-2026-0001", facts=facts))
    await world.tick()
    assert world.letters(may) == []
    waiting = (await browser.open("/ops/outbox")).text
    assert "has been accepted" not in waiting
    assert "What waits leaves when its time comes and sending goes on." in waiting
    page = await browser.open("/ops")
    assert "Sending is paused" in page.text
    await browser.press(page, "Let sending go on")
    await world.tick()
    assert len(world.letters(may)) == 1


async def test_an_alert_that_does_not_leave_is_a_banner_for_the_team(world: World) -> None:
    ada, may = await world.person("Ada", roles=["coordinator"]), await world.person("May")
    browser = await world.signed_in(ada)
    async with world.herald.store.transaction() as uow:
        found = await uow.people.get(may.id)
        assert found is not None
        await uow.deliveries.tell(found, Message("escalation.alert", "escalation.alert:E/1", lane=Lane.ALERT))
    world.clock.move(minutes=25)
    assert "An alert has not left" not in (await browser.open("/ops")).text
    world.clock.move(minutes=4)
    await browser.open("/ops")
    world.clock.set(world.clock() + timedelta(minutes=2))
    assert "An alert has not left for half an hour" in (await browser.open("/ops")).text


async def test_the_audit_page_shows_who_did_what_and_notices_a_changed_entry(world: World) -> None:
    ada = await world.person("Ada", roles=["coordinator"])
    ira = await world.person("Ira", roles=["auditor"])
    await (await world.signed_in(ada)).open("/me")
    async with world.herald.store.transaction() as uow:
        uow.audit.add("sending.paused", thing="sending", by=await uow.people.get(ada.id))
        await uow.audit.seal()
    auditor = await world.signed_in(ira)
    assert "read the audit log" in (await auditor.open("/me")).text
    page = await auditor.open("/ops/audit?thing=sending")
    assert "Operations" not in page.text, "nothing leads an auditor to a page that is closed to them"
    assert "Ada" in page.text
    assert "fit together" in page.text
    async with world.herald.store.transaction() as uow:
        await uow.session.execute(
            text("UPDATE audit_entry SET action = 'sending.resumed' WHERE action = 'sending.paused'")
        )
    assert "does not fit together" in (await auditor.open("/ops/audit")).text


async def test_a_message_that_failed_for_good_is_not_retried_by_a_second_press(world: World) -> None:
    ada = await world.person("Ada", roles=["coordinator"])
    browser = await world.signed_in(ada)
    async with world.herald.store.transaction() as uow:
        found = await uow.people.get(ada.id)
        assert found is not None
        await uow.deliveries.tell(found, Message("pledge.made", "pledge.made:1", facts={}))
        (row,) = await uow.deliveries.about("")
        row.state = DeliveryState.FAILED.value
    page = await browser.open("/ops/outbox")
    first = await browser.send(page, "Try again")
    again = await browser.send(page, "Try again")
    assert (first.status_code, again.status_code) == (200, 200)
    async with world.herald.store.reading() as uow:
        entries = [entry for entry in await uow.audit.latest() if entry.action == "delivery.retried"]
    assert len(entries) == 1
