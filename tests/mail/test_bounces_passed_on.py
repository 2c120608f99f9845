"""Bounces that do not come to their own address: a mailbox passes them on, and they tell by what they return."""

from handlers.addresses import not_arriving
from handlers.bouncing import refused
from tests.mail.bounced import bounce
from tests.mail.surveys import asked
from tests.mail.writing import send
from tests.world import World


async def test_a_bounce_that_a_mailbox_passes_on_is_taken_in_and_known_by_the_message_it_returns(world: World) -> None:
    ada = await asked(world)
    raw = bounce("failed", "5.1.1", returned=str(world.letters(ada)[0]["Message-ID"]))
    assert await send(raw, port=world.mail_port, sender="", to="bounce@northmere.example.org") == 250
    assert await send(raw, port=world.mail_port, sender="", to="anybody@northmere.example.org") == 550
    async with world.herald.store.reading() as uow:
        found = (await not_arriving(uow)).rows
    assert [(row.name, row.why) for row in found] == [("Ada", "the mailbox does not exist")]


async def test_who_signs_in_by_a_mailed_link_has_an_address_that_works(world: World) -> None:
    ada = await asked(world)
    async with world.herald.store.transaction() as uow:
        await refused(uow, address=ada.email, reply="550 5.1.1", person_id=ada.id)
    browser = await world.signed_in(ada)
    assert "E-mail to you comes back" not in (await browser.open("/me")).text
    async with world.herald.store.reading() as uow:
        assert (await not_arriving(uow)).rows == ()
