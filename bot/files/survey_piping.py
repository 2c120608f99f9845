"""Answers repeated inside later texts: `{role}` in a text becomes the words of the answer to the question `role`.

`{{` and `}}` are braces. Only closed answers and short texts are repeated, never sensitive ones, never in titles: a
Slack title or a subject must not show what somebody wrote. `{q.role}` is understood as well.
"""

import re
from collections.abc import Callable, Iterator

from bot.files.nodes import Mapping, Node, Scalar
from bot.files.problems import did_you_mean, one_of, quoted
from bot.files.reader import Reader
from bot.files.survey_conditions import ConditionReader
from bot.files.survey_model import SurveyQuestion, Type

PIPE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}")
REPEATED = frozenset(
    {Type.SINGLE, Type.MULTI, Type.YES_NO, Type.SCALE, Type.RANK, Type.NUMBER, Type.DATE, Type.TEXT_SHORT}
)


def pipes_in(text: str) -> tuple[str, ...]:
    """The ids of the questions whose answers a text repeats, in order."""
    return tuple(_named(found["name"]) for found in PIPE.finditer(text) if found["name"] is not None)


def filled(text: str, words_of: Callable[[str], str]) -> str:
    """The text with answers in place of their ids. What is filled in is never read for braces again."""

    def put(found: re.Match[str]) -> str:
        return found[0][0] if found["name"] is None else words_of(_named(found["name"]))

    return PIPE.sub(put, text)


def literal(text: str) -> str:
    """The text written so that `filled` gives it back as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _named(inside: str) -> str:
    return inside.strip().removeprefix("q.")


def check_pipes(reader: Reader, key: str, conditions: ConditionReader) -> None:
    """E246 for an answer that does not come earlier, E247 for one that may not be repeated."""
    for scalar in _scalars(reader.node(key)):
        for name in pipes_in(scalar.text):
            if name not in conditions.earlier:
                reader.error("E246", scalar.at, key, _unknown(name, conditions))
            elif (why := _not_repeated(conditions.earlier[name])) is not None:
                reader.error("E247", scalar.at, key, f"the answer to {name} cannot be repeated here: {why}")


def refuse_pipes(reader: Reader, key: str, conditions: ConditionReader) -> None:
    """E247 for an answer repeated where Slack shows a title. Other words in braces are only words there."""
    for scalar in _scalars(reader.node(key)):
        for name in pipes_in(scalar.text):
            if name in conditions.all_ids:
                message = f"the answer to {name} cannot be repeated in a title. Repeat it in the text of a question."
                reader.error("E247", scalar.at, key, message)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Mapping):
        yield from (entry.value for entry in node.entries if isinstance(entry.value, Scalar))


def _unknown(name: str, conditions: ConditionReader) -> str:
    braces = " Write {{ and }} for braces that are only braces."
    if name in conditions.all_ids:
        return f"{quoted(name)} does not come before this text. Move it up, or move this down.{braces}"
    return f"{quoted(name)} is not a question of this survey.{did_you_mean(name, conditions.earlier)}{braces}"


def _not_repeated(question: SurveyQuestion | None) -> str | None:
    if question is None:
        return None
    if question.sensitive:
        return "it is sensitive. Write the text without it."
    if question.kind not in REPEATED:
        allowed = one_of(sorted(kind.value for kind in REPEATED))
        return f"it is of type {question.kind}. Only {allowed} can be repeated."
    return None
