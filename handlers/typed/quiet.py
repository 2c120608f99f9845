"""A talk in a direct message that went quiet: its person is told once how to go on (reference 4.5)."""

from datetime import timedelta
from typing import Final

from bot.conversation import engine
from bot.conversation.prompt import Notice
from handlers import conversations
from handlers.conversations import Found
from handlers.typed import phrases
from handlers.typed.said import Place
from handlers.typed.telling import plain_message
from storage.unit_of_work import UnitOfWork

QUIET_AFTER: Final = timedelta(minutes=30)
NO_LONGER_SAID: Final = timedelta(days=1)
"""After a day nobody is told of it any more, such as when Herald had stood still: App Home still shows the talk."""


async def gone_quiet(uow: UnitOfWork) -> tuple[str, ...]:
    """The talks whose people have yet to be told."""
    return tuple(await uow.conversations.quiet(before=uow.now - QUIET_AFTER, since=uow.now - NO_LONGER_SAID))


async def say_how_to_go_on(uow: UnitOfWork, conversation_id: str) -> bool:
    """Says it, if it is still so; False when somebody wrote meanwhile."""
    conversation = await uow.conversations.get(conversation_id, lock=True)
    if conversation is None or conversation.person_id is None or conversation.status != "open":
        return False
    place = Place.of(conversation.place)
    if place.idle or place.saved or conversation.updated_at > uow.now - QUIET_AFTER:
        return False
    conversation.place = {**conversation.place, "idle": True}
    person = await uow.people.get(conversation.person_id)
    if person is None:
        return False
    found = await conversations.find(uow, person=person, conversation_id=conversation_id)
    if not isinstance(found, Found):
        return False
    snapshot = engine.current(found.flow, uow.conversations.snapshot(conversation))
    here, of = engine.question_place(found.flow, snapshot, place.question)
    key = f"quiet:{conversation_id}:{conversation.updated_at.isoformat()}"
    notice = Notice(found.flow.title, phrases.quiet(here, of))
    await uow.deliveries.answer_in_slack(person, plain_message(notice, key=key))
    return True
