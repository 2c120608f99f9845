"""docs/reference/file-errors.md says what every code means, in the same words as the program."""

import re
from pathlib import Path

from bot.files.codes import CODES
from tests.files.test_wrong_files import TABLE

TOLD_ELSEWHERE = {"E106", "E111", "W220"}
"""These need more than one changed word: they have tests of their own in this folder."""
ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([EW]\d{3})` \| (.+?) \| .+ \|$", re.MULTILINE)
USED = re.compile(r'"([EW][1-3]\d{2})"')


def test_every_code_is_documented_with_its_meaning() -> None:
    page = (ROOT / "docs/reference/file-errors.md").read_text(encoding="utf-8")
    assert {code: meaning.replace("\\|", "|") for code, meaning in ROW.findall(page)} == CODES


def used_in(*rooms: str) -> set[str]:
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py") if path.name != "codes.py"]
    return {code for path in files for code in USED.findall(path.read_text(encoding="utf-8"))}


def test_every_code_that_is_used_has_a_meaning_and_every_meaning_is_used() -> None:
    assert used_in("bot/files", "handlers") & set(CODES) == set(CODES)
    assert used_in("bot/files") <= set(CODES)


def test_every_code_of_a_parser_has_a_wrong_file() -> None:
    assert used_in("bot/files") - {wrong.code for wrong in TABLE} == TOLD_ELSEWHERE
