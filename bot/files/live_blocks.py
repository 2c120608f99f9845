"""Reads the live blocks of a bulletin: `{{ briefings next=3 }}`."""

import re

from bot.files.briefings import KINDS
from bot.files.bulletin_model import (
    BriefingsBlock,
    DeadlinesBlock,
    DoneBlock,
    LiveBlock,
    PledgeBlock,
    PreviousBlock,
    SurveysBlock,
)
from bot.files.known import Known
from bot.files.nodes import Position
from bot.files.problems import Findings, did_you_mean, quoted

NAMES = ("briefings", "surveys", "deadlines", "pledge", "done", "previous")
SIMPLE: dict[str, LiveBlock] = {
    "surveys": SurveysBlock(),
    "deadlines": DeadlinesBlock(),
    "previous": PreviousBlock(),
}
MOST_BRIEFINGS = 20
_BLOCK = re.compile(r"\{\{([^{}\n]*)\}\}")
_COMMENT = re.compile(r"\s+#.*")
_SETTING = re.compile(r"([a-z]+)\s*=\s*([a-z0-9-]{1,20})(?:\s+|$)")


def is_live(line: str) -> bool:
    """Whether a line is meant as live blocks."""
    return line.lstrip().startswith("{{")


def read_line(line: str, at: Position, known: Known, findings: Findings) -> list[LiveBlock]:
    """The live blocks of one line, which may end in a comment after #. E266, E267, E212."""
    found: list[LiveBlock] = []
    end = 0
    for hit in _BLOCK.finditer(line):
        if line[end : hit.start()].strip():
            break
        block = _block(hit[1].split(), (at[0], at[1] + hit.start()), known, findings)
        if block is not None:
            found.append(block)
        end = hit.end()
    rest = line[end:]
    if end == 0:
        message = f"{quoted(line.strip())} is not a live block. Write it like {{{{ briefings next=3 }}}}."
        findings.error("E266", at, "live block", message)
    elif rest.strip() and not _COMMENT.fullmatch(rest):
        message = f"{quoted(rest.strip())} stands beside a live block. Put live blocks on lines of their own."
        findings.error("E267", (at[0], at[1] + end), "live block", message)
    return found


def _block(words: list[str], at: Position, known: Known, findings: Findings) -> LiveBlock | None:
    name, settings = (words[0].lower(), " ".join(words[1:])) if words else ("", "")
    match name:
        case "briefings":
            return _briefings(settings, at, findings)
        case "pledge":
            return PledgeBlock(_priority(settings, at, known, findings))
        case "done":
            return DoneBlock(_priority(settings, at, known, findings))
        case "surveys" | "deadlines" | "previous":
            _no_settings(name, settings, at, findings)
            return SIMPLE[name]
        case _:
            message = f"{quoted(name)} is not a live block.{did_you_mean(name, NAMES)}"
            findings.error("E266", at, "live block", message)
            return None


def _no_settings(name: str, settings: str, at: Position, findings: Findings) -> None:
    if settings:
        message = f"{name} takes no settings, but here is {quoted(settings)}. Write {{{{ {name} }}}}."
        findings.error("E266", at, "live block", message)


def _briefings(settings: str, at: Position, findings: Findings) -> BriefingsBlock:
    given = {hit[1]: hit[2] for hit in _SETTING.finditer(settings)}
    understood = not _SETTING.sub("", settings).strip() and given.keys() <= {"next", "kind"}
    number, kind = given.get("next", "5"), given.get("kind", "").replace("-", " ")
    if not understood or not number.isdecimal() or not 1 <= int(number) <= MOST_BRIEFINGS:
        message = (
            f"{quoted(settings)} cannot be followed. Write next=3, with a number from 1 to {MOST_BRIEFINGS}; "
            "kind=masterclass beside it shows one kind alone."
        )
        findings.error("E266", at, "live block", message)
        return BriefingsBlock()
    if kind and kind not in KINDS:
        names = [each.replace(" ", "-") for each in KINDS]
        message = f"{quoted(given['kind'])} is not a kind of session.{did_you_mean(given['kind'], names)}"
        findings.error("E266", at, "live block", message)
    return BriefingsBlock(int(number), kind)


def _priority(settings: str, at: Position, known: Known, findings: Findings) -> str:
    if settings and known.priorities is not None and settings not in known.priorities:
        message = (
            f"{quoted(settings)} is not a priority of the partnership file.{did_you_mean(settings, known.priorities)}"
        )
        findings.error("E212", at, "live block", message)
    return settings
