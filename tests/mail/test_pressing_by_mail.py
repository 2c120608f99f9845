"""Check-ins, offers, bookings, deadlines and bulletins answered by a word in a reply; escalations never."""

from datetime import date

import pytest

from bot.conversation.prompt import Receipt
from bot.links import Button, Purpose
from bot.rendering.reply_buttons import pressed_in, reply_line
from handlers.files import apply_file
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.tables.people import Person
from tests.drive import ByEmail
from tests.mail.surveys import records
from tests.mail.writing import text_of
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


def test_an_escalation_is_never_answered_by_mail() -> None:
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
