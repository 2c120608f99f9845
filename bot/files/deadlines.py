"""The deadlines file: what has to be done by when, and whose it is."""

from dataclasses import dataclass
from datetime import date

from bot.files import values
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.problems import Findings, Parsed, quoted
from bot.files.reader import Reader, no_duplicates
from bot.files.yaml_source import load
from bot.rules.deadline_kinds import KINDS, Kind
from bot.rules.deadlines import parse_every

ID_RULE = "small letters, digits and hyphens, such as p1-six-months"


@dataclass(frozen=True, slots=True)
class DeadlineEntry:
    """One deadline: counted from `anchor`, or simply `due` (local dates). `every` is a rhythm such as 1y."""

    id: str
    kind: str
    title: str
    owner: str
    priority: str = ""
    anchor: date | None = None
    due: date | None = None
    every: str | None = None


def parse_deadlines(data: bytes | str, known: Known = NOTHING_KNOWN) -> Parsed[tuple[DeadlineEntry, ...]]:
    """Reads a deadlines file. Raises FileProblems with everything that is wrong in it."""
    findings = Findings()
    top = Reader(load(data, findings), "the deadlines file", findings)
    top.format_version("herald_deadlines")
    readers = top.each("deadlines", "deadline", required=True)
    if top.has("deadlines") and not top.nodes("deadlines"):
        top.error("E213", top.at("deadlines"), "deadlines", "the list is empty. Write at least one deadline.")
    found = tuple(_deadline(reader, known) for reader in readers)
    top.close()
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([deadline.id for deadline in found], places, strict=True), "deadline", findings)
    return findings.parsed(found)


def _deadline(reader: Reader, known: Known) -> DeadlineEntry:
    kind = KINDS.get(reader.word("kind", KINDS, required=True))
    owner = reader.email("owner", required=True)
    if owner and known.people is not None and owner not in known.people:
        message = f"{owner} is not in the register. Add the person first, with “herald people import”."
        reader.error("E212", reader.at("owner"), "owner", message)
    deadline = DeadlineEntry(
        id=reader.identifier("id", values.SLUG, ID_RULE),
        kind="" if kind is None else kind.key,
        title=reader.text("title", required=True, shortest=3, longest=150),
        owner=owner,
        priority=reader.known("priority", known.priorities),
        anchor=reader.day("anchor"),
        due=reader.day("due"),
        every=_every(reader),
    )
    if kind is not None:
        _check_dates(reader, kind)
    reader.close()
    return deadline


def _every(reader: Reader) -> str | None:
    scalar = reader.scalar("every", wanted="a rhythm")
    if scalar is None:
        return None
    try:
        parse_every(scalar.text)
    except ValueError:
        message = f"{quoted(scalar.text)} does not say how often. Write 1y, 6m or 2w."
        reader.error("E210", scalar.at, "every", message)
        return None
    return scalar.text.strip().lower()


def _check_dates(reader: Reader, kind: Kind) -> None:
    anchor, due, every = reader.has("anchor"), reader.has("due"), reader.has("every")
    if due and not kind.takes_a_date:
        message = f"{kind.key} is counted from {kind.anchor_label}. Write that date as anchor, and take out due."
        reader.error("E214", reader.at("due"), "due", message)
    elif due and anchor:
        reader.error("E214", reader.at("due"), "due", "anchor and due stand together. Keep one of them.")
    elif kind.key == "custom" and not due and not (anchor and every):
        message = f"{reader.where} needs a date. Write due: 2027-02-26, or anchor and every."
        reader.error("E110", reader.mapping.at, "due", message)
    elif not anchor and not due:
        message = f"{reader.where} needs a date. Write anchor: and {kind.anchor_label}."
        reader.error("E110", reader.mapping.at, "anchor", message)
