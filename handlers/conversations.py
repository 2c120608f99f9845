"""The only place where the engine meets the database: start, show, answer, go back, stop.

Each function is called inside one unit of work, and the door answers the person after it has committed (law 1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot import words
from bot.conversation import engine
from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow, Surface
from bot.conversation.prompt import Notice, Prompt, Receipt, Shown, prompt_for
from bot.conversation.reading import Raw
from bot.conversation.snapshot import Snapshot
from handlers.registry import TALKS
from handlers.talk import About, Ending, Talk
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Reply:
    """What came in for one step. `source` and `key` are its sender's own id for it: the receipt key (law 2).

    `keep` names questions whose stored answer the surface did not show: an empty box leaves them as they are.
    """

    conversation_id: str
    revision: int
    step: str
    surface: Surface
    source: str
    key: str
    raw: Mapping[str, Raw] = field(default_factory=dict)
    remove: bool = False
    keep: frozenset[str] = frozenset()


NOT_FOUND = Notice("We cannot find this", (words.NOT_FOUND,))


@dataclass(frozen=True, slots=True)
class NotHere(Notice):
    """A talk that is not held on this surface, and where it is."""

    surfaces: frozenset[Surface] = frozenset()


async def start(
    uow: UnitOfWork,
    *,
    person: Person,
    flow: str,
    surface: Surface,
    subject: str = "",
    answers: Answers | None = None,
) -> Shown:
    """Opens a talk, or goes on with the one that is already open about the same thing."""
    about = About(person, subject)
    built = await TALKS[flow].flow(uow, about)
    if isinstance(built, Notice):
        return built
    if surface not in built.surfaces:
        return NotHere(built.title, (_where_else(built),), surfaces=built.surfaces)
    conversation = await uow.conversations.open_one(person_id=person.id, flow=flow, subject=subject)
    if conversation is not None and conversation.expires_at > uow.now:
        return await _show(uow, conversation, await _rebuilt(uow, conversation, built, about))
    if conversation is not None:
        uow.conversations.finish(conversation, status="expired", reference=None, outcome=None)
        await uow.conversations.flush()
    conversation = await uow.conversations.begin(
        person_id=person.id,
        snapshot=engine.begin(built, answers=answers),
        subject=subject,
        surface=surface,
        expires_at=uow.now + built.expires_after,
    )
    return await _show(uow, conversation, await _rebuilt(uow, conversation, built, about))


async def show(uow: UnitOfWork, *, person: Person, conversation_id: str, step: str | None = None) -> Shown:
    """Where a talk stands, or an earlier step of it. Changes nothing (law 6)."""
    found = await find(uow, person=person, conversation_id=conversation_id)
    if not isinstance(found, Found):
        return found
    snapshot = engine.current(found.flow, uow.conversations.snapshot(found.conversation))
    if step is not None:
        snapshot = engine.go_to(found.flow, snapshot, step)
    return prompt_of(found, snapshot)


async def answer(uow: UnitOfWork, *, person: Person, reply: Reply) -> Shown:
    """Takes the answers of one step: receipt, revision, state, record and outbox rows in this one transaction."""
    new = await uow.conversations.first_time(reply.source, reply.key)
    found = await find(uow, person=person, conversation_id=reply.conversation_id, lock=True)
    if not isinstance(found, Found):
        return found
    snapshot = engine.current(found.flow, uow.conversations.snapshot(found.conversation))
    if not new:
        return prompt_of(found, snapshot)
    if reply.surface not in found.flow.surfaces:
        return Notice(found.flow.title, (words.ONLY_MODAL_OR_WEB,))
    given = engine.Given(reply.step, reply.raw, reply.remove, reply.keep)
    if reply.revision != found.conversation.revision:
        return _stale(found, snapshot, given)
    outcome = engine.submit(found.flow, snapshot, given)
    match outcome:
        case engine.Rejected():
            return prompt_of(found, outcome.snapshot, rejected=outcome, raw=reply.raw)
        case taken:
            return await settle(uow, found, taken, surface=reply.surface)


async def settle(
    uow: UnitOfWork, found: "Found", outcome: engine.Moved | engine.Stopped | engine.Finished, *, surface: Surface
) -> Shown:
    """Stores what came of a step that was taken: the next step, the end, or a stop of which nothing is kept."""
    match outcome:
        case engine.Moved(snapshot=moved):
            return await save(uow, found, moved, surface=surface)
        case engine.Stopped(step=step):
            await uow.conversations.count(f"{found.flow.name}:{step.key}")
            await uow.conversations.forget(found.conversation)
            return Notice(step.title, step.intro, urgent=True)
        case engine.Finished(snapshot=finished):
            uow.conversations.save(found.conversation, finished)
            return await _finish(uow, found, finished.answers, surface=surface)


async def back(uow: UnitOfWork, *, person: Person, reply: Reply) -> Shown:
    """Goes one step back, answers kept."""
    return await _move(uow, person, reply, engine.back)


async def change(uow: UnitOfWork, *, person: Person, reply: Reply) -> Shown:
    """Goes to an earlier step to change its answers ("Change" on the check of answers)."""
    return await _move(uow, person, reply, lambda flow, snapshot: engine.go_to(flow, snapshot, reply.step))


async def stop(uow: UnitOfWork, *, person: Person, conversation_id: str) -> Notice:
    """Ends a talk because the person says so; nothing of it is kept."""
    conversation = await uow.conversations.get(conversation_id, lock=True)
    if conversation is not None and conversation.person_id == person.id and conversation.status == "open":
        uow.conversations.finish(conversation, status="cancelled", reference=None, outcome=None)
    return Notice("Stopped", (words.STOPPED,))


@dataclass(frozen=True, slots=True)
class Found:
    """An open talk of this person, with its flow as it is now."""

    conversation: Conversation
    flow: Flow
    talk: Talk
    about: About


async def find(
    uow: UnitOfWork, *, person: Person, conversation_id: str, lock: bool = False
) -> Found | Receipt | Notice:
    """The person's open talk; the receipt of a finished one again; a notice when there is nothing to go on with."""
    conversation = await uow.conversations.get(conversation_id, lock=lock)
    if conversation is None or conversation.person_id != person.id:
        return NOT_FOUND
    if conversation.status == "finished":
        return _receipt_again(conversation)
    if conversation.status != "open" or conversation.expires_at <= uow.now:
        return Notice("This has ended", (words.EXPIRED,))
    talk = TALKS[conversation.flow]
    about = About(person, conversation.subject, uow.conversations.snapshot(conversation).answers)
    built = await talk.flow(uow, about)
    return built if isinstance(built, Notice) else Found(conversation, built, talk, about)


async def _move(uow: UnitOfWork, person: Person, reply: Reply, to: Callable[[Flow, Snapshot], Snapshot]) -> Shown:
    """Stands the talk at another step; an old or repeated press shows where it stands now."""
    new = await uow.conversations.first_time(reply.source, reply.key)
    found = await find(uow, person=person, conversation_id=reply.conversation_id, lock=True)
    if not isinstance(found, Found):
        return found
    snapshot = engine.current(found.flow, uow.conversations.snapshot(found.conversation))
    if not new or reply.revision != found.conversation.revision:
        return prompt_of(found, snapshot)
    return await save(uow, found, to(found.flow, snapshot), surface=reply.surface)


def _receipt_again(conversation: Conversation) -> Receipt | Notice:
    outcome = conversation.outcome or {}
    return Receipt(
        title=str(outcome.get("title", "")),
        reference=conversation.reference or "",
        lines=tuple(str(line) for line in outcome.get("lines", [])),
        flow=conversation.flow,
    )


def prompt_of(
    found: Found,
    snapshot: Snapshot,
    *,
    rejected: engine.Rejected | None = None,
    raw: Mapping[str, Raw] | None = None,
    notice: str = "",
) -> Prompt:
    """A step of an open talk, ready to be shown."""
    return prompt_for(
        found.flow,
        snapshot,
        conversation_id=found.conversation.id,
        revision=found.conversation.revision,
        rejected=rejected,
        raw=raw,
        notice=notice,
    )


async def _rebuilt(uow: UnitOfWork, conversation: Conversation, flow: Flow, about: About) -> Flow:
    """The same flow in the words that follow from the answers as they are now."""
    if not flow.follows_answers:
        return flow
    answers = uow.conversations.snapshot(conversation).answers
    built = await TALKS[conversation.flow].flow(uow, replace(about, answers=answers))
    return flow if isinstance(built, Notice) else built


def _where_else(flow: Flow) -> str:
    return words.ONLY_MODAL_OR_WEB if Surface.MODAL in flow.surfaces else words.ON_THE_WEB


async def _show(uow: UnitOfWork, conversation: Conversation, flow: Flow) -> Prompt:
    snapshot = engine.current(flow, uow.conversations.snapshot(conversation))
    return prompt_for(flow, snapshot, conversation_id=conversation.id, revision=conversation.revision)


def _stale(found: Found, snapshot: Snapshot, given: engine.Given) -> Prompt:
    """An old button gives the current step; words typed into an old page are shown again, not thrown away (law 5)."""
    there = engine.go_to(found.flow, snapshot, given.step)
    if there.step != given.step or not any(given.raw.values()):
        return prompt_of(found, snapshot)
    again = engine.submit(found.flow, snapshot, given)
    if isinstance(again, engine.Moved) and again.snapshot.answers == snapshot.answers:
        return prompt_of(found, snapshot)
    return prompt_of(found, there, raw=given.raw, notice=words.CHANGED_MEANWHILE)


async def save(uow: UnitOfWork, found: Found, snapshot: Snapshot, *, surface: Surface) -> Prompt:
    """Stores where the talk stands now. What was asked last in a direct message is of no account any more."""
    await uow.conversations.moved(
        found.conversation, snapshot, surface=surface, expires_at=uow.now + found.flow.expires_after
    )
    flow = await _rebuilt(uow, found.conversation, found.flow, found.about)
    return prompt_of(replace(found, flow=flow), snapshot)


async def _finish(uow: UnitOfWork, found: Found, answers: Answers, *, surface: Surface) -> Receipt | Notice:
    ending = Ending(answers, surface.value, found.conversation.id)
    receipt = await found.talk.finish(uow, found.about, ending)
    if isinstance(receipt, Notice):
        return receipt
    outcome = {"title": receipt.title, "lines": list(receipt.lines)}
    uow.conversations.finish(found.conversation, status="finished", reference=receipt.reference, outcome=outcome)
    return receipt
