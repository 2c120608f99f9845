"""An escalation is taken on by a word in a reply, and nothing else that a reply says is read or kept."""

import pytest

from bot.conversation.prompt import Receipt
from bot.links import Button, Purpose
from bot.rendering.reply_buttons import acknowledging_word, reply_line
from storage.tables.people import Person
from tests.drive import ByEmail
from tests.mail.surveys import records
from tests.mail.writing import reply_to, send, text_of
from tests.talking import talk
from tests.world import World

SECRET = "Jamie Planted was seen at Nowhere Lane"
ALERT = (
    Button("I have this", Purpose.ALERT, "E-2026-0001/1", "acknowledge"),
    Button("Read and answer", Purpose.ALERT, "E-2026-0001/1", "read"),
)


@pytest.mark.parametrize(
    ("text", "takes_it_on"),
    [("I have this", True), ("  i have THIS. \nand more words", True), ("Acknowledged", True), ("ack", True),
     ("1", False), ("yes", False), ("Read and answer", False), ("I have this but not that", False), ("", False)],
)  # fmt: skip
def test_only_the_words_of_the_button_take_it_on(text: str, takes_it_on: bool) -> None:
    assert (acknowledging_word(text, ALERT) == ALERT[0]) is takes_it_on
    assert acknowledging_word(text, ALERT[1:]) is None


def test_the_alert_says_what_to_answer() -> None:
    assert "I have this" in reply_line(ALERT)
    assert "Read and answer" not in reply_line(ALERT)


async def raised(world: World) -> tuple[Person, str]:
    """Ada of health has raised something; May of the council is told."""
    ada = await world.person("Ada", agency_id="northmere-health")
    may = await world.person("May", agency_id="northmere-council", roles=["manager"])
    await world.person("Lea", agency_id="northmere-police", roles=["escalation-lead", "coordinator"])
    answers = {
        "danger": "no", "consulted": "yes", "other_agency": "northmere-council", "kind": "closing",
        "urgency": "standard", "own_reference": "NH-2291", "reason": "The plan was closed too early",
    }  # fmt: skip
    end = await talk(world.herald.store, ada, "escalation", **answers)
    assert isinstance(end, Receipt), end
    await world.tick()
    return may, end.reference


async def taken_on(world: World, reference: str) -> str | None:
    """Who has it, if anybody."""
    async with world.herald.store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        who = None if step.acknowledged_by is None else await uow.people.get(step.acknowledged_by)
        return None if who is None else who.name


async def entries(world: World, reference: str, action: str) -> int:
    async with world.herald.store.reading() as uow:
        return sum(entry.action == action for entry in await uow.audit.latest(limit=500, thing=reference))


async def test_a_manager_takes_it_on_by_one_word_and_the_rest_of_the_mail_is_not_kept(world: World) -> None:
    person, reference = await raised(world)
    may = ByEmail(world, person)
    assert may.sees("You can also answer this e-mail with: I have this")
    await may.reply(f"I have this\n{SECRET}")
    assert may.sees("Thank you, you have this")
    assert await taken_on(world, reference) == "May"
    assert all(SECRET not in text_of(letter) for letter in world.letters(person))
    async with world.herald.store.reading() as uow:
        for table in ("delivery", "conversation", "audit_entry", "inbound_mail", "escalation_note"):
            rows = await uow.session.connection()
            found = (await rows.exec_driver_sql(f"SELECT * FROM {table}")).all()  # noqa: S608 - names from above
            assert all("Planted" not in str(row) for row in found), table
    await may.reply("I have this", to=0)
    assert may.sees("You have this")
    assert await entries(world, reference, "escalation.acknowledged") == 1


async def test_anything_else_is_thrown_away_with_a_kind_word_and_the_links(world: World) -> None:
    person, reference = await raised(world)
    may = ByEmail(world, person)
    await may.reply(f"{SECRET}\nI have this")
    assert may.sees("What you wrote was not read and is not kept.")
    assert SECRET not in text_of(world.letters(person)[-1])
    assert await taken_on(world, reference) is None


async def test_the_word_from_another_address_takes_nothing_on(world: World) -> None:
    person, reference = await raised(world)
    mail = reply_to(world.letters(person)[0], "I have this", sender="eve@example.org")
    await send(mail, port=world.mail_port, sender="eve@example.org")
    await world.tick()
    assert await records(world) == [("refused", "another sender")]
    assert await taken_on(world, reference) is None


async def test_a_role_mailbox_is_told_to_sign_in(world: World) -> None:
    person, reference = await raised(world)
    async with world.herald.store.transaction() as uow:
        may = await uow.people.get(person.id)
        assert may is not None
        may.left_at = uow.now
    world.clock.move(hours=4)
    await world.tick()
    [alert] = [mail for mail in world.sink.mails if mail.recipient == "duty@council.example.org"]
    assert f"/escalations/{reference}".encode() in alert.raw
    assert b"I have this" not in alert.raw
