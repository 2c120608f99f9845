"""What live blocks say: when booking opens, what became of pledges, what was done since the last edition."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.files.bulletin_model import BriefingsBlock, DoneBlock, PledgeBlock
from bot.files.known import NOTHING_KNOWN
from bot.files.live_blocks import read_line
from bot.files.problems import FileProblems, Findings
from bot.rendering.bulletin import Bookable, Edition, Reader, Surround, buttons_of, email_text, page_for
from bot.rendering.bulletin.account import Pledged, pledges_in_words
from bot.rules.booking_states import BookingState
from handlers.bulletins.loading import edition_of
from storage.tables.briefings import Booking
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.tables.people import Person
from storage.tables.pledges import Pledge
from storage.unit_of_work import UnitOfWork
from tests.bulletins.conftest import BASE_URL, ID, TEXT, Office, a_briefing
from tests.bulletins.test_rendering import EDITION
from tests.factories import a_person

DATES = TEXT.replace("{{ briefings next=3 }}", "{{ briefings next=2 kind=masterclass }}")
ACCOUNT = TEXT.replace("{{ pledge p1 }}", "{{ pledge p1 }}\n\n{{ done }}\n\n{{ done p1 }}")


def read(line: str) -> tuple[list[object], list[str]]:
    findings = Findings()
    known = replace(NOTHING_KNOWN, priorities=("p1",))
    blocks: list[object] = list(read_line(line, (1, 1), known, findings))
    try:
        findings.stop_if_wrong()
    except FileProblems as wrong:
        return blocks, [problem.message for problem in wrong.problems]
    return blocks, []


async def words_for(office: Office, text: str) -> str:
    """The text part of an edition as anybody reads it now."""
    await office.apply(text)
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        edition = await edition_of(uow, row, base_url=BASE_URL)
    page = page_for(edition, Reader(), links={}, around=Surround(base_url=BASE_URL, sender="Northmere"))
    return " ".join(email_text(page).split())


async def somebody_came(uow: UnitOfWork, briefing_id: str, people: list[Person], *, state: BookingState) -> None:
    for person in people:
        booking = Booking(
            reference=f"B-{briefing_id}-{person.id}",
            briefing_id=briefing_id,
            person_id=person.id,
            agency_id=person.agency_id,
            state=state.value,
            requested_at=uow.now,
            changed_at=uow.now,
            calendar_uid=f"{briefing_id}-{person.id}@herald",
        )
        await uow.briefings.add_booking(booking)


async def a_pledge(uow: UnitOfWork, person: Person, number: int, answers: list[str]) -> None:
    pledge = Pledge(
        reference=f"P-{number}",
        person_id=person.id,
        text="I will ring first.",
        priority="p1",
        made_on=date(2026, 1, 5),
        made_at=uow.now,
    )
    await uow.pledges.add(pledge, [("w6", date(2026, 2, 16)), ("m6", date(2026, 7, 5))])
    for check_in, answer in zip(await uow.pledges.check_ins_of([pledge.id]), answers, strict=False):
        check_in.status, check_in.answer = "replied", answer


async def a_done_step(uow: UnitOfWork, kind: str, owner: Person, *, done_at: datetime, priority: str | None) -> None:
    deadline = Deadline(
        id=f"{kind}-1",
        kind=kind,
        title=f"The {kind} of Northmere",
        owner_id=owner.id,
        priority=priority,
        content_hash="x",
        created_at=uow.now,
    )
    step = DeadlineStep(
        key="a",
        label="finished",
        due_on=date(2026, 12, 1),
        due_before=datetime(2026, 12, 2, tzinfo=UTC),
        statutory=False,
        owner_id=owner.id,
        state="done",
        done_at=done_at,
    )
    await uow.deadlines.add(deadline, [step])


def test_the_blocks_are_read_with_their_settings() -> None:
    assert read("{{ briefings next=3 kind=learning-event }}") == ([BriefingsBlock(3, "learning event")], [])
    assert read("{{ briefings kind=masterclass }} {{ done p1 }}") == (
        [BriefingsBlock(5, "masterclass"), DoneBlock("p1")],
        [],
    )
    assert read("{{ done }} {{ pledge }}") == ([DoneBlock(), PledgeBlock()], [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ briefings kind=masterclas }}", "Did you mean masterclass?"),
        ("{{ briefings next=21 }}", "a number from 1 to 20"),
        ("{{ briefings next=x }}", "a number from 1 to 20"),
        ("{{ briefings soon }}", "cannot be followed"),
        ("{{ briefings from=3 }}", "cannot be followed"),
        ("{{ done p2 }}", "not a priority"),
        ("{{ dine }}", "Did you mean done?"),
    ],
)
def test_a_block_that_cannot_be_followed_says_what_to_write(line: str, said: str) -> None:
    _, messages = read(line)
    assert len(messages) == 1
    assert said in messages[0]


async def test_a_date_whose_booking_opens_later_says_when_and_has_no_link(sqlite_office: Office) -> None:
    office = sqlite_office
    async with office.store.transaction() as uow:
        opens = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
        await a_briefing(uow, "plain-words", days=60, kind="masterclass", booking_opens_at=opens)
        await a_briefing(uow, "neglect", days=40, kind="masterclass")
        await a_briefing(uow, "over", days=1, kind="masterclass", booking_closes_at=uow.now - timedelta(hours=1))
    said = await words_for(office, DATES)
    assert "Plain words Friday 29 January 2027, 10:00 to 11:00. Online. Booking opens on 5 January 2027." in said
    assert "Neglect Saturday 9 January 2027, 10:00 to 11:00. Online." in said
    assert "Levels of need" not in said
    assert "Over" not in said


def test_only_what_can_be_booked_gets_a_personal_link() -> None:
    later = Bookable("b9", "Later", "Friday", "Online", opens="5 January 2027")
    edition: Edition = replace(EDITION, bookable=(later, *EDITION.bookable))
    booking = {slot: button.about for slot, button in buttons_of(edition, Reader()).items() if slot.startswith("book")}
    assert booking == {"book1": "b1"}


def test_pledges_are_counted_from_five_and_never_give_one_away() -> None:
    assert pledges_in_words(Pledged("p1", 4, 2, 1, 1)) == ""
    assert pledges_in_words(Pledged("p1", 9, 1, 1, 1)) == "9 pledges have been made so far."
    assert pledges_in_words(Pledged("p1", 43, 12, 6, 5)) == (
        "43 pledges have been made so far. Of the 23 whose makers told us how it went, 12 were kept and 6 in part."
    )
    assert "kept" not in pledges_in_words(Pledged("p1", 43, 2, 20, 20))  # two people kept theirs: not for everybody


async def test_what_was_done_is_told_since_the_last_edition(office: Office) -> None:
    async with office.store.transaction() as uow:
        people = [await a_person(uow, f"Guest {number}", agency_id="northmere-police") for number in range(12)]
        await a_briefing(uow, "held-lately", days=-3, priority="p1")
        await a_briefing(uow, "held-long-ago", days=-50, priority="p1")
        await a_briefing(uow, "nobody-came", days=-2)
        await somebody_came(uow, "held-lately", people[:7], state=BookingState.ATTENDED)
        await somebody_came(uow, "held-long-ago", people[:3], state=BookingState.PARTIAL)
        await somebody_came(uow, "nobody-came", people[:2], state=BookingState.NO_SHOW)
        lately = uow.now - timedelta(days=5)
        await a_done_step(uow, "annual-report", people[0], done_at=lately, priority=None)
        await a_done_step(uow, "rapid-review", people[0], done_at=lately, priority=None)
        for number, person in enumerate(people):
            await a_pledge(
                uow, person, number, ["not_yet", "kept"] if number < 6 else ["partly"] if number < 11 else []
            )
    said = await words_for(office, ACCOUNT)
    assert "Since 30 October 2026: * Held lately (27 November 2026): 7 people from 1 agency came." in said
    assert "The annual-report of Northmere: finished: done on 25 November 2026, in time." in said
    assert "rapid-review" not in said  # that there was one is about a child
    assert "Nobody came" not in said
    assert said.count("Held long ago") == 1  # in the account of the priority alone, which goes back to its beginning
    assert "12 pledges have been made so far. Of the 11 whose makers told us how it went, 6 were kept and 5 in" in said
