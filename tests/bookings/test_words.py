"""What is said and pressed: a title finds its session, words alone change nothing, a talk ends with a seat."""

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt, Shown
from bot.links import Purpose
from handlers import conversations
from handlers.acts import Listing, Opens, Press
from handlers.my import mine_of, needs_of
from handlers.registry import ACTS
from handlers.words import understand
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import LEVELS, a_booker, booked, booking_of, local, people, state_of, the_partnership
from tests.clocks import MovingClock

SIGNS = {"id": "signs-of-safety", "title": "Signs of Safety", "starts": "2026-12-10T12:30", "ends": "2026-12-10T13:30"}
SIGNS_AGAIN = {**SIGNS, "id": "signs-again", "starts": "2027-01-14T12:30", "ends": "2027-01-14T13:30"}
CORE = {"id": "core-groups", "title": "Core groups", "starts": "2026-12-11T12:30", "ends": "2026-12-11T13:30"}


async def _said(store: Store, person: Person, text: str) -> Opens | Listing | Notice:
    async with store.reading() as uow:
        return await understand(uow, person, text)


async def test_one_clear_title_opens_its_booking_and_books_nothing(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {}, SIGNS, CORE)
    [ada] = await people(sqlite_store, 1)

    for said in (
        "book signs of safety",
        "book me on sings of safety please",
        "Signs of Safety",
        "book signs-of-safety",
    ):
        assert await _said(sqlite_store, ada, said) == Opens("booking", "signs-of-safety"), said
    assert await _said(sqlite_store, ada, "book") == Opens("booking")
    async with sqlite_store.reading() as uow:
        assert await uow.briefings.open_of(ada.id) == []


async def test_a_title_with_two_dates_is_listed_with_a_button_each(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {}, SIGNS, SIGNS_AGAIN)
    [ada] = await people(sqlite_store, 1)

    answer = await _said(sqlite_store, ada, "book signs of safety")

    assert isinstance(answer, Listing)
    assert [need.buttons[0].about for need in answer.needs] == ["signs-of-safety", "signs-again"]


async def test_an_unknown_title_shows_the_three_nearest(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {}, SIGNS, SIGNS_AGAIN, CORE)
    [ada] = await people(sqlite_store, 1)

    answer = await _said(sqlite_store, ada, "book neglect")

    assert isinstance(answer, Listing)
    assert len(answer.needs) == 3
    assert answer.lines[0].startswith("Nothing is booked.")


async def test_what_i_have_already_is_shown_with_its_reference_to_cancel(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {}, SIGNS)
    [ada] = await people(sqlite_store, 1)
    await booked(sqlite_store, ada)

    answer = await _said(sqlite_store, ada, "book levels of need")

    assert isinstance(answer, Listing)
    assert answer.title == "You have this already"


async def test_cancel_lists_every_booking_and_cancels_none(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {}, SIGNS)
    [ada] = await people(sqlite_store, 1)
    assert isinstance(await _said(sqlite_store, ada, "cancel"), Notice)
    await booked(sqlite_store, ada)
    await booked(sqlite_store, ada, "signs-of-safety")

    both = await _said(sqlite_store, ada, "cancel")
    one = await _said(sqlite_store, ada, "cancel signs of safety")

    assert isinstance(both, Listing)
    assert [need.title for need in both.needs] == ["Levels of need and support", "Signs of Safety"]
    assert isinstance(one, Listing)
    assert [need.title for need in one.needs] == ["Signs of Safety"]
    assert await state_of(sqlite_store, ada) == "confirmed"


async def test_the_talk_about_one_session_ends_with_a_seat(store: Store) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)
    shown = await _talked(store, ada, subject=LEVELS, answers=({"confirm": "yes"},))
    assert isinstance(shown, Receipt)
    assert shown.title == "Your seat is booked"
    assert shown.reference == "B-2026-0001"


async def test_choosing_asks_for_the_managers_agreement_only_where_it_is_needed(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {"approval": "declared"}, SIGNS)
    ada, ben = await people(sqlite_store, 2)

    shown = await _talked(sqlite_store, ada, answers=({"briefing": LEVELS}, {"declared": "yes"}, {}))
    assert isinstance(shown, Receipt)
    assert await state_of(sqlite_store, ada) == "confirmed"
    shown = await _talked(sqlite_store, ben, answers=({"briefing": "signs-of-safety"}, {}))
    assert isinstance(shown, Receipt)
    assert await state_of(sqlite_store, ben, "signs-of-safety") == "confirmed"


async def _talked(store: Store, person: Person, *, subject: str = "", answers: tuple[dict[str, str], ...]) -> Shown:
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=person, flow="booking", surface=Surface.DM, subject=subject)
    for number, raw in enumerate(answers):
        assert isinstance(shown, Prompt), shown
        async with store.transaction() as uow:
            shown = await conversations.answer(
                uow,
                person=person,
                reply=conversations.Reply(
                    conversation_id=shown.conversation_id,
                    revision=shown.revision,
                    step=shown.step,
                    surface=Surface.DM,
                    source="test",
                    key=f"{person.id}-{number}",
                    raw=raw,
                ),
            )
    return shown


async def test_another_booking_at_that_time_is_pointed_out_before_booking(sqlite_store: Store) -> None:
    same_time = {**CORE, "starts": "2026-12-09T13:00", "ends": "2026-12-09T14:00"}
    await the_partnership(sqlite_store, {}, same_time)
    [ada] = await people(sqlite_store, 1)
    await booked(sqlite_store, ada)

    async with sqlite_store.transaction() as uow:
        shown = await conversations.start(uow, person=ada, flow="booking", surface=Surface.WEB, subject="core-groups")

    assert isinstance(shown, Prompt)
    assert "Levels of need and support" in shown.intro[-1]


async def test_offers_wait_for_me_and_bookings_are_mine(sqlite_store: Store, clock: MovingClock) -> None:
    await the_partnership(sqlite_store, {"capacity": 1})
    manager = await a_booker(sqlite_store, "Mo")
    ada, ben = await people(sqlite_store, 2, manager_email=manager.email)
    await booked(sqlite_store, ada)
    await booked(sqlite_store, ben)
    async with sqlite_store.reading() as uow:
        [mine] = await mine_of(uow, ben)
        assert "number 1 on the waiting list" in mine.line
    async with sqlite_store.transaction() as uow:
        reference = (await booking_of(sqlite_store, ada)).reference
        await ACTS[Purpose.BOOKING].act(uow, Press(ada, reference, "cancel", "k1"))
    async with sqlite_store.reading() as uow:
        [need] = await needs_of(uow, ben)
        assert [button.choice for button in need.buttons] == ["accept", "decline"]
        assert await mine_of(uow, ada) == ()
    clock.set(local("2026-11-25T10:00"))
    async with sqlite_store.reading() as uow:
        assert await needs_of(uow, ben) == (), "an offer that has run out waits for nobody, sweep or no sweep"
