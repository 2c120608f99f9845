"""What is typed in a direct message, and the buttons below its questions; the answer goes by the outbox."""

from slack_bolt.response import BoltResponse

from bot.conversation.flow import Surface
from bot.rendering.slack_question import read_say
from handlers.slack import answers
from handlers.slack.acts import old_button
from handlers.slack.context import SlackContext
from handlers.slack.home import refresh
from handlers.slack.inbound import SOURCE, Inbound
from handlers.slack.people import for_person
from handlers.typed import Pressed, Said, hear, message_of
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def direct_message(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """A text: an answer in the talk that the person is in, or words to Herald."""
    return await _heard(context, inbound, Said(inbound.text, Surface.DM, SOURCE, inbound.keys[-1]))


async def pressed(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """A button below a question says the same as its words."""
    say = read_say(inbound.value)
    if say is None:
        return await old_button(context, inbound)
    said = Said(
        "",
        Surface.DM,
        SOURCE,
        inbound.keys[-1],
        conversation_id=say.conversation_id,
        press=Pressed(say.question, say.value),
    )
    return await _heard(context, inbound, said)


async def _heard(context: SlackContext, inbound: Inbound, said: Said) -> BoltResponse:
    async def answer(uow: UnitOfWork, person: Person) -> None:
        others = [await uow.conversations.first_time(SOURCE, key) for key in inbound.keys[:-1]]
        if not all(others):
            return
        message = message_of(await hear(uow, person=person, said=said), key=said.key)
        if message is not None:
            await uow.deliveries.answer_in_slack(person, message)

    await for_person(context, inbound, answer)
    context.afterwards.do(refresh(context, inbound.slack_id), about=inbound.slack_id)
    return answers.nothing()
