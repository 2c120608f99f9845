"""One question of a modal as Slack shows it: the input for its kind, with what was answered before."""

import re

from bot.conversation.flow import CHOOSING, Choice, Kind, Question
from bot.conversation.hints import beside
from bot.conversation.prompt import Field
from bot.conversation.reading import Raw
from bot.rendering.slack_blocks import Blocks, Json, context, paragraphs, plain, section
from bot.rendering.slack_limits import (
    CHECKBOX_OPTIONS,
    INPUT_HINT,
    INPUT_LABEL,
    OPTION_DESCRIPTION,
    OPTION_TEXT,
    OPTION_VALUE,
    PLAIN_TEXT_INPUT,
    RADIO_OPTIONS,
)

ANSWER = "answer"
ANSWER_OR_KEEP = "answer-or-keep"
"""The action id of a box whose stored answer is not shown: left empty, the answer stays."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def block_id(question: str, revision: int) -> str:
    """Slack keeps old values for a block id used before (bolt-js #290), so each revision has ids of its own."""
    return f"{question}:{revision}"


def written(value: str) -> str:
    """A sensitive answer as Slack may show it: that it is there, and how long it is."""
    return f"written, {len(value):,} characters"


def field_blocks(field: Field, *, revision: int, typed: bool) -> Blocks:
    """A question as blocks. `typed` says that its value was written in this form just now, not taken from the store.

    A sensitive answer from the store is not shown again in Slack (settled, Sensitive answers).
    """
    question = field.question
    if question.kind is Kind.INFO:
        return [*paragraphs((question.ask,)), *([context(question.help)] if question.help.strip() else [])]
    above: Blocks = []
    if field.found:
        above.append(section(_found_words(field)))
    elif field.error:
        above.append(section(field.error))
    hidden = question.sensitive and bool(field.value) and not typed and isinstance(field.value, str)
    if hidden and isinstance(field.value, str):
        above.append(
            context(f"Your answer is kept: {written(field.value)}. Leave the box empty to keep it, or write it anew.")
        )
    return [*above, _input(question, field, revision=revision, hidden=hidden)]


def _input(question: Question, field: Field, *, revision: int, hidden: bool) -> Json:
    made: Json = {
        "type": "input",
        "block_id": block_id(question.key, revision),
        "label": plain(question.ask, INPUT_LABEL),
        "optional": hidden or not question.required,
        "element": {"action_id": ANSWER_OR_KEEP if hidden else ANSWER, **_element(question, field, hidden=hidden)},
    }
    if hint := beside(question).strip():
        made["hint"] = plain(hint, INPUT_HINT)
    return made


def _found_words(field: Field) -> str:
    kinds = ", ".join(dict.fromkeys(span.label for span in field.found))
    return f"“{field.question.ask}”: this may identify a person ({kinds}). Nothing of it is saved yet."


def _element(question: Question, field: Field, *, hidden: bool) -> Json:
    value = None if hidden else field.value
    match question.kind:
        case Kind.MULTI:
            return _many(question, value)
        case kind if kind in CHOOSING:
            return _one(question, value)
        case Kind.DATE:
            return _date(value)
        case Kind.NUMBER:
            return _number(question, value)
        case _:
            return _text(question, value)


def _one(question: Question, value: Raw) -> Json:
    options = _options(question)
    radio = len(options) <= RADIO_OPTIONS
    made: Json = {"type": "radio_buttons" if radio else "static_select", "options": options}
    chosen = _chosen(question, options, value)
    if chosen:
        made["initial_option"] = chosen[0]
    return made


def _many(question: Question, value: Raw) -> Json:
    options = _options(question)
    boxes = len(options) <= CHECKBOX_OPTIONS
    made: Json = {"type": "checkboxes" if boxes else "multi_static_select", "options": options}
    chosen = _chosen(question, options, value)
    if chosen:
        made["initial_options"] = chosen
    return made


def _options(question: Question) -> list[Json]:
    return [_option(choice, place) for place, choice in enumerate(question.choices, start=1)]


def _option(choice: Choice, place: int) -> Json:
    made: Json = {"text": plain(choice.label, OPTION_TEXT), "value": _value(choice, place)}
    if choice.description.strip():
        made["description"] = plain(choice.description, OPTION_DESCRIPTION)
    return made


def _value(choice: Choice, place: int) -> str:
    """The stored value; a value too long for Slack travels as the choice's number, which the reader knows as well."""
    return choice.value if 0 < len(choice.value) <= OPTION_VALUE else str(place)


def _chosen(question: Question, options: list[Json], value: Raw) -> list[Json]:
    wanted = {value} if isinstance(value, str) else set(value or ())
    held = zip(question.choices, options, strict=True)
    return [option for choice, option in held if choice.value in wanted]


def _date(value: Raw) -> Json:
    made: Json = {"type": "datepicker"}
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        made["initial_date"] = value
    return made


def _number(question: Question, value: Raw) -> Json:
    made: Json = {"type": "number_input", "is_decimal_allowed": not question.whole}
    if question.minimum is not None:
        made["min_value"] = f"{question.minimum:g}"
    if question.maximum is not None:
        made["max_value"] = f"{question.maximum:g}"
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value):
        made["initial_value"] = value
    return made


def _text(question: Question, value: Raw) -> Json:
    before = value[:PLAIN_TEXT_INPUT] if isinstance(value, str) and value.strip() else ""
    made: Json = {
        "type": "plain_text_input",
        "multiline": question.kind is Kind.TEXT_LONG,
        "max_length": max(min(question.max_length, PLAIN_TEXT_INPUT), len(before)),
    }
    if before:
        made["initial_value"] = before
    return made
