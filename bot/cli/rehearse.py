"""`herald try FLOW`: a conversation in the terminal, asked and read as in a direct message; nothing of it is kept."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import PurePath

from bot.cli.people import find
from bot.cli.shell import BadUsage, CannotDo, Shell, naming, read_file
from bot.conversation import engine
from bot.conversation.conditions import Answers
from bot.conversation.flow import CHECK_ANSWERS, Flow
from bot.conversation.prompt import Field, Notice, Prompt, prompt_for
from bot.conversation.reading import Raw
from bot.conversation.snapshot import Snapshot
from bot.conversation.typed import (
    Command,
    answer_in,
    asked_fields,
    before_question,
    check_in_words,
    command_in,
    question_in_words,
    row_in,
)
from bot.files.survey import parse_survey
from bot.flows.survey import NAME as SURVEY
from bot.flows.survey import survey_flow
from handlers.registry import TALKS
from handlers.talk import About
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NAMES = {"escalate": "escalation", "book": "booking"}
FILES = (".yaml", ".yml")
HOW = "Write back, skip, restart or stop; send at the end."
Build = Callable[[Answers], Awaitable[Flow | Notice]]
"""Makes the talk; some follow what was answered so far, such as the language."""


async def rehearse(shell: Shell) -> None:
    """Plays the talk until its end, or until somebody types stop. A survey can be tried from its file alone."""
    name = shell.options.flow
    build = _of_file(name) if PurePath(name).suffix in FILES else _of_herald(shell, name)
    built = await build({})
    if isinstance(built, Notice):
        raise CannotDo(" ".join((f"{built.title}.", *built.lines)))
    shell.say(f"A rehearsal of “{built.title}”: nothing is kept, nobody is told. {HOW}")
    await _Rehearsal(shell, build, built).play()


def _of_file(name: str) -> Build:
    with naming(name):
        survey = parse_survey(read_file(name)).value

    async def build(answers: Answers) -> Flow | Notice:
        return survey_flow(survey, answers=answers)

    return build


def _of_herald(shell: Shell, given: str) -> Build:
    flow, _, subject = given.partition(":")
    name = NAMES.get(flow, flow)
    if name not in TALKS:
        known = ", ".join(sorted(TALKS))
        raise BadUsage(
            f"There is no conversation called {flow}. Known: {known}; with a subject: survey:ID; or a survey's file."
        )

    async def build(answers: Answers) -> Flow | Notice:
        async def work(uow: UnitOfWork) -> Flow | Notice:
            if name == SURVEY and not subject:
                raise BadUsage(await _which_survey(uow))
            person = await _person(uow, shell.options.person)
            return await TALKS[name].flow(uow, About(person, subject, answers))

        return await shell.look(work)

    return build


async def _which_survey(uow: UnitOfWork) -> str:
    surveys = await uow.surveys.all()
    if not surveys:
        return "There is no survey yet. Load one first: herald apply FILE. Or try its file: herald try FILE"
    listed = "".join(f"\n  survey:{survey.id}  {survey.title} ({survey.state})" for survey in surveys)
    return f"Say which survey, such as: herald try survey:{surveys[0].id}{listed}"


async def _person(uow: UnitOfWork, email: str | None) -> Person:
    if email:
        return await find(uow, email)
    present = await uow.people.present()
    if not present:
        raise CannotDo("The register is empty. Run: herald people import people.csv")
    return present[0]


class _Rehearsal:
    """One talk in the terminal: where it stands, and the question that is asked."""

    def __init__(self, shell: Shell, build: Build, flow: Flow) -> None:
        self._shell = shell
        self._build = build
        self._flow = flow
        self._at = engine.begin(flow)
        self._question = ""

    async def play(self) -> None:
        """Asks until the talk has ended."""
        ended = False
        while not ended:
            if self._flow.follows_answers:
                built = await self._build(self._at.answers)
                self._flow = self._flow if isinstance(built, Notice) else built
            ended = self._one_answer()

    def _one_answer(self) -> bool:
        prompt = self._prompt()
        question = self._asked(prompt)
        self._ask(prompt, question)
        text = _read(self._shell)
        command = Command.STOP if text is None else command_in(text)
        match command:
            case Command.STOP:
                self._shell.say("Stopped. Nothing was kept.")
                return True
            case Command.BACK:
                self._back(prompt, question)
            case Command.RESTART:
                self._stand(engine.begin(self._flow))
            case Command.HELP:
                self._shell.say(HOW)
            case Command.SKIP if question is not None:
                return self._take(prompt, question, None)
            case Command.SEND if prompt.checking:
                return self._end_step(prompt)
            case _:
                return self._heard(prompt, question, text or "")
        return False

    def _heard(self, prompt: Prompt, question: Field | None, text: str) -> bool:
        if question is not None:
            return self._take(
                prompt,
                question,
                answer_in(prompt, question.question, text, today=self._shell.clock().astimezone().date()),
            )
        if not prompt.checking:
            return self._end_step(prompt)
        row = row_in(prompt, text)
        if row is not None:
            self._stand(engine.go_to(self._flow, self._at, row.step), row.key)
        return False

    def _take(self, prompt: Prompt, field: Field, raw: Raw) -> bool:
        key = field.question.key
        taken = engine.take(self._flow, self._at, engine.Given(prompt.step, {key: raw}))
        if isinstance(taken, engine.Rejected):
            wrong = self._prompt(taken)
            self._shell.say(f"! {wrong.errors[key]}.")
            return False
        self._at = taken.snapshot
        keys = [each.question.key for each in asked_fields(prompt)]
        following = keys[keys.index(key) + 1 :]
        if following:
            self._question = following[0]
            return False
        return self._end_step(prompt)

    def _end_step(self, prompt: Prompt) -> bool:
        given = engine.Given(prompt.step, {}, keep=frozenset(self._at.answers))
        outcome = engine.submit(self._flow, self._at, given)
        match outcome:
            case engine.Rejected(errors=errors):
                self._question = next(iter(errors))
            case engine.Moved(snapshot=moved):
                self._stand(moved)
            case engine.Stopped(step=step):
                _show(self._shell, (step.title, *step.intro))
                return True
            case engine.Finished(snapshot=finished):
                self._show_end(finished)
                return True
        return False

    def _back(self, prompt: Prompt, question: Field | None) -> None:
        keys = [each.question.key for each in asked_fields(prompt)]
        place = keys.index(question.question.key) if question is not None else 0
        if place:
            self._question = keys[place - 1]
        else:
            self._stand(engine.back(self._flow, self._at))

    def _stand(self, snapshot: Snapshot, question: str = "") -> None:
        self._at, self._question = snapshot, question

    def _prompt(self, rejected: engine.Rejected | None = None) -> Prompt:
        return prompt_for(self._flow, self._at, conversation_id="", revision=1, rejected=rejected)

    def _asked(self, prompt: Prompt) -> Field | None:
        fields = asked_fields(prompt)
        return next((each for each in fields if each.question.key == self._question), fields[0] if fields else None)

    def _ask(self, prompt: Prompt, field: Field | None) -> None:
        if prompt.checking:
            _show(self._shell, ("", *check_in_words(prompt)))
            return
        key = field.question.key if field is not None else ""
        words = question_in_words(field) if field is not None else ("Press Enter to go on.",)
        _show(self._shell, ("", *before_question(prompt, key), *words))

    def _show_end(self, finished: Snapshot) -> None:
        rows = prompt_for(self._flow, finished.at(CHECK_ANSWERS), conversation_id="", revision=1).rows
        _show(self._shell, ("", "This is what would be recorded:", *(f"{row.ask} {row.shown}" for row in rows)))
        self._shell.say("That was a rehearsal: nothing was kept.")


def _show(shell: Shell, lines: tuple[str, ...]) -> None:
    for line in lines:
        shell.result(line)


def _read(shell: Shell) -> str | None:
    """What was typed; None at the end of the input."""
    shell.out.write("> ")
    shell.out.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None
