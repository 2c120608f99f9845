"""A Prompt as a web page: pure values that the templates only lay out, and a form's fields back into raw answers.

Names of form fields are `q.<question>`; a date has `.day`, `.month` and `.year`. The page follows the question-page
pattern: one heading, errors on top linked to their fields, typed words kept, "(optional)" in words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.conversation.flow import MAX_RADIO, Kind, Question
from bot.conversation.hints import beside
from bot.conversation.prompt import Field, Prompt
from bot.conversation.reading import Raw, read
from bot.flows.languages import direction

PREFIX = "q."
DATE_PARTS = ("day", "month", "year")
DATE_HINT = "For example, 27 3 2027"
CONTROLS = {
    Kind.MULTI: "checkboxes",
    Kind.NUMBER: "number",
    Kind.TEXT_SHORT: "text",
    Kind.TEXT_LONG: "textarea",
    Kind.DATE: "date",
    Kind.INFO: "info",
}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question as the template lays it out. `finds` are the words found that may identify a person, and why."""

    control: str
    name: str
    id: str
    label: str
    hint: str = ""
    optional: bool = False
    heading: bool = False
    error: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str, str], ...] = ()
    date: tuple[str, str, str] = ("", "", "")
    rows: int = 6
    finds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as a page. `heading` is empty when the only question is the heading itself.

    `language` and `direction` are those of its words, empty for the language of the page.
    """

    title: str
    heading: str
    progress: str
    fields: tuple[FieldView, ...]
    errors: tuple[tuple[str, str], ...]
    language: str = ""
    direction: str = ""


def step_view(prompt: Prompt) -> StepView:
    """How a step looks on the web."""
    alone = len(prompt.fields) == 1 and _same(prompt.fields[0].question.ask, prompt.step_title)
    views = tuple(
        _field(shown, error=prompt.errors.get(shown.question.key, ""), alone=alone) for shown in prompt.fields
    )
    number, total = prompt.place
    return StepView(
        title=f"{'Error: ' if prompt.errors else ''}{prompt.step_title}",
        heading="" if alone and views[0].control != "info" else prompt.step_title,
        progress="" if prompt.checking or total < 2 else f"Step {number} of {total}",
        fields=views,
        errors=tuple((f"#{view.id}", view.error) for view in views if view.error),
        language=prompt.language,
        direction=direction(prompt.language) if prompt.language else "",
    )


def raw_answers(fields: Mapping[str, Sequence[str]]) -> dict[str, Raw]:
    """The raw answers in a form: one value as text, several as a list, a date from its three boxes."""
    raw: dict[str, Raw] = {}
    dates: dict[str, dict[str, str]] = {}
    for name, values in fields.items():
        key, _, part = name.removeprefix(PREFIX).partition(".")
        if not name.startswith(PREFIX) or not values:
            continue
        if part in DATE_PARTS:
            dates.setdefault(key, {})[part] = " ".join(values[0].split())
        elif not part:
            raw[key] = values[0] if len(values) == 1 else tuple(values)
    for key, parts in dates.items():
        raw[key] = _joined([parts.get(part, "") for part in DATE_PARTS])
    return raw


def date_parts(value: Raw) -> tuple[str, str, str]:
    """What stands in the three boxes of a date: from a stored ISO date, or from what was typed."""
    text = value if isinstance(value, str) else ""
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    if iso:
        return str(int(iso[3])), str(int(iso[2])), iso[1]
    parts = [*text.split("/"), "", "", ""]
    return parts[0].strip(), parts[1].strip(), parts[2].strip()


def _joined(parts: list[str]) -> str:
    """The three boxes as one text, in their places; a month in words is read with spaces between."""
    if not any(parts):
        return ""
    if all(parts) and parts[1].isalpha():
        return f"{parts[0]} {parts[1].capitalize()} {parts[2]}"
    return "/".join(parts)


def _same(ask: str, title: str) -> bool:
    return not title or ask.strip(" ?.").casefold() == title.strip(" ?.").casefold()


def _field(shown: Field, *, error: str, alone: bool) -> FieldView:
    question = shown.question
    given = shown.value
    values = () if given is None else (given,) if isinstance(given, str) else tuple(given)
    return FieldView(
        control=_control(question),
        name=f"{PREFIX}{question.key}",
        id=f"q-{question.key}",
        label=question.ask,
        hint=_hint(question),
        optional=not question.required,
        heading=alone,
        error=error,
        value=values[0] if values else "",
        values=values,
        options=tuple((choice.value, choice.label, choice.description) for choice in question.choices),
        date=date_parts(given) if question.kind is Kind.DATE else ("", "", ""),
        rows=4 if question.max_length <= 300 else 8,
        finds=_finds(shown),
    )


def _control(question: Question) -> str:
    if question.kind is Kind.SINGLE and len(question.choices) > MAX_RADIO:
        return "select"
    if question.kind is Kind.SCALE:
        return "scale"
    return CONTROLS.get(question.kind, "radios")


def _hint(question: Question) -> str:
    parts = [beside(question)]
    if question.kind is Kind.DATE:
        last = question.latest  # an example that would itself be refused helps nobody
        parts.append(f"For example, {last.day} {last.month} {last.year}." if last else f"{DATE_HINT}.")
    if question.kind is Kind.MULTI:
        parts.append("Choose all that apply.")
    return " ".join(part for part in parts if part)


def _finds(shown: Field) -> tuple[tuple[str, str], ...]:
    """The words found, with what each seems to be. Spans count in the text as it was read, not as it was typed."""
    text = read(shown.question, shown.value) if shown.found else ""
    if not isinstance(text, str):
        return ()
    return tuple(dict.fromkeys((text[span.start : span.end], span.label) for span in shown.found))
