"""docs/reference/file-errors.md says what every code means, in the same words as the program."""

import re
from pathlib import Path

from bot.files.codes import CODES

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([EW]\d{3})` \| (.+?) \| .+ \|$", re.MULTILINE)
USED = re.compile(r'"([EW][1-3]\d{2})"')


def test_every_code_is_documented_with_its_meaning() -> None:
    page = (ROOT / "docs/reference/file-errors.md").read_text(encoding="utf-8")
    assert {code: meaning.replace("\\|", "|") for code, meaning in ROW.findall(page)} == CODES


def test_every_code_that_is_used_has_a_meaning_and_every_meaning_is_used() -> None:
    files = [path for path in (ROOT / "bot/files").rglob("*.py") if path.name != "codes.py"]
    used = {code for path in files for code in USED.findall(path.read_text(encoding="utf-8"))}
    assert used == set(CODES)
