"""Words: `/herald …`, and the buttons on App Home that say one for you. Direct messages: `handlers/slack/typing.py`."""

from collections.abc import Sequence

from slack_bolt.response import BoltResponse

from bot.conversation.prompt import Notice
from bot.rendering.slack_blocks import Blocks, actions, button, header, paragraphs, shorten
from bot.rendering.slack_home import WORD, listing, listing_view
from bot.rendering.slack_limits import TEXT_ADVISED
from handlers.acts import Listing, Opens
from handlers.registry import Answered
from handlers.slack import answers
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound, first_time
from handlers.slack.opening import ForPerson, open_form, start
from handlers.slack.people import Work, for_person
from handlers.slack.showing import show_notice, show_view
from handlers.words import starts, understand
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

Said = ForPerson | Listing | Notice | None


async def command(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """A slash command is answered at once, for this person only, or opens a form."""
    said = await for_person(context, inbound, _say(inbound, inbound.text))
    match said:
        case None:
            return answers.nothing()
        case ForPerson():
            return await open_form(context, inbound, said)
        case Notice():
            return answers.line(_sentence(said.title, said.lines), [header(said.title), *paragraphs(said.lines)])
        case Listing():
            blocks = listing(said.title, said.needs, said.lines, link=context.page("me"), more=_starts(said))
            return answers.line(_sentence(said.title, said.lines), blocks)


async def word_button(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """A button that says a word for the person; what would be a private line is shown in a form."""
    said = await for_person(context, inbound, _say(inbound, inbound.action_id.rpartition(":")[2]))
    match said:
        case None:
            return answers.nothing()
        case ForPerson():
            return await open_form(context, inbound, said)
        case Notice():
            return await show_notice(context, inbound, said)
        case Listing():
            view = listing_view(said.title, said.needs, said.lines, link=context.page("me"))
            return await show_view(context, inbound, view, otherwise=Notice(said.title, said.lines))


def _say(inbound: Inbound, text: str) -> Work[Said]:
    async def say(uow: UnitOfWork, person: Person) -> Said:
        if not await first_time(uow, inbound):
            return None
        said: Answered = await understand(uow, person, text)
        return await start(uow, person, said, inbound) if isinstance(said, Opens) else said

    return say


def _starts(said: Listing) -> Blocks:
    """Buttons that begin something, below an answer that has none of its own."""
    return [] if said.needs else actions([button(label, f"{WORD}:{word}") for word, label in starts()])


def _sentence(title: str, lines: Sequence[str]) -> str:
    return shorten(" ".join((f"{title}.", *lines)), TEXT_ADVISED)
