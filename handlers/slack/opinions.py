"""Buttons under the stories of an edition in Slack: counted at once, answered where the person is.

No receipt key and no changed message: the fingerprint makes twice into once, and nothing says when somebody pressed.
"""

from slack_bolt.response import BoltResponse

from bot.conversation.prompt import Notice
from handlers.acts import number_in
from handlers.bulletins.opinions import OUTCOME_WORDS, speak
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound
from handlers.slack.people import for_person
from handlers.slack.showing import show_notice
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def pressed(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """`herald:opinion:<choice>` about `<edition>/<number of the story>`."""
    choice = inbound.action_id.rpartition(":")[2]
    bulletin_id, _, number = inbound.value.rpartition("/")

    async def act(uow: UnitOfWork, person: Person) -> Notice:
        outcome = await speak(uow, bulletin_id=bulletin_id, story=number_in(number) or 0, choice=choice, person=person)
        title, line = OUTCOME_WORDS[outcome]
        return Notice(title, (line,))

    return await show_notice(context, inbound, await for_person(context, inbound, act))
