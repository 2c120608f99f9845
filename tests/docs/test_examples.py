"""The files that the how-to pages show are files that Herald takes."""

import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from bot.files.briefings import parse_briefings
from bot.files.bulletin import parse_bulletin
from bot.files.deadlines import parse_deadlines
from bot.files.kinds import FileKind, kind_of
from bot.files.partnership import parse_partnership
from bot.files.problems import Parsed
from bot.files.survey import parse_survey
from tests.docs.tables import pages
from tests.files import samples

PARSERS: dict[FileKind, Callable[[str], Parsed[Any]]] = {
    FileKind.SURVEY: parse_survey,
    FileKind.BRIEFINGS: parse_briefings,
    FileKind.BULLETIN: parse_bulletin,
    FileKind.DEADLINES: parse_deadlines,
}
BLOCK = re.compile(r"^(?P<indent> *)```(?:yaml|markdown)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    found = []
    for page in pages():
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            found.append((page.name, textwrap.dedent(block["text"])))
    return found


def test_there_are_examples_of_every_kind() -> None:
    assert {name for name, _ in examples()} >= {
        "write-a-survey.md",
        "run-a-briefing.md",
        "send-a-bulletin.md",
        "follow-deadlines.md",
        "set-the-escalation-policy.md",
    }


@pytest.mark.parametrize(("page", "text"), examples(), ids=[name for name, _ in examples()])
def test_an_example_is_a_file_that_herald_takes(page: str, text: str) -> None:
    if text.startswith("escalation_policy:"):
        before, _, _ = samples.PARTNERSHIP.partition("escalation_policy:")
        assert parse_partnership(before + text).value.escalation_policy is not None
        return
    parsed = PARSERS[kind_of(text)](text)
    assert parsed.value
