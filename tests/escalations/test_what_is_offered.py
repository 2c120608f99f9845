"""What the raiser's side is offered on the page of a record: settling it stands out only once there is an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.conversation.prompt import Notice
from bot.rendering.note import Note
from digests.compose import compose_note
from digests.escalations import run_clocks
from digests.messages.kinds import Writing
from handlers.partnership import partnership_of
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import changed, press, record
from tests.escalations.conftest import SignedIn
from tests.escalations.test_escalations import Cast, raised, the_cast
from tests.talking import talk
from tests.web.browser import Browser, Page

MORE_TIME = "Give them two more working days"
OVER = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def buttons(page: Page) -> list[tuple[str, bool]]:
    """What the page offers, in its order, and what of it stands out."""
    found = page.soup.select("main form.act button")
    return [(each.get_text(strip=True), "secondary" not in (each.get("class") or ())) for each in found]


def stands_out(page: Page) -> list[str]:
    return [label for label, primary in buttons(page) if primary]


def labels(page: Page) -> Sequence[str]:
    return [label for label, _ in buttons(page)]


async def of_the_record(browser: Browser, reference: str) -> Page:
    return await browser.open(f"/escalations/{reference}")


async def question_to(store: Store, cast: Cast, reference: str) -> list[Note]:
    """The messages in which the raiser was asked what shall happen, the first first, as they leave by e-mail."""
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "https://herald.example.org")
        rows = [row for row in await uow.deliveries.about(reference) if row.kind == "escalation.ask-raiser"]
        mine = [row for row in rows if row.person_id == cast.ada.id and row.channel == "email"]
        mine.sort(key=lambda row: row.id)
        return [compose_note(row.kind, row.facts, writing=writing) for row in mine]


async def test_before_an_answer_nothing_invites_the_raiser_to_settle_it(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    ada = await browsers.as_(cast.ada)
    page = await of_the_record(ada, reference)
    assert stands_out(page) == [], "nothing is asked of her yet"
    assert "This settles it" not in labels(page), "nothing came that could"
    assert labels(page)[0] == "Take it to the next stage"
    said = await ada.press(page, "It is settled between us")
    assert said.heading == "Settled"


async def test_with_an_answer_settling_it_stands_out(sqlite_store: Store, cast: Cast, browsers: SignedIn) -> None:
    reference = await raised(sqlite_store, cast.ada)
    await talk(
        sqlite_store, cast.may, "escalation-response", subject=reference, response="agree", words="We look again"
    )
    page = await of_the_record(await browsers.as_(cast.ada), reference)
    assert stands_out(page) == ["This settles it"]
    assert labels(page)[0] == "This settles it"


async def test_once_the_time_is_over_going_further_stands_out(
    sqlite_store: Store, cast: Cast, browsers: SignedIn, clock: MovingClock
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    clock.set(OVER)
    await run_clocks(sqlite_store)
    page = await of_the_record(await browsers.as_(cast.ada), reference)
    assert stands_out(page) == ["Take it to the next stage"]
    assert MORE_TIME in labels(page)


async def test_taking_it_on_and_answering_stand_out_for_the_other_side(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    may = await browsers.as_(cast.may)
    assert stands_out(await of_the_record(may, reference)) == ["I have this"]
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    assert stands_out(await of_the_record(may, reference)) == ["Write the answer"]


async def test_who_took_it_on_and_may_not_read_it_is_led_to_handing_it_on(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    for person in (cast.may, cast.dee):
        await changed(sqlite_store, person, left_at=datetime(2026, 11, 1, tzinfo=UTC))
    await changed(sqlite_store, cast.lea, roles=["coordinator"])
    async with sqlite_store.transaction() as uow:
        (council,) = [agency for agency in await uow.people.agencies() if agency.id == "northmere-council"]
        council.role_mailbox = None
    reference = await raised(sqlite_store, cast.ada)
    lea = await browsers.as_(cast.lea)
    assert stands_out(await of_the_record(lea, reference)) == ["I have this"]
    await press(sqlite_store, cast.lea, "acknowledge", f"{reference}/1")
    assert buttons(await of_the_record(lea, reference)) == [("Hand it to a colleague", True)]


async def test_after_its_end_opening_it_again_is_a_quiet_offer(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.ada, "resolve", reference)
    page = await of_the_record(await browsers.as_(cast.ada), reference)
    assert buttons(page) == [("Open it again", False)]


@pytest.mark.parametrize(("urgency", "offered"), [("standard", True), ("urgent", False)])
async def test_more_working_days_are_offered_only_where_working_days_count(
    sqlite_store: Store, cast: Cast, browsers: SignedIn, urgency: str, offered: bool
) -> None:
    reference = await raised(sqlite_store, cast.ada, urgency=urgency)
    page = await of_the_record(await browsers.as_(cast.ada), reference)
    assert (MORE_TIME in labels(page)) is offered


async def test_an_urgent_matter_is_given_no_more_time_whoever_asks(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada, urgency="urgent")
    _, (before,) = await record(store, reference)
    for person in (cast.ada, cast.lea):
        said = await press(store, person, "give-time", f"{reference}/1")
        assert isinstance(said, Notice)
        assert said.title == "No more time can be given now"
        assert "urgent" in " ".join(said.lines)
    _, (after,) = await record(store, reference)
    assert (after.extended_until, after.answer_by) == (None, before.answer_by), "a child does not wait two days"


async def test_asked_a_second_time_the_raiser_is_not_offered_what_was_given_once(
    sqlite_store: Store, cast: Cast, clock: MovingClock
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    clock.set(OVER)
    await run_clocks(sqlite_store)
    await press(sqlite_store, cast.ada, "give-time", f"{reference}/1")
    clock.move(days=2)
    await run_clocks(sqlite_store)
    first, second = await question_to(sqlite_store, cast, reference)
    assert "give-time" in [button.choice for button in first.buttons]
    assert [button.choice for button in second.buttons] == ["advance", "resolve"]
    assert {note.buttons[-1].label for note in (first, second)} == {"It is settled between us"}
