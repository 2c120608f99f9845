"""Check-ins, offers, bookings, deadlines and bulletins answered by a word in a reply.

Of escalations only that somebody takes one on (`test_acknowledging_by_mail.py`).
"""

from datetime import date

import pytest

from bot.conversation.prompt import Receipt
from bot.links import Button, Purpose
from bot.mail_addresses import MailPurpose, tagged_address
from bot.rendering.reply_buttons import pressed_in, reply_line
from bot.rules.booking_states import BookingState
from handlers.bookings.booking import book
from handlers.files import apply_file
from storage.bulletins import EDITION
from storage.deliveries import Message
from storage.tables.briefings import Booking
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.tables.people import Person
from tests.drive import ByEmail
from tests.mail.surveys import records
from tests.mail.writing import send, text_of
from tests.talking import talk
from tests.world import World

OFFER = (
    Button("Accept the seat", Purpose.OFFER, "B-1", "accept"),
    Button("No, thank you", Purpose.OFFER, "B-1", "decline"),
)
CHECK_IN = tuple(
    Button(label, Purpose.CHECK_IN, "P-1/w6", value)
    for value, label in (("kept", "Kept"), ("partly", "Partly"), ("not_yet", "Not yet"))
)
ALERT = (Button("I have it", Purpose.ALERT, "E-1", "ack"),)


@pytest.mark.parametrize(
    ("text", "choice"),
    [("1", "accept"), ("2.", "decline"), ("accept", "accept"), ("Accept the seat!", "accept"), ("YES", "accept"),
     ("no thank you", "decline"), ("no", "decline"), ("yes please\nI look forward to it", "accept"), ("3", None),
     ("maybe", None), ("", None), ("1 and 2", None)],
)  # fmt: skip
def test_a_reply_presses_what_the_mail_offered(text: str, choice: str | None) -> None:
    button = pressed_in(text, OFFER)
    assert (button.choice if button else None) == choice


@pytest.mark.parametrize(
    ("text", "choice"), [("kept", "kept"), ("not yet", "not_yet"), ("3", "not_yet"), ("yes", None)]
)
def test_yes_is_no_answer_where_three_are_offered(text: str, choice: str | None) -> None:
    button = pressed_in(text, CHECK_IN)
    assert (button.choice if button else None) == choice


def test_what_an_alert_asks_is_no_choice_by_number_or_word() -> None:
    assert reply_line(ALERT) == ""
    assert pressed_in("1", ALERT) is None
    assert pressed_in("I have it", ALERT) is None


async def pledged(world: World) -> tuple[Person, str]:
    """Somebody whose pledge is asked about."""
    ada = await world.person("Ada")
    end = await talk(world.herald.store, ada, "pledge", pick="team_talk", visibility="private")
    assert isinstance(end, Receipt)
    world.clock.move(days=42)
    await world.tick()
    return ada, end.reference


async def test_a_pledge_is_checked_in_by_one_word_and_the_rest_is_asked_by_mail(world: World) -> None:
    person, reference = await pledged(world)
    ada = ByEmail(world, person)
    assert ada.sees("1. Kept 2. Partly")
    await ada.reply("Kept")
    assert ada.sees("Recorded: Kept.")
    assert ada.sees("Has it made a difference?")
    await ada.reply("1. Some\n2. We talk earlier now")
    assert ada.sees("Thank you for telling us")
    async with world.herald.store.reading() as uow:
        pledge = await uow.pledges.by_reference(reference)
        assert pledge is not None
        check_in = await uow.pledges.check_in(pledge.id, "w6")
        assert check_in is not None
        assert (check_in.answer, check_in.difference, check_in.difference_text) == (
            "kept",
            "some",
            "We talk earlier now",
        )


async def told(world: World, person: Person, message: Message) -> None:
    async with world.herald.store.transaction() as uow:
        await uow.deliveries.tell(person, message)
    await world.tick()


async def test_a_reply_to_an_alert_is_thrown_away_with_a_kind_word_and_the_link(world: World) -> None:
    person = await world.person("Ada", roles=["manager"])
    facts = {
        "reference": "E-2026-0001", "stage": "Practitioner to practitioner", "from_agency": "Northmere Police",
        "to_agency": "Northmere Health", "urgent": False, "respond_by": "2026-11-26T10:00:00+00:00",
        "acknowledge_by": "2026-11-24T14:00:00+00:00", "why": "", "title": "An escalation",
    }  # fmt: skip
    message = Message(
        kind="link.fresh", ledger_key="x", lane=Lane.ALERT, facts={**facts, "purpose": "alert", "about": "1"}
    )
    await told(world, person, message)
    ada = ByEmail(world, person)
    await ada.reply("The child is Ada Byron, born 1 May 2015")
    assert ada.sees("What you wrote was not read and is not kept.")
    assert "Byron, born" not in text_of(world.letters(person)[-1])
    assert await records(world) == [("taken", "")]


async def test_a_nudge_about_a_deadline_is_answered_with_done(world: World) -> None:
    person = await world.person("Ada", roles=["coordinator"])
    async with world.herald.store.transaction() as uow:
        await apply_file(
            uow,
            name="deadlines.yaml",
            text="herald_deadlines: 1\ndeadlines:\n"
            "  - {id: s11, kind: custom, title: Section 11 return, owner: ada@example.org, due: 2026-11-25}\n",
        )
    world.clock.move(days=1)
    await world.tick()
    ada = ByEmail(world, person)
    assert ada.sees("You can also answer this e-mail")
    await ada.reply("done")
    assert ada.sees("is marked done")
    assert date(2026, 11, 25) == world.clock().date()


SESSION = """herald_briefings: 1
briefings:
  - {id: tea, title: Tea and signs, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30, place: Online, capacity: 1}
"""


async def booked(world: World, person: Person) -> Booking:
    async with world.herald.store.transaction() as uow:
        await book(uow, person=person, briefing_id="tea", declared=False)
        found = await uow.briefings.booking_of(briefing_id="tea", person_id=person.id)
        assert found is not None
        return found


async def test_cancel_in_reply_to_a_booking_gives_the_seat_back_and_yes_takes_the_one_that_is_offered(
    world: World,
) -> None:
    first, second = await world.person("Ada"), await world.person("Ben")
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="briefings.yaml", text=SESSION)
    await booked(world, first)
    await booked(world, second)
    await world.tick()
    ada, ben = ByEmail(world, first), ByEmail(world, second)
    assert ada.sees("You can also answer this e-mail with: CANCEL")
    assert ben.sees("Waiting list") or ben.sees("on the waiting list")
    await ada.reply("CANCEL\n\nSorry!\nAda")
    assert ada.sees("cancelled")
    await world.tick()
    assert ben.sees("A seat has come free")
    await ben.reply("Yes please")
    async with world.herald.store.reading() as uow:
        seat = await uow.briefings.booking_of(briefing_id="tea", person_id=second.id)
    assert seat is not None
    assert seat.state == BookingState.CONFIRMED
    assert await records(world) == [("taken", ""), ("taken", "")]


async def test_stop_in_reply_to_a_bulletin_leaves_that_series(world: World) -> None:
    ada, ben = await world.person("Ada"), await world.person("Ben")
    async with world.herald.store.transaction() as uow:
        await uow.people.subscribe(person_id=ada.id, series_id="main")
        about = {"id": "tea", "series_id": "main", "title": "Tea", "source": "", "content_hash": "", "audience": {}}
        uow.session.add(Bulletin(**about, author="Ada", changed_at=uow.now))
        row = uow.deliveries.row(
            Message(kind=EDITION, ledger_key="e", about="bulletin:tea"), channel=Channel.EMAIL, person=ada
        )
        await uow.deliveries.queue([{**row, "state": DeliveryState.SENT}])
        (sent,) = await uow.deliveries.about("bulletin:tea")
    to = tagged_address(MailPurpose.REPLY, sent.id, domain="northmere.example.org", keyring=world.settings.keyring)
    mail = f"From: {ada.email}\r\nTo: {to}\r\nMessage-ID: <s@mail.example.org>\r\nSubject: Re: Tea\r\n\r\nStop.\r\n"
    assert await send(mail.encode(), port=world.mail_port, sender=ada.email, to=to) == 250
    await world.tick()
    assert ByEmail(world, ada).sees("You receive no more of these bulletins")
    async with world.herald.store.reading() as uow:
        (subscription,) = await uow.people.subscriptions_of(ada.id)
    assert subscription.left_at is not None
    assert world.letters(ben) == []
