"""`herald try FLOW`: a conversation in the terminal, by the same engine as everywhere else; nothing of it is kept."""

import sys

from bot.cli.people import find
from bot.cli.shell import BadUsage, CannotDo, Shell
from bot.conversation import engine
from bot.conversation.flow import CHECK_ANSWERS, CHOOSING, Flow, Kind
from bot.conversation.prompt import Field, Notice, Prompt, prompt_for
from bot.conversation.reading import Raw
from bot.conversation.snapshot import Snapshot
from handlers.registry import TALKS
from handlers.talk import About
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NAMES = {"escalate": "escalation", "book": "booking"}
BACK, STOP = "<", "stop"


async def rehearse(shell: Shell) -> None:
    """Plays the talk until its end, or until somebody types stop."""

    async def work(uow: UnitOfWork) -> Flow | Notice:
        flow, _, subject = shell.options.flow.partition(":")
        name = NAMES.get(flow, flow)
        if name not in TALKS:
            known = ", ".join(sorted(TALKS))
            raise BadUsage(f"There is no conversation called {flow}. Known: {known}; with a subject: survey:ID.")
        return await TALKS[name].flow(uow, About(await _person(uow, shell.options.person), subject))

    built = await shell.look(work)
    if isinstance(built, Notice):
        raise CannotDo(" ".join((f"{built.title}.", *built.lines)))
    shell.say(f"A rehearsal of “{built.title}”: nothing is kept, nobody is told. “{BACK}” goes back, “{STOP}” ends.")
    _play(shell, built)


async def _person(uow: UnitOfWork, email: str | None) -> Person:
    if email:
        return await find(uow, email)
    present = await uow.people.present()
    if not present:
        raise CannotDo("The register is empty. Run: herald people import people.csv")
    return present[0]


def _play(shell: Shell, flow: Flow) -> None:
    snapshot = engine.begin(flow)
    rejected: engine.Rejected | None = None
    raw: dict[str, Raw] = {}
    while True:
        prompt = prompt_for(flow, snapshot, conversation_id="", revision=1, rejected=rejected, raw=raw)
        answered = _ask_step(shell, prompt)
        if answered is None:
            shell.say("Stopped. Nothing was kept.")
            return
        if answered == BACK:
            snapshot, rejected, raw = engine.back(flow, snapshot), None, {}
            continue
        raw = dict(answered) if isinstance(answered, dict) else {}
        outcome = engine.submit(flow, snapshot, engine.Given(prompt.step, raw))
        match outcome:
            case engine.Rejected():
                rejected, snapshot = outcome, outcome.snapshot
            case engine.Moved(snapshot=moved):
                rejected, raw, snapshot = None, {}, moved
            case engine.Stopped(step=step):
                _show(shell, (step.title, *step.intro))
                return
            case engine.Finished(snapshot=finished):
                _end(shell, flow, finished)
                return


def _end(shell: Shell, flow: Flow, finished: Snapshot) -> None:
    rows = prompt_for(flow, finished.at(CHECK_ANSWERS), conversation_id="", revision=1).rows
    _show(shell, ("This is what would be recorded:", *(f"{row.ask} {row.shown}" for row in rows)))
    shell.say("That was a rehearsal: nothing was kept.")


def _ask_step(shell: Shell, prompt: Prompt) -> dict[str, Raw] | str | None:
    """What was typed for each question; BACK to go back; None to stop."""
    _show(shell, ("", f"— {prompt.step_title} —", *prompt.intro))
    if prompt.checking:
        _show(shell, tuple(f"{row.ask} {row.shown}" for row in prompt.rows))
    if not prompt.fields:
        typed = _read(shell, f"[Enter] {prompt.submit} ")
        return None if typed is None or typed == STOP else BACK if typed == BACK else {}
    given: dict[str, Raw] = {}
    for shown in prompt.fields:
        _show_question(shell, shown, prompt.errors.get(shown.question.key, ""))
        if shown.question.kind is Kind.INFO:
            continue
        typed = _read(shell, "> ")
        if typed is None or typed.casefold() == STOP:
            return None
        if typed == BACK:
            return BACK
        given[shown.question.key] = typed
    return given


def _show_question(shell: Shell, shown: Field, error: str) -> None:
    question = shown.question
    optional = "" if question.required or question.kind is Kind.INFO else " (optional)"
    lines = [
        *([f"! {error}"] if error else []),
        f"{question.ask}{optional}",
        *([question.help] if question.help else []),
    ]
    if question.kind is Kind.SCALE:
        lines += [f"  {choice.value}: {choice.label}" for choice in question.choices]
    elif question.kind in CHOOSING:
        lines += [f"  {place}. {choice.label}" for place, choice in enumerate(question.choices, start=1)]
    _show(shell, tuple(lines))


def _show(shell: Shell, lines: tuple[str, ...]) -> None:
    for line in lines:
        shell.result(line)


def _read(shell: Shell, mark: str) -> str | None:
    shell.out.write(mark)
    shell.out.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None
