"""One question at a time: a direct message. An answer is kept at once; the step ends with its last question."""

from dataclasses import replace

from bot.conversation import engine
from bot.conversation.flow import WRITING, Question
from bot.conversation.prompt import Field, Prompt
from bot.conversation.reading import Raw, Unreadable, read
from bot.conversation.snapshot import Snapshot
from bot.conversation.typed import (
    Command,
    answer_in,
    asked_questions,
    command_in,
    example_for,
    found_in_words,
    row_in,
)
from handlers import conversations
from handlers.acts import Opens
from handlers.typed import phrases
from handlers.typed.said import Heard, Place
from handlers.typed.talk import (
    EXAMPLE_AT,
    WAYS_AT,
    Talking,
    begin_again,
    danger_lines,
    help_lines,
    instead_of,
    keep,
    put_aside,
    remember,
    stop,
    who_sees,
    word_for_herald,
)
from handlers.words import understand
from storage.unit_of_work import UnitOfWork

Lines = tuple[str, ...]


async def hear_question(uow: UnitOfWork, talking: Talking) -> Heard:
    """The answer to a text, or to a press below a question, in a direct message."""
    talking = replace(talking, place=replace(talking.place, idle=False))
    press = talking.said.press
    if press is not None and press.question:
        return await _pressed(uow, talking, press.question, press.value)
    command = command_in(press.value if press is not None else talking.said.text)
    if command is not Command.RESTART:
        talking = replace(talking, place=replace(talking.place, restarting=False))
    return await _obey(uow, talking, command) or await _answer(uow, talking)


async def ask(
    uow: UnitOfWork, talking: Talking, first: Lines = (), *, again: bool = False, ways: bool = False
) -> Heard:
    """Asks the question where the talk stands; from now on the talk is held in this direct message."""
    question = standing_at(talking)
    key = "" if question is None else question.key
    remember(talking, replace(talking.place, question=key, saved=False, idle=False))
    talking.found.conversation.updated_at = uow.now
    await uow.conversations.flush()
    return Heard(talking.prompt, first, question=key, again=again, ways=ways)


def standing_at(talking: Talking) -> Question | None:
    """The question that is being asked; None at the check of answers, and at a step that only says something."""
    questions = asked_questions(talking.prompt)
    named = next((each for each in questions if each.key == talking.place.question), None)
    if named is not None or not questions:
        return named
    if talking.snapshot.step in talking.snapshot.trail:
        return questions[0]
    return next((each for each in questions if each.key not in talking.snapshot.answers), questions[0])


def can_answer(talking: Talking) -> bool:
    """Whether the text is one of the answers that the question offers; own words are no sign of it."""
    question = standing_at(talking)
    if question is None or question.kind in WRITING:
        return False
    return not isinstance(read(question, _raw(talking, question)), Unreadable)


async def _obey(uow: UnitOfWork, talking: Talking, command: Command | None) -> Heard | None:
    """What a command does; None where it is none, or where it may be an answer after all."""
    question = standing_at(talking)
    field = _field(talking.prompt, question)
    match command:
        case Command.STOP:
            return await stop(uow, talking)
        case Command.SAVE:
            return await put_aside(uow, talking)
        case Command.RESTART:
            return await _restart(uow, talking)
        case Command.HELP:
            return await ask(uow, talking, help_lines(), again=True)
        case Command.BACK:
            return await _back(uow, talking, question)
        case Command.CONTINUE:
            only_says = question is None and not talking.prompt.checking
            return await _end_step(uow, talking, talking.snapshot) if only_says else await ask(uow, talking)
        case Command.SEND:
            if talking.prompt.checking:
                return await _end_step(uow, talking, talking.snapshot)
            return await ask(uow, talking, (phrases.CANNOT_SEND_YET,)) if talking.said.press else None
        case Command.SKIP:
            return await _skip(uow, talking, question)
        case Command.KEEP if question is not None and field is not None and field.value:
            return await _take(uow, talking, question, field.value)
    return None


async def _pressed(uow: UnitOfWork, talking: Talking, key: str, value: str) -> Heard:
    """A press answers the question it stands below; a press below an earlier one changes nothing."""
    question = standing_at(talking)
    if question is None or question.key != key:
        return await ask(uow, talking, (phrases.MOVED_ON,))
    return await (_take(uow, talking, question, value) if value else _skip(uow, talking, question))


async def _answer(uow: UnitOfWork, talking: Talking) -> Heard:
    question, text = standing_at(talking), talking.said.text
    danger = await danger_lines(uow, text)
    if question is None:
        row = row_in(talking.prompt, text)
        if row is not None:
            there = engine.go_to(talking.found.flow, talking.snapshot, row.step)
            return await ask(uow, await keep(uow, talking, there, Place(question=row.key, only=True)))
        no_answer = phrases.NOT_A_ROW if talking.prompt.checking else phrases.JUST_CONTINUE
        return await _aside(uow, talking, writing=False) or await _miss(uow, talking, (*danger, no_answer))
    raw = _raw(talking, question)
    writing = question.kind in WRITING
    if (writing and not talking.place.asked) or (not writing and isinstance(read(question, raw), Unreadable)):
        aside = await _aside(uow, talking, writing=writing)
        if aside is not None:
            return aside
    return await _take(uow, talking, question, raw, first=danger)


def _raw(talking: Talking, question: Question) -> Raw:
    return answer_in(talking.prompt, question, talking.said.text, today=talking.today)


async def _take(uow: UnitOfWork, talking: Talking, question: Question, raw: Raw, *, first: Lines = ()) -> Heard:
    given = engine.Given(talking.snapshot.step, {question.key: raw})
    taken = engine.take(talking.found.flow, talking.snapshot, given)
    if isinstance(taken, engine.Rejected):
        if found := taken.found.get(question.key):
            return await ask(uow, talking, (*first, f"{found_in_words(found)}."))
        return await _miss(uow, talking, (*first, phrases.NOT_AN_ANSWER, f"{taken.errors[question.key]}."))
    following = _following(talking, taken.snapshot, question)
    if following is None:
        return await _end_step(uow, talking, taken.snapshot, first)
    return await ask(uow, await keep(uow, talking, taken.snapshot, Place(question=following.key)), first)


async def _end_step(uow: UnitOfWork, talking: Talking, snapshot: Snapshot, first: Lines = ()) -> Heard:
    """The last question of the step was answered: on to the next step, or to the end."""
    given = engine.Given(snapshot.step, {}, keep=frozenset(snapshot.answers))
    outcome = engine.submit(talking.found.flow, snapshot, given)
    if isinstance(outcome, engine.Rejected):  # an earlier question of the step is still open, left out elsewhere
        place = Place(question=next(iter(outcome.errors)))
        return await ask(uow, await keep(uow, talking, snapshot, place), first)
    shown = await conversations.settle(uow, talking.found, outcome, surface=talking.said.surface)
    if isinstance(shown, Prompt) and isinstance(outcome, engine.Moved):
        return await ask(uow, replace(talking, snapshot=outcome.snapshot, place=Place()), first)
    if isinstance(outcome, engine.Finished) and talking.found.conversation.status == "open":
        remember(talking, Place(saved=True))  # the subject would not take it (full, closed): it says why, and waits
    return Heard(shown, first)


async def _skip(uow: UnitOfWork, talking: Talking, question: Question | None) -> Heard:
    if question is None:
        return await ask(uow, talking, (phrases.NOTHING_TO_SKIP,))
    if question.required:
        return await ask(uow, talking, (phrases.NEEDS_AN_ANSWER,))
    return await _take(uow, talking, question, None)


async def _back(uow: UnitOfWork, talking: Talking, question: Question | None) -> Heard:
    """The question before this one, in this step or in the one before; answers are kept."""
    questions = asked_questions(talking.prompt)
    place = questions.index(question) if question is not None else 0
    if place:
        earlier = Place(question=questions[place - 1].key)
        return await ask(uow, await keep(uow, talking, talking.snapshot, earlier))
    before = engine.back(talking.found.flow, talking.snapshot)
    if before == talking.snapshot:
        return await ask(uow, talking, (phrases.FIRST_QUESTION,))
    asked = asked_questions(conversations.prompt_of(talking.found, before))
    last = Place(question=asked[-1].key if asked else "")
    return await ask(uow, await keep(uow, talking, before, last))


async def _restart(uow: UnitOfWork, talking: Talking) -> Heard:
    if not talking.place.restarting:
        return await ask(uow, replace(talking, place=replace(talking.place, restarting=True)), (phrases.RESTART,))
    return await ask(uow, await begin_again(uow, talking), (phrases.BEGUN_AGAIN,))


async def _aside(uow: UnitOfWork, talking: Talking, *, writing: bool) -> Heard | None:
    """A question to Herald in between is answered, and the same question asked again."""
    if privacy := who_sees(talking, talking.said.text):
        first = (*privacy, phrases.IF_IT_WAS_YOUR_ANSWER) if writing else privacy
        return await ask(uow, replace(talking, place=replace(talking.place, asked=True)), first, again=True)
    if word_for_herald(talking.said.text, writing=writing) is None:
        return None
    answer = await understand(uow, talking.person, talking.said.text)
    first = (phrases.IF_IT_WAS_YOUR_ANSWER,) if writing else ()
    heard = await ask(uow, replace(talking, place=replace(talking.place, asked=True)), first)
    if isinstance(answer, Opens):
        return replace(heard, first=(instead_of(talking, answer), *first))
    return replace(heard, aside=answer)


async def _miss(uow: UnitOfWork, talking: Talking, first: Lines) -> Heard:
    """Not understood: asked again, then with an example, then with other ways on (reference 4.5)."""
    misses = talking.place.misses + 1
    question = standing_at(talking)
    if misses >= EXAMPLE_AT and question is not None:
        first = (*first, f"A right answer looks like this: {example_for(question)}")
    place = replace(talking.place, misses=misses)
    return await ask(uow, replace(talking, place=place), first, again=True, ways=misses >= WAYS_AT)


def _following(talking: Talking, snapshot: Snapshot, question: Question) -> Question | None:
    """The next question of this step, passing over those that another surface has the answer to already."""
    if talking.place.only:
        return None
    questions = asked_questions(talking.prompt)
    later = questions[questions.index(question) + 1 :]
    visited = snapshot.step in snapshot.trail
    return next((each for each in later if visited or each.key not in snapshot.answers), None)


def _field(prompt: Prompt, question: Question | None) -> Field | None:
    return next((field for field in prompt.fields if field.question == question), None)
