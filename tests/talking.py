"""Holds a whole talk on the web surface, without a door: for tests of use cases."""

from bot.conversation.flow import CHECK_ANSWERS, Surface
from bot.conversation.prompt import Prompt, Shown
from bot.conversation.reading import Raw
from handlers import conversations
from handlers.conversations import Reply
from storage.tables.people import Person
from storage.unit_of_work import Store

_keys = iter(range(10**9))


async def talk(store: Store, person: Person, flow: str, *, subject: str = "", **answers: Raw) -> Shown:
    """Starts a talk, answers each step from `answers`, sends it, and returns what is shown at the end."""
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=person, flow=flow, subject=subject, surface=Surface.WEB)
    for _ in range(20):
        if not isinstance(shown, Prompt):
            return shown
        asked = {field.question.key for field in shown.fields}
        raw = {} if shown.step == CHECK_ANSWERS else {key: given for key, given in answers.items() if key in asked}
        reply = Reply(
            shown.conversation_id, shown.revision, shown.step, Surface.WEB, "test", f"talk-{next(_keys)}", raw
        )
        async with store.transaction() as uow:
            shown = await conversations.answer(uow, person=person, reply=reply)
        if isinstance(shown, Prompt) and shown.errors:
            return shown
    raise AssertionError("the talk does not end")
