"""Who sees what of an escalation: one's own, the lead's board, the record, the export; and that every reading is kept."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from bot.conversation.prompt import Receipt
from bot.rules.escalation_contacts import Because, Place
from digests.escalations import run_clocks
from handlers.acts import Press
from handlers.escalations.export import as_csv, export_of
from handlers.escalations.lists import board_of, mine_of, needs
from handlers.escalations.pressing import ALERT_ACT, RAISER_ACT
from handlers.escalations.reading import read
from handlers.partnership import calendar_of
from storage.tables.deliveries import DeliveryState
from storage.tables.escalations import EscalationContact
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.test_escalations import CONCERN, Cast, raised, the_cast
from tests.factories import a_person
from tests.talking import talk

FORMULA = '=HYPERLINK("http://192.0.2.1","see")'


async def entries(store: Store, reference: str) -> list[tuple[str, int | None]]:
    """What the audit log has about a record, the first first."""
    async with store.reading() as uow:
        return [(each.action, each.actor_id) for each in reversed(await uow.audit.latest(thing=reference))]


async def looked(store: Store, person: Person, reference: str) -> str:
    """What somebody meets at a record and at its export: `words`, `clocks` or `nothing`."""
    async with store.transaction() as uow:
        record = await read(uow, person=person, reference=reference)
    async with store.transaction() as uow:
        export = await export_of(uow, person=person, reference=reference)
    if record is None:
        assert export is None
        return "nothing"
    if record.words is None:
        assert export is None, "who does not read exports nothing"
        return "clocks"
    assert export is not None
    assert [note.text for note in record.words] == [note.text for note in export.words]
    assert CONCERN in [note.text for note in record.words]
    return "words"


class PageBroke(Exception):
    """The page could not be made."""


async def read_and_break(store: Store, person: Person, reference: str) -> None:
    """Reads a record, and never shows it."""
    async with store.transaction() as uow:
        assert await read(uow, person=person, reference=reference) is not None
        raise PageBroke


async def at_the_last_rung(store: Store, cast: Cast, reference: str, person: Person) -> None:
    """Puts somebody of the operations team behind the ladder, and tells them."""
    async with store.transaction() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        known = {contact.person_id: contact for contact in await uow.escalations.contacts(step)}
        contact = known.get(person.id) or EscalationContact(
            step_id=step.id, person_id=person.id, address=person.email, side="other", rung=3, because=Because.WATCHING
        )
        contact.alerted_at = uow.now
        await uow.escalations.add_contacts([contact])
    assert tuple(Place)[3] is Place.OPERATIONS_TEAM


async def test_only_the_raiser_those_it_was_put_to_and_the_escalation_lead_read_it(store: Store) -> None:
    cast = await the_cast(store)
    async with store.transaction() as uow:
        others = {
            role: await a_person(uow, role, agency_id="northmere-police", roles=[role])
            for role in ("admin", "auditor", "coordinator", "publisher", "analyst", "manager", "practitioner")
        }
        colleague = await a_person(uow, "Col", agency_id="northmere-council")
    reference = await raised(store, cast.ada)
    assert await looked(store, cast.ada, reference) == "words"
    assert await looked(store, cast.may, reference) == "words"
    assert await looked(store, cast.lea, reference) == "words"
    for person in (*others.values(), colleague, cast.dee):
        assert await looked(store, person, reference) == "nothing", person.name


async def test_who_stands_behind_the_ladder_sees_the_clocks_and_not_the_words(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    async with sqlite_store.transaction() as uow:
        team = [
            await a_person(uow, role, agency_id="northmere-police", roles=[role]) for role in ("coordinator", "admin")
        ]
    reference = await raised(sqlite_store, cast.ada)
    for person in team:
        await at_the_last_rung(sqlite_store, cast, reference, person)
        assert await looked(sqlite_store, person, reference) == "clocks"
    assert ("escalation.seen", team[0].id) in await entries(sqlite_store, reference)
    assert ("escalation.read", team[0].id) not in await entries(sqlite_store, reference)


@pytest.mark.parametrize(
    "change",
    [
        {"left_at": datetime(2026, 11, 24, 9, 59, tzinfo=UTC)},
        {"leaves_on": date(2026, 11, 23)},
        {"agency_id": "northmere-police"},
    ],
    ids=["left", "last day over", "works elsewhere"],
)
async def test_whom_it_was_put_to_and_who_is_not_there_any_more_reads_nothing(
    sqlite_store: Store, change: dict[str, object]
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    async with sqlite_store.transaction() as uow:
        may = await uow.people.get(cast.may.id)
        assert may is not None
        for name, value in change.items():
            setattr(may, name, value)
    assert await looked(sqlite_store, cast.may, reference) == "nothing"
    async with sqlite_store.reading() as uow:
        assert await mine_of(uow, cast.may) == ()
        assert not [need for need in await needs(uow, cast.may) if reference in need.title]
    assert ("escalation.reading-refused", cast.may.id) in await entries(sqlite_store, reference)


async def test_every_reading_is_in_the_audit_log_by_the_same_commit(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    before = len(await entries(sqlite_store, reference))
    with pytest.raises(PageBroke):
        await read_and_break(sqlite_store, cast.may, reference)
    assert len(await entries(sqlite_store, reference)) == before, "nothing was shown, so nothing was read"
    async with sqlite_store.transaction() as uow:
        assert await read(uow, person=cast.may, reference=reference) is not None
        assert await export_of(uow, person=cast.lea, reference=reference) is not None
    assert (await entries(sqlite_store, reference))[before:] == [
        ("escalation.read", cast.may.id),
        ("escalation.exported", cast.lea.id),
    ]


async def test_a_list_shows_nothing_of_what_was_written_and_is_no_reading(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    before = await entries(sqlite_store, reference)
    async with sqlite_store.reading() as uow:
        shown = repr((await board_of(uow), await mine_of(uow, cast.ada), await needs(uow, cast.may)))
    assert "closed although" not in shown
    assert "NH-2291" not in shown
    assert await entries(sqlite_store, reference) == before


async def test_my_escalations_say_what_part_i_have_in_each(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    async with sqlite_store.reading() as uow:
        (hers,) = await mine_of(uow, cast.ada)
        (put,) = await mine_of(uow, cast.may)
        assert await mine_of(uow, cast.dee) == (), "she was not told yet"
        assert await mine_of(uow, cast.lea) == (), "the board is not her own"
    assert (hers.escalation.reference, hers.part) == (reference, "You raised it")
    assert put.part == "It was put to you"
    assert [clock.what for clock in put.clocks] == ["Take on", "Answer"]


async def test_the_board_has_what_is_over_first_and_says_how_much_time_is_left(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    slow = await raised(store, cast.ada)
    urgent = await raised(store, cast.ada, urgency="urgent")
    async with store.reading() as uow:
        board = await board_of(uow)
    assert [line.escalation.reference for line in board.open] == [urgent, slow]
    assert [clock.left for clock in board.open[0].clocks] == ["2 hours left", "4 hours left"]
    assert [clock.left for clock in board.open[1].clocks] == ["4 working hours left", "1 working day left"]
    clock.move(hours=2, minutes=30)
    async with store.reading() as uow:
        board = await board_of(uow)
    assert board.open[0].late
    assert board.open[0].clocks[0].left == "the time has run out"
    assert board.open[1].clocks[0].left == "1 working hour left"
    assert "A message has waited 2 hours 30 minutes to leave" in board.open[1].warnings
    async with store.transaction() as uow:
        await RAISER_ACT.act(uow, Press(cast.ada, f"{slow}/1", "resolve", "k"))
    async with store.reading() as uow:
        board = await board_of(uow)
    assert [line.escalation.reference for line in board.open] == [urgent]
    assert [line.stands for line in board.closed] == ["settled"]


async def test_the_export_holds_the_whole_story_in_order(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.move(hours=4)
    await run_clocks(store)
    async with store.transaction() as uow:
        await ALERT_ACT.act(uow, Press(cast.dee, f"{reference}/1", "acknowledge", "k"))
    end = await talk(store, cast.dee, "escalation-response", subject=reference, response="agree", words="We look again")
    assert isinstance(end, Receipt), end
    async with store.transaction() as uow:
        for row in await uow.deliveries.about(f"{reference}/1"):
            if row.state == DeliveryState.QUEUED:
                row.state, row.sent_at, row.accepted_as = DeliveryState.SENT, uow.now, "250 queued as 4F2A"
        await RAISER_ACT.act(uow, Press(cast.ada, f"{reference}/1", "resolve", "k2"))
    async with store.transaction() as uow:
        assert await uow.audit.seal() > 0
    async with store.transaction() as uow:
        export = await export_of(uow, person=cast.lea, reference=reference)
        assert export is not None
        table = list(csv.DictReader(io.StringIO(as_csv(export, await calendar_of(uow)))))
    assert {row["part"] for row in table} >= {"export", "record", "written", "stage", "person", "message", "history"}
    history = [row for row in table if row["part"] == "history"]
    did = [row["what"] for row in history]
    told = [did.index(what) for what in ("Raised", "Stage opened", "Taken on", "Answered", "Ended")]
    assert sorted(told)[2:] == told[2:], "what came first stands first"
    assert did[-1] == "Exported", "the export is its own last entry"
    assert (history[-1]["who"], history[-1]["seal"]) == ("Lea", ""), "it is sealed a moment later"
    assert all(len(row["seal"]) == 64 and row["entry"] for row in history[:-1])
    people = {row["who"]: row["what"] for row in table if row["part"] == "person"}
    assert people["Dee"] == "took it on"
    assert people["May"] == "told"
    written = [row["detail"] for row in table if row["part"] == "written"]
    assert CONCERN in written
    assert {row["at"][-6:] for row in table if row["at"]} == {"+00:00"}, "local moments with their offset"


async def test_no_cell_of_the_file_is_run_by_a_spreadsheet(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    end = await talk(
        sqlite_store, cast.may, "escalation-response", subject=reference, response="agree", words="See the plan"
    )
    assert isinstance(end, Receipt), end
    async with sqlite_store.transaction() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        for text in (FORMULA, "+1", "\t=1", "@SUM(A1)", "-2+3"):
            await uow.escalations.write(escalation, kind="reason", author_id=cast.ada.id, text=text)
        export = await export_of(uow, person=cast.ada, reference=reference)
        assert export is not None
        rows = list(csv.reader(io.StringIO(as_csv(export, await calendar_of(uow)))))
    assert f"'{FORMULA}" in [cell for row in rows for cell in row]
    risky = [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t") and cell != "+1"]
    assert risky == []


async def test_a_colleague_behind_the_mailbox_reads_only_after_taking_it_on(sqlite_store: Store) -> None:
    gone = datetime(2026, 11, 1, tzinfo=UTC)
    cast = await the_cast(sqlite_store, left_at=gone)
    async with sqlite_store.transaction() as uow:
        dee = await uow.people.get(cast.dee.id)
        assert dee is not None
        dee.left_at = gone
        col = await a_person(uow, "Col", agency_id="northmere-council")
        stranger = await a_person(uow, "Sid", agency_id="northmere-police")
    reference = await raised(sqlite_store, cast.ada)
    assert await looked(sqlite_store, col, reference) == "clocks", "the mailbox of her agency was told"
    assert await looked(sqlite_store, stranger, reference) == "nothing"
    async with sqlite_store.reading() as uow:
        assert await mine_of(uow, col) == (), "what came to a mailbox is nobody's own yet"
    async with sqlite_store.transaction() as uow:
        await ALERT_ACT.act(uow, Press(col, f"{reference}/1", "acknowledge", "k"))
    assert await looked(sqlite_store, col, reference) == "words"
    async with sqlite_store.reading() as uow:
        (line,) = await mine_of(uow, col)
    assert (line.part, line.held_by) == ("It was put to you", "Col")


async def test_when_the_raiser_has_left_their_manager_finds_it_and_decides(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    async with sqlite_store.transaction() as uow:
        gus = await uow.people.by_email("gus@example.org")
        assert gus is not None
    assert await looked(sqlite_store, gus, reference) == "nothing", "as long as she is there it is hers"
    async with sqlite_store.transaction() as uow:
        ada = await uow.people.get(cast.ada.id)
        assert ada is not None
        ada.left_at = uow.now
    assert await looked(sqlite_store, cast.ada, reference) == "nothing"
    assert await looked(sqlite_store, gus, reference) == "words"
    async with sqlite_store.reading() as uow:
        (line,) = await mine_of(uow, gus)
    assert line.part == "You speak for the side that raised it"


async def test_who_leads_no_more_reads_no_more(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    assert await looked(sqlite_store, cast.lea, reference) == "words"
    as_her_page_knows_her = cast.lea
    async with sqlite_store.transaction() as uow:
        lea = await uow.people.get(cast.lea.id)
        assert lea is not None
        lea.roles = ["admin", "coordinator"]
    assert await looked(sqlite_store, as_her_page_knows_her, reference) == "nothing"


async def test_what_it_taught_is_read_by_who_may_read_the_rest(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    async with sqlite_store.transaction() as uow:
        await RAISER_ACT.act(uow, Press(cast.ada, f"{reference}/1", "resolve", "k"))
    async with sqlite_store.reading() as uow:
        board = await board_of(uow)
    assert "What was learned is not written yet" in board.closed[0].warnings
    end = await talk(
        sqlite_store, cast.lea, "escalation-learning", subject=reference, theme="voice", words="We ask the child first"
    )
    assert isinstance(end, Receipt), end
    async with sqlite_store.transaction() as uow:
        record = await read(uow, person=cast.may, reference=reference)
        board = await board_of(uow)
    assert record is not None
    assert record.words is not None
    assert (record.words[-1].kind, record.words[-1].text) == (
        "what it taught: The child's voice",
        "We ask the child first",
    )
    assert "What was learned is not written yet" not in board.closed[0].warnings
