"""A question of a typed talk as a Slack message: few choices as buttons, more as numbered lines.

A message stays in Slack outside our retention, so it shows no words that somebody wrote (law 8), only their length.
A button carries the talk, the question and the value: pressed late, it is seen to belong to an earlier question.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.conversation.flow import Kind
from bot.conversation.hints import beside
from bot.conversation.prompt import Field, Prompt
from bot.conversation.typed import (
    asked_fields,
    before_question,
    check_in_words,
    choice_lines,
    how_to_answer,
    question_number,
    standing,
    trouble,
)
from bot.links import Button, Purpose
from bot.rendering.slack_blocks import (
    Blocks,
    Json,
    act_button,
    actions,
    button,
    context,
    escape,
    linked,
    paragraphs,
    section,
    shorten,
)
from bot.rendering.slack_limits import BUTTON_VALUE, TEXT_ADVISED
from bot.rendering.slack_note import fitted

SAY = "herald:say"
ASKED = "asked:"
"""The block that asks: its id names the question."""
MOST_BUTTONS = 5
PRESSED = frozenset({Kind.SINGLE, Kind.YES_NO, Kind.SCALE})
BUTTON_OR_WORDS = "Press a button, or write its words."
CONTINUE_HERE = "Write continue to go on."
COMMANDS = "back · skip · save · stop · restart · help"


@dataclass(frozen=True, slots=True)
class Say:
    """What a button below a question says: in which talk, to which question, and the value; no value skips it.

    A command names no question.
    """

    conversation_id: str
    question: str
    value: str

    def written(self) -> str:
        """As a button's value."""
        return json.dumps([self.conversation_id, self.question, self.value], ensure_ascii=False, separators=(",", ":"))


def read_say(value: str) -> Say | None:
    """What a button says; None for something that Herald did not write."""
    try:
        given = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, list) or len(given) != 3 or not all(isinstance(each, str) for each in given):
        return None
    # An id is one of ours or nobody's: nothing that a database could stumble over is looked up.
    return Say(*given) if given[0].isascii() and given[0].isprintable() else None


def question_message(
    prompt: Prompt,
    key: str,
    *,
    link: str = "",
    first: Sequence[str] = (),
    aside: Blocks | None = None,
    again: bool = False,
    ways: bool = False,
) -> tuple[str, Blocks]:
    """The notification's words and the blocks of one question, or of the check of answers when `key` is empty.

    `link` is the same talk on the web. Asked `again` at once, a question is not introduced again.
    """
    field = next((each for each in asked_fields(prompt) if each.question.key == key), None)
    here, of = question_number(prompt, key)
    place = f"{prompt.title} · check your answers" if prompt.checking else f"{prompt.title} · question {here} of {of}"
    said_before = [*(aside or []), *paragraphs(first)]
    foot = [*actions(list(_foot(prompt, field, ways=ways))), context(COMMANDS)]
    foot += [linked(link, "or go on with it on the web")] if link else []
    asked = list(_asked(prompt, field)) if field is not None else [context(CONTINUE_HERE)] * (not prompt.checking)
    # Where there is too much for one message, what is said before gives way to the question.
    asked = fitted([context(place), *paragraphs(() if again and field else _before(prompt, key)), *asked], beside=foot)
    title = field.question.ask if field is not None else prompt.title
    text = escape(shorten(" ".join((*first, title)), TEXT_ADVISED // 5))
    return text, [*(fitted(said_before, beside=[*asked, *foot]) if said_before else []), *asked, *foot]


def _before(prompt: Prompt, key: str) -> tuple[str, ...]:
    if prompt.checking:
        return check_in_words(prompt, own_words=False)
    return before_question(prompt, key)


def _asked(prompt: Prompt, field: Field) -> Iterator[Json]:
    question = field.question
    if wrong := trouble(field):
        yield section(wrong)
    yield {**section(question.ask), "block_id": f"{ASKED}{question.key}"}
    if hint := beside(question).strip():
        yield context(hint)
    if not _as_buttons(prompt, field):
        yield from paragraphs(("\n".join(choice_lines(question)),))
    elif any(choice.description.strip() for choice in question.choices):
        yield context("\n".join(f"{each.label}: {each.description}" for each in question.choices if each.description))
    if stands := standing(field):
        yield context(stands)
    yield context(how_to_answer(field, way=BUTTON_OR_WORDS if _as_buttons(prompt, field) else ""))


def _as_buttons(prompt: Prompt, field: Field) -> bool:
    question = field.question
    few = question.kind in PRESSED and len(question.choices) <= MOST_BUTTONS
    values = (Say(prompt.conversation_id, question.key, choice.value).written() for choice in question.choices)
    return few and all(len(value) <= BUTTON_VALUE for value in values)


def _foot(prompt: Prompt, field: Field | None, *, ways: bool) -> Iterator[Json]:
    talk = prompt.conversation_id
    form = act_button(Button("Open the form", Purpose.TALK, talk))
    if field is not None and _as_buttons(prompt, field):
        for place, choice in enumerate(field.question.choices, start=1):
            value = Say(talk, field.question.key, choice.value).written()
            yield button(choice.label, f"{SAY}:{place}", value=value)
    if ways:
        yield _command("Try again", talk, "continue")
        yield form
        yield _command("Stop", talk, "stop")
        return
    if prompt.checking:
        yield _command(prompt.submit, talk, "send", primary=True)
    elif field is None:
        yield _command("Continue", talk, "continue", primary=True)
    elif not field.question.required:
        yield button("Skip", f"{SAY}:skip", value=Say(talk, field.question.key, "").written())
    yield form


def _command(label: str, talk: str, command: str, *, primary: bool = False) -> Json:
    return button(label, f"{SAY}:{command}", value=Say(talk, "", command).written(), primary=primary)
