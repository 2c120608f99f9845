"""Looking after people: audiences, leaving, access requests, erasure, strangers."""

from datetime import date

import pytest

from bot.files.audience import Audience
from digests.messages import KINDS
from digests.people import let_people_leave
from handlers.audience import people_in
from handlers.bookings.booking import book
from handlers.files import apply_file
from handlers.people_care import Refused, erase_person, everything_about, stranger_asks
from storage.deliveries import Message
from storage.tables.base import Table
from storage.tables.deadlines import Deadline
from storage.tables.people import Person
from storage.tables.pledges import Pledge, PledgeCheckIn
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

ONE_SEAT = """herald_briefings: 1
briefings:
  - {id: one-seat, title: Levels of need, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30,
     place: Online, capacity: 1, booking_opens: 2026-11-20T09:00}
"""


async def names(uow: UnitOfWork, audience: Audience, *, series_id: str | None = None) -> list[str]:
    return [person.name for person in await people_in(uow, audience, series_id=series_id)]


async def test_an_audience_means_people_who_are_present_by_their_own_or_their_agencys_sector(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ada", agency_id="northmere-police")
        await a_person(uow, "Ben", agency_id="northmere-police", sector="health")
        await a_person(uow, "Cy", agency_id="northmere-police", left_at=uow.now)
        await a_person(uow, "Di", agency_id="northmere-police", leaves_on=date(2026, 11, 23))
        await a_person(uow, "Eve", agency_id="northmere-police", leaves_on=date(2026, 11, 24))
        assert await names(uow, Audience(sectors=("police",))) == ["Ada", "Eve"]
        assert await names(uow, Audience(everyone=True, exclude=Audience(sectors=("health",)))) == ["Ada", "Eve"]


async def test_whoever_left_a_series_is_left_out_whatever_the_audience_says(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        ada, ben = await a_person(uow, "Ada"), await a_person(uow, "Ben")
        await uow.people.subscribe(person_id=ada.id, series_id="main")
        await uow.people.unsubscribe(person_id=ben.id, series_id="main")
    async with store.reading() as uow:
        assert await names(uow, Audience(everyone=True)) == ["Ada", "Ben"]
        assert await names(uow, Audience(everyone=True), series_id="main") == ["Ada"]
        assert await names(uow, Audience(series=("main",)), series_id="main") == ["Ada"]


async def test_people_whose_last_day_is_over_leave_by_themselves(store: Store, clock: MovingClock) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        ada = await a_person(uow, "Ada", leaves_on=date(2026, 11, 24))
        cookie = uow.signins.new_session(person_id=ada.id, signed_in=True)
    assert await let_people_leave(store) == 0
    clock.move(days=1)
    assert await let_people_leave(store) == 1
    assert await let_people_leave(store) == 0
    async with store.reading() as uow:
        assert await uow.people.present() == []
        assert await uow.signins.session(cookie) is None


async def test_an_access_request_shows_every_table_that_names_the_person(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, "Ada")
        await uow.people.subscribe(person_id=ada.id, series_id="main")
        await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key="k"))
        uow.signins.new_link(person_id=ada.id, browser=None)
    async with store.reading() as uow:
        found = await everything_about(uow, ada)
    assert found["person"]["email"] == "ada@example.org"
    assert {"series_subscription", "delivery", "signin_link"} <= found.keys()
    assert found["signin_link"][0]["token_mac"] == "(kept, not shown)"


async def test_an_access_request_shows_what_hangs_on_their_records_and_what_the_audit_log_has(store: Store) -> None:
    async with store.transaction() as uow:
        ada, ben = await a_person(uow, "Ada"), await a_person(uow, "Ben")
        for person in (ada, ben):
            pledge = Pledge(
                reference=f"P-2026-000{person.id}",
                person_id=person.id,
                text="Ring first",
                theme="ring_first",
                visibility="private",
                made_on=date(2026, 1, 5),
                made_at=uow.now,
            )
            uow.session.add(pledge)
            await uow.session.flush()
            uow.session.add(PledgeCheckIn(pledge_id=pledge.id, stage="w6", due_on=date(2026, 2, 16), answer="kept"))
            uow.audit.add("pledge.made", thing=pledge.reference, by=person)
    async with store.reading() as uow:
        found = await everything_about(uow, ada)
    assert [row["answer"] for row in found["pledge_check_in"]] == ["kept"]
    assert [row["actor_id"] for row in found["audit_entry"]] == [ada.id]


async def test_erasing_leaves_no_trace_of_name_or_address_in_any_table(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ada", roles=["coordinator", "admin"])
        ben = await a_person(uow, "Benedict", manager_email="ada@example.org")
        await a_person(uow, "Cy", manager_email="benedict@example.org", deputy_email="benedict@example.org")
        await uow.people.subscribe(person_id=ben.id, series_id="main")
        await uow.people.stranger_asks(email="benedict@example.org", slack_id=None)
        await uow.deliveries.tell(ben, Message(kind="people.stranger", ledger_key="k"))
        await uow.deliveries.tell_address("benedict@example.org", Message(kind="people.stranger", ledger_key="m"))
        await _a_closed_deadline(uow, ben)
    async with store.transaction() as uow:
        person = await uow.people.by_email("benedict@example.org")
        assert person is not None
        await erase_person(uow, person=person)
    async with store.reading() as uow:
        for table in Table.metadata.sorted_tables:
            rows = (await uow.session.execute(table.select())).all()
            assert "enedict" not in repr(rows), table.name
        entry = (await uow.audit.latest(limit=1))[0]
    assert entry.action == "person.erased"
    assert entry.thing == f"person:{ben.id}"


async def _a_closed_deadline(uow: UnitOfWork, owner: Person, *, state: str = "done") -> None:
    uow.session.add(
        Deadline(
            id="rr-1",
            kind="custom",
            title="A return",
            owner_id=owner.id,
            state=state,
            content_hash="0",
            created_at=uow.now,
        )
    )
    await uow.session.flush()


async def test_erasing_gives_a_seat_to_the_next_in_the_queue(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await apply_file(uow, name="one.yaml", text=ONE_SEAT)
        ada, ben = await a_person(uow, "Ada"), await a_person(uow, "Ben")
        await book(uow, briefing_id="one-seat", person=ada)
        await book(uow, briefing_id="one-seat", person=ben)
    async with store.transaction() as uow:
        leaver = await uow.people.get(ada.id)
        assert leaver is not None
        await erase_person(uow, person=leaver)
    async with store.reading() as uow:
        left = await uow.briefings.bookings("one-seat")
        briefing = await uow.briefings.get("one-seat")
    assert [(booking.person_id, booking.state) for booking, _ in left] == [(ben.id, "offered")]
    assert briefing is not None
    assert briefing.booked == 1


async def test_nobody_is_erased_while_a_deadline_is_theirs_or_as_the_last_admin(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        ada = await a_person(uow, "Ada", roles=["admin"])
        ben = await a_person(uow, "Ben")
        await _a_closed_deadline(uow, ben, state="active")
        with pytest.raises(Refused, match="rr-1"):
            await erase_person(uow, person=ben)
        with pytest.raises(Refused, match="last admin"):
            await erase_person(uow, person=ada)


async def test_coordinators_are_told_once_of_a_stranger_and_the_message_holds_no_address(
    store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ada", roles=["coordinator"])
        assert await stranger_asks(uow, email="New@Example.org")
        assert not await stranger_asks(uow, email="new@example.org")
    clock.move(days=3)
    async with store.transaction() as uow:
        rows = await uow.deliveries.about("strangers")
        assert len(rows) == 1
        assert "new@" not in repr(rows[0].facts) + rows[0].ledger_key
    assert rows[0].kind in KINDS
