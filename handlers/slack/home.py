"""App Home: what needs me, what is mine, how Herald writes to me. Published when opened, and after each act."""

from slack_bolt.response import BoltResponse

from bot import words
from bot.conversation.reading import long_date
from bot.rendering.slack_blocks import Json
from bot.rendering.slack_home import Home, home
from handlers.my import mine_of, needs_of
from handlers.people_present import has_left, today_of
from handlers.preferences import Chosen, save_preferences, series_of
from handlers.slack import answers
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound, first_time
from handlers.slack.people import for_person
from handlers.words import front_door, starts
from storage.deliveries import Message
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def opened(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """Somebody looks at Herald; the first time they are welcomed with one short message."""

    async def look(uow: UnitOfWork, person: Person) -> Json:
        await first_time(uow, inbound)
        if person.welcomed_at is None:
            person.welcomed_at = uow.now
            welcome = Message(kind="talk.welcome", ledger_key="talk.welcome")
            await uow.deliveries.answer_in_slack(person, welcome)
        return await _page(context, uow, person)

    await _publish(context, inbound.slack_id, await for_person(context, inbound, look))
    return answers.nothing()


async def prefer(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """Slack or e-mail."""
    wanted = inbound.action_id.rpartition(":")[2]
    return await _choose(context, inbound, prefers=wanted)


async def nudges(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """Reminders on or off."""
    return await _choose(context, inbound, nudges=inbound.action_id.endswith(":on"))


async def refresh(context: SlackContext, slack_id: str) -> None:
    """Draws somebody's App Home again after they did something. Lost with the process: opening it draws it too."""
    async with context.store.reading() as uow:
        person = await uow.people.by_slack_id(slack_id)
        gone = person is None or await has_left(uow, person)
        view = None if person is None or gone else await _page(context, uow, person)
    if view is not None:
        await _publish(context, slack_id, view)


async def _choose(
    context: SlackContext, inbound: Inbound, *, prefers: str | None = None, nudges: bool | None = None
) -> BoltResponse:
    async def choose(uow: UnitOfWork, person: Person) -> Json:
        if await first_time(uow, inbound):
            chosen = Chosen(
                prefers=(person.prefers or "") if prefers is None else prefers,
                nudges=person.nudges if nudges is None else nudges,
                series=await series_of(uow, person),
            )
            await save_preferences(uow, person_id=person.id, chosen=chosen)
        return await _page(context, uow, person)

    await _publish(context, inbound.slack_id, await for_person(context, inbound, choose))
    return answers.nothing()


async def _publish(context: SlackContext, slack_id: str, view: Json) -> None:
    try:
        await context.slack.publish_home(slack_id, view)
    except SlackSaysNo:
        return  # said in the log by the client; App Home is drawn again whenever it is opened


async def _page(context: SlackContext, uow: UnitOfWork, person: Person) -> Json:
    return home(
        Home(
            needs=await needs_of(uow, person),
            mine=await mine_of(uow, person),
            starts=(*starts(), ("help", "Help")),
            danger=await front_door(uow),
            by_email=person.prefers == "email",
            nudges=person.nudges,
            link=context.page("me"),
            away=await _away(uow, person),
            practice="" if context.settings.live else words.PRACTICE,
        )
    )


async def _away(uow: UnitOfWork, person: Person) -> str:
    """ "Away until Monday, Ben stands in" (settled)."""
    if person.away_until is None or person.away_until < await today_of(uow):
        return ""
    deputy = await uow.people.by_email(person.deputy_email) if person.deputy_email else None
    stands_in = f", {deputy.name} stands in" if deputy is not None else ""
    return f"Away until {long_date(person.away_until)}{stands_in}."
