"""Bounces that do not come to their own address: a mailbox passes them on, and they tell by what they return."""

from handlers.addresses import not_arriving
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
