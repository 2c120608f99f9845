"""Hears what somebody typed: in the talk that they are in, or as words to Herald."""

from dataclasses import replace

from bot.conversation import engine
from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt
from bot.conversation.typed import Command, command_in
from handlers import conversations
from handlers.acts import Opens
from handlers.conversations import Found
from handlers.people_present import today_of
from handlers.typed import phrases
from handlers.typed.by_question import ask, can_answer, hear_question
from handlers.typed.by_step import hear_step
from handlers.typed.said import Heard, Place, Said
from handlers.typed.talk import Talking, keep, remember, word_for_herald
from handlers.words import understand
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def hear(uow: UnitOfWork, *, person: Person, said: Said) -> Heard:
    """What to say back to a text or a press. The whole effect, receipt included, is in this unit of work.

    A message that came in before has its answer in the outbox already: `shown` is None then.
    """
    if not await uow.conversations.first_time(said.source, said.key):
        return Heard(None)
    if said.conversation_id:
        return await _in_talk(uow, person, said, said.conversation_id)
    talks = await _open_here(uow, person, said.surface)
    if talks and said.surface is Surface.DM:
        return await _in_talk(uow, person, said, talks[0].id)
    if command_in(said.text) is Command.CONTINUE:
        return await _go_on(uow, person, said)
    return await _words(uow, person, said)


async def _in_talk(uow: UnitOfWork, person: Person, said: Said, conversation_id: str) -> Heard:
    found = await conversations.find(uow, person=person, conversation_id=conversation_id, lock=True)
    if not isinstance(found, Found):
        return Heard(found, () if isinstance(found, Notice) else (phrases.ALREADY_RECORDED,))
    if said.surface not in found.flow.surfaces:
        snapshot = engine.current(found.flow, uow.conversations.snapshot(found.conversation))
        return Heard(conversations.prompt_of(found, snapshot), form_only=True)
    talking = await _talking(uow, found, person, said)
    if said.surface is not Surface.DM:
        return await hear_step(uow, talking)
    if talking.place.idle and _means_something_else(talking):
        remember(talking, replace(talking.place, saved=True))
        heard = await _words(uow, person, said)
        return replace(heard, first=(phrases.put_aside(found.flow.title), *heard.first))
    return await hear_question(uow, talking)


def _means_something_else(talking: Talking) -> bool:
    """Whether a text that comes after a long silence is a word to Herald rather than the answer that was waited for."""
    said = talking.said
    if said.press is not None or command_in(said.text) is not None or can_answer(talking):
        return False
    return word_for_herald(said.text, writing=False) is not None


async def _talking(uow: UnitOfWork, found: Found, person: Person, said: Said) -> Talking:
    snapshot = engine.current(found.flow, uow.conversations.snapshot(found.conversation))
    place = Place.of(found.conversation.place)
    return Talking(found, snapshot, replace(place, saved=False), said, person, await today_of(uow))


async def _open_here(uow: UnitOfWork, person: Person, surface: Surface) -> list[Conversation]:
    """The person's talks that are held here and not put aside, the latest first."""
    return [
        talk
        for talk in await uow.conversations.open_of(person.id)
        if talk.surface == surface.value and talk.expires_at > uow.now and not Place.of(talk.place).saved
    ]


async def _go_on(uow: UnitOfWork, person: Person, said: Said) -> Heard:
    """`continue`: the latest open talk, wherever it was left."""
    for talk in await uow.conversations.open_of(person.id):
        found = await conversations.find(uow, person=person, conversation_id=talk.id, lock=True)
        if isinstance(found, Found):
            return await _show(uow, await _talking(uow, found, person, said))
    return Heard(Notice(phrases.NOTHING_OPEN, ("Write help to see what you can say.",)))


async def _words(uow: UnitOfWork, person: Person, said: Said) -> Heard:
    """Words to Herald: a talk begins here where its flow allows it, else a form is offered."""
    answer = await understand(uow, person, said.text)
    return await begin_here(uow, person=person, opens=answer, said=said) if isinstance(answer, Opens) else Heard(answer)


async def begin_here(uow: UnitOfWork, *, person: Person, opens: Opens, said: Said) -> Heard:
    """Begins a talk, or goes on with it, where `said` came from."""
    # Every talk can be held on the web, so that is where it is begun before it moves to where the person is.
    begun = await conversations.start(
        uow, person=person, flow=opens.flow, surface=Surface.WEB, subject=opens.subject, answers=opens.answers
    )
    if not isinstance(begun, Prompt):
        return Heard(begun)
    found = await conversations.find(uow, person=person, conversation_id=begun.conversation_id, lock=True)
    if not isinstance(found, Found):
        return Heard(found)
    return await _show(uow, await _talking(uow, found, person, said))


async def _show(uow: UnitOfWork, talking: Talking) -> Heard:
    """The talk is held here from now on, from where it stands; other talks that were held here are put aside."""
    if talking.said.surface not in talking.found.flow.surfaces:
        return Heard(talking.prompt, form_only=True)
    for other in await _open_here(uow, talking.person, talking.said.surface):
        if other.id != talking.found.conversation.id:
            other.place = replace(Place.of(other.place), saved=True).stored()
    if talking.said.surface is Surface.DM:
        return await ask(uow, talking)
    return Heard((await keep(uow, talking, talking.snapshot)).prompt)
