"""From bytes to text: UTF-8, with or without a byte order mark, and a kind word about everything else."""

import re

from bot.files.problems import FileProblems, Problem

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, odd line ends, and marks that turn the direction of writing round unseen."""
NUL = re.compile("\x00")


def decoded(data: bytes | str, *, limit: int, refused: re.Pattern[str] = CONTROL) -> str:
    """The text of a file of at most `limit` bytes, without byte order mark, every line end as a single newline.

    Raises FileProblems: E106 too big, E109 not UTF-8, or with characters of `refused` (the first of each line).
    """
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    if len(raw) > limit:
        size = f"{limit // 1024} KB" if limit < 1_000_000 else f"{limit // 1_000_000} MB"
        raise FileProblems([Problem("E106", 1, 1, "file", f"the file is larger than {size}. Divide it into several.")])
    if raw.startswith(UTF16_MARKS) or raw.count(0) * 4 > len(raw) > 1:  # every second byte of Latin UTF-16 is NUL
        raise _not_utf8(1, 1, "the file is saved as UTF-16. Save it again as UTF-8 (in Excel: “CSV UTF-8”).")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(raw[: error.start].decode("utf-8", "replace"))
        raise _not_utf8(line, column, "this letter is not UTF-8. Save the file again as UTF-8.") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if refused.search(text):
        raise FileProblems(_unseen(text, refused))
    return text


def _unseen(text: str, refused: re.Pattern[str]) -> list[Problem]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        hit = refused.search(line)
        if hit:
            what = "a NUL character" if hit[0] == "\0" else f"a control character (number {ord(hit[0])})"
            message = f"there is {what} here that nobody can see. Delete it."
            found.append(Problem("E109", number, hit.start() + 1, "file", message))
    return found


def _place(before: str) -> tuple[int, int]:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1].removeprefix("\ufeff")) + 1


def _not_utf8(line: int, column: int, message: str) -> FileProblems:
    return FileProblems([Problem("E109", line, column, "file", message)])
