"""A step answered at once: a reply by e-mail, a line for each question.

What can be read is kept even where the rest cannot, so nobody has to write anything twice; a question that is not named
keeps the answer that it has.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation import engine
from bot.conversation.conditions import Answer
from bot.conversation.flow import WRITING, Question
from bot.conversation.prompt import Prompt
from bot.conversation.reading import NoAnswer, Raw, Unreadable, clean, read
from bot.conversation.snapshot import Snapshot
from bot.conversation.typed import (
    Command,
    answers_in,
    asked_fields,
    asked_questions,
    command_in,
    example_for,
    found_in_words,
    row_in,
    unmatched_lines,
)
from handlers import conversations
from handlers.acts import Opens
from handlers.conversations import prompt_of
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

SHORT_ENDING = 120


async def hear_step(uow: UnitOfWork, talking: Talking) -> Heard:
    """The answer to a text about a whole step."""
    command = _command(talking.said.text)
    if command is not Command.RESTART and talking.place.restarting:
        talking = await keep(uow, talking, talking.snapshot)
    match command:
        case Command.STOP:
            return await stop(uow, talking)
        case Command.SAVE:
            return await put_aside(uow, talking)
        case Command.RESTART:
            return await _restart(uow, talking)
        case Command.HELP:
            return Heard(talking.prompt, help_lines())
        case Command.BACK:
            return await _back(uow, talking)
    if _stale(talking):
        return await _late(uow, talking)
    if talking.prompt.checking:
        return await _check(uow, talking, command)
    match command:
        case Command.SKIP:
            return await _skip(uow, talking)
        case Command.KEEP:
            return await _submit(uow, talking, {})
        case Command.CONTINUE:
            return await _submit(uow, talking, {}) if not asked_questions(talking.prompt) else Heard(talking.prompt)
    return await _answers(uow, talking)


def _command(text: str) -> Command | None:
    """The command that a reply is, or begins with where only a name or a greeting follows it."""
    whole = command_in(text)
    if whole is not None:
        return whole
    return command_in(_begins(text))


def _begins(text: str) -> str:
    """A reply without the name or the greeting below it; all of it where more than that follows."""
    first, _, rest = clean(text).partition("\n\n")
    return first if len(rest) <= SHORT_ENDING else text


async def _restart(uow: UnitOfWork, talking: Talking) -> Heard:
    if not talking.place.restarting:
        remember(talking, Place(restarting=True))
        await uow.conversations.flush()
        return Heard(talking.prompt, (phrases.RESTART,))
    return Heard((await begin_again(uow, talking)).prompt, (phrases.BEGUN_AGAIN,))


async def _back(uow: UnitOfWork, talking: Talking) -> Heard:
    before = engine.back(talking.found.flow, talking.snapshot)
    if before == talking.snapshot:
        return Heard(talking.prompt, (phrases.FIRST_QUESTION,))
    return Heard((await keep(uow, talking, before)).prompt)


async def _check(uow: UnitOfWork, talking: Talking, command: Command | None) -> Heard:
    if command is Command.SEND:
        return await _submit(uow, talking, {})
    row = row_in(talking.prompt, talking.said.text)
    if row is not None:
        there = engine.go_to(talking.found.flow, talking.snapshot, row.step)
        return Heard((await keep(uow, talking, there)).prompt)
    if privacy := who_sees(talking, _begins(talking.said.text)):
        return Heard(talking.prompt, privacy)
    return await _aside(uow, talking) or await _miss(uow, talking, (phrases.NOT_A_ROW,))


async def _skip(uow: UnitOfWork, talking: Talking) -> Heard:
    questions = asked_questions(talking.prompt)
    if any(question.required for question in questions):
        return Heard(talking.prompt, (phrases.NEEDS_AN_ANSWER,))
    return await _submit(uow, talking, dict.fromkeys(question.key for question in questions))


async def _answers(uow: UnitOfWork, talking: Talking) -> Heard:
    prompt, text = talking.prompt, talking.said.text
    questions = asked_questions(prompt)
    raw = answers_in(prompt, text, today=talking.today)
    danger = await danger_lines(uow, text)
    readable = [key for key, value in raw.items() if value is None or _reads(questions, key, value)]
    if not talking.place.asked and (privacy := who_sees(talking, _begins(text))):
        return await _said_who_sees(uow, talking, privacy)
    if not readable and (aside := await _aside(uow, talking)):
        return aside
    strays = unmatched_lines(prompt, text, today=talking.today)
    unclear = (phrases.unmatched(strays),) if strays else ()
    if not questions or not raw:
        return await _miss(uow, talking, (*danger, phrases.NOT_AN_ANSWER, *unclear))
    heard = await _submit(uow, talking, raw, said=(*danger, *unclear))
    return heard if readable else await _miss(uow, talking, heard.first, errors=heard.errors)


async def _submit(uow: UnitOfWork, talking: Talking, raw: Mapping[str, Raw], *, said: tuple[str, ...] = ()) -> Heard:
    """Keeps what can be read, then ends the step if nothing is missing or wrong."""
    flow, step = talking.found.flow, talking.snapshot.step
    if talking.prompt.checking:
        return await _settle(uow, talking, engine.submit(flow, talking.snapshot, engine.Given(step, {})), said)
    given = {**_suggested(talking.prompt, raw), **raw}
    taken = engine.take(flow, talking.snapshot, engine.Given(step, given))
    if isinstance(taken, engine.Rejected):
        errors = {**taken.errors, **{key: found_in_words(spans) for key, spans in taken.found.items()}}
        return await _open(uow, talking, taken.snapshot, said, errors)
    kept = engine.Given(step, {}, keep=frozenset(taken.snapshot.answers))
    return await _settle(uow, talking, engine.submit(flow, taken.snapshot, kept), said)


async def _settle(uow: UnitOfWork, talking: Talking, outcome: engine.Outcome, said: tuple[str, ...]) -> Heard:
    if isinstance(outcome, engine.Rejected):
        return await _open(uow, talking, outcome.snapshot, said, outcome.errors)
    return Heard(await conversations.settle(uow, talking.found, outcome, surface=talking.said.surface), said)


async def _open(
    uow: UnitOfWork, talking: Talking, snapshot: Snapshot, said: tuple[str, ...], errors: Mapping[str, str]
) -> Heard:
    """The step stays open: what could be read is kept, and each question says what is wrong with the rest."""
    talking = await keep(uow, talking, snapshot, Place(misses=talking.place.misses))
    return Heard(talking.prompt, said, errors=errors)


def _suggested(prompt: Prompt, raw: Mapping[str, Raw]) -> dict[str, Raw]:
    """What is suggested for questions that were not named and have no answer: the mail said that it would be taken."""
    return {
        field.question.key: field.question.suggested
        for field in asked_fields(prompt)
        if field.question.suggested and not field.answered and field.question.key not in raw
    }


async def _said_who_sees(uow: UnitOfWork, talking: Talking, privacy: tuple[str, ...]) -> Heard:
    """Who reads the answers; written once more where it can be an answer, it is taken as one."""
    talking = await keep(uow, talking, talking.snapshot, replace(talking.place, asked=True))
    own = all(question.kind in WRITING for question in asked_questions(talking.prompt))
    return Heard(talking.prompt, (*privacy, phrases.IF_IT_WAS_YOUR_ANSWER) if own else privacy)


async def _aside(uow: UnitOfWork, talking: Talking) -> Heard | None:
    """A question to Herald in between is answered, and the same step asked again."""
    questions = asked_questions(talking.prompt)
    writing = len(questions) == 1 and not questions[0].choices
    if word_for_herald(talking.said.text, writing=writing) is None:
        return None
    answer = await understand(uow, talking.person, talking.said.text)
    if isinstance(answer, Opens):
        return Heard(talking.prompt, (instead_of(talking, answer),))
    return Heard(talking.prompt, aside=answer)


async def _miss(
    uow: UnitOfWork, talking: Talking, said: tuple[str, ...], *, errors: Mapping[str, str] | None = None
) -> Heard:
    """Not understood: asked again, then with an example, then with other ways on (reference 4.5)."""
    misses = talking.place.misses + 1
    talking = await keep(uow, talking, talking.snapshot, Place(misses=misses))
    examples = [example_for(question) for question in asked_questions(talking.prompt)]
    if misses >= EXAMPLE_AT and examples:
        sample = examples if len(examples) == 1 else [f"{n}. {each}" for n, each in enumerate(examples, start=1)]
        said = (*said, "\n".join(("A right answer looks like this:", *sample)))
    return Heard(talking.prompt, said, errors=errors or {}, ways=misses >= WAYS_AT)


def _reads(questions: tuple[Question, ...], key: str, value: Raw) -> bool:
    return any(question.key == key and not isinstance(read(question, value), Unreadable) for question in questions)


def _stale(talking: Talking) -> bool:
    """Whether the text answers a message about another step than the one that is open."""
    said = talking.said
    return bool(said.step) and said.step != talking.snapshot.step


async def _late(uow: UnitOfWork, talking: Talking) -> Heard:
    """A reply to an earlier message: what is new in it is kept, what was answered meanwhile stands (law 5)."""
    flow, before = talking.found.flow, talking.snapshot.answers
    there = engine.go_to(flow, talking.snapshot, talking.said.step)
    shown = prompt_of(talking.found, there)
    if there.step != talking.said.step or shown.checking:
        return Heard(talking.prompt, (phrases.MOVED_ON,))
    raw = answers_in(shown, talking.said.text, today=talking.today)
    said = {key: answer for key, value in raw.items() if (answer := _answer(shown, key, value)) is not None}
    new = engine.take(flow, there, engine.Given(there.step, {key: raw[key] for key in said if key not in before}))
    if new.snapshot.answers != before:
        talking = await keep(uow, talking, new.snapshot.at(talking.snapshot.step), talking.place)
    differs = any(key in before and before[key] != answer for key, answer in said.items())
    same = bool(said) and all(before.get(key) == answer for key, answer in said.items())
    first = phrases.KEPT_NEWER if differs else phrases.ALREADY_RECORDED if same else phrases.MOVED_ON
    return Heard(talking.prompt, (first,))


def _answer(prompt: Prompt, key: str, raw: Raw) -> Answer | None:
    answer = next(read(field.question, raw) for field in asked_fields(prompt) if field.question.key == key)
    return None if isinstance(answer, NoAnswer | Unreadable) else answer
