"""What applying a bulletin means: one edition with its pictures. Any change voids an approval; nothing sent changes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_model import BulletinFile
from bot.files.pictures import LARGEST_BYTES, PictureFacts, picture_facts
from bot.files.problems import FileProblems, Parsed, Problem
from bot.rendering.bulletin.rehearsal import unsendable
from bot.rules.edition_states import CAN_CHANGE, EditionState
from bot.rules.identifiers import BULLETIN, Span, find
from handlers.apply import Applied, FileSource, outcome_of
from handlers.known import known_names
from handlers.partnership import calendar_of, partnership_of
from storage.tables.bulletins import Bulletin, BulletinImage
from storage.unit_of_work import UnitOfWork

NOT_NAMED = "nobody is named as its author"
APPROVAL_GONE = "its approval is void: it has to be approved again"
MACHINE_WRITTEN = ("send_at:", "not_after:", "id:", "author:", "audience:", "series:", "herald_bulletin:")


@dataclass(frozen=True, slots=True)
class Written:
    """A text that may be kept: what it says, and the pictures it shows, by name."""

    file: BulletinFile
    pictures: Mapping[str, bytes]
    warnings: tuple[Problem, ...] = ()


async def apply_bulletin(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps one bulletin. Raises FileProblems, then nothing is kept."""
    given = _beside(source.folder) if source.folder is not None else await stored_pictures(uow, source.text)
    written = await check(uow, source.text, given)
    return [await keep(uow, source, written)]


async def check(uow: UnitOfWork, text: str, given: Mapping[str, bytes]) -> Written:
    """Reads a text with the pictures that lie beside it. Raises FileProblems with everything that is wrong."""
    parsed = await _parsed(uow, text, given)
    problems = [*_wrong_pictures(parsed.value, text, given), *identifier_problems(text, await _today(uow))]
    problems += [Problem("E271", 1, 1, "bulletin", said) for said in unsendable(parsed.value)]
    if problems:
        raise FileProblems([*problems, *parsed.warnings])
    wanted = {image.file: given[image.file] for image in parsed.value.images()}
    return Written(parsed.value, wanted, parsed.warnings)


async def keep(uow: UnitOfWork, source: FileSource, written: Written) -> Applied:
    """Stores a text that was checked. Raises FileProblems when the edition may not change any more."""
    file = written.file
    content = content_hash(source.text, written.pictures)
    row = await uow.bulletins.get(file.id, lock=True)
    if row is not None and row.content_hash == content:
        return Applied("bulletin", file.id, "unchanged", problems=written.warnings)
    if row is not None and row.state not in CAN_CHANGE:
        raise FileProblems([_too_late(row, source.text)])
    known, approved = row is not None, row is not None and row.state != EditionState.DRAFT
    if row is None:
        row = Bulletin(id=file.id, recipients=0)
    _fill(row, source, file, content)
    _unapprove(row)
    row.changed_at = uow.now
    if not known:
        await uow.bulletins.add(row)
    await uow.working_texts.drop(file.id)
    await uow.bulletins.keep_images(file.id, [image_of(uow, file.id, *each) for each in written.pictures.items()])
    action = "bulletin.changed" if known else "bulletin.created"
    detail = {"hash": content, "approval_void": approved, "pictures": len(written.pictures)}
    uow.audit.add(action, thing=f"bulletin:{file.id}", by=source.by, detail=detail)
    notes = [APPROVAL_GONE] if approved else []
    notes += [] if row.author else [NOT_NAMED]
    outcome = outcome_of(known=known, changed=True)
    return Applied("bulletin", file.id, outcome, "; ".join(notes), written.warnings)


def content_hash(text: str, pictures: Mapping[str, bytes]) -> str:
    """The fingerprint of everything that readers will see of the author's: text and pictures."""
    digest = hashlib.sha256(_normal(text).encode())
    for name, content in sorted(pictures.items()):
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


async def stored_pictures(uow: UnitOfWork, text: str) -> dict[str, bytes]:
    """The pictures that an edition has already: what a text written in the browser may show."""
    found = next((line for line in _normal(text).split("\n") if line.startswith("id:")), "")
    bulletin_id = found.removeprefix("id:").split("#")[0].strip().strip("\"'")
    return {image.name: image.content for image in await uow.bulletins.images(bulletin_id)}


def identifiers_in(text: str, today: date) -> tuple[Span, ...]:
    """What may identify a child, in what a person wrote; ids and times of the front matter are passed over."""
    lines, passed_over, start = text.split("\n"), [], 0
    front_matter = True
    for number, line in enumerate(lines):
        front_matter = front_matter and not (number > 0 and line.rstrip() == "---")
        if front_matter and line.lstrip().startswith(MACHINE_WRITTEN):
            passed_over.append(range(start, start + len(line)))
        start += len(line) + 1
    spans = find(text, profile=BULLETIN, today=today)
    return tuple(span for span in spans if not any(span.start in part for part in passed_over))


def identifier_problems(text: str, today: date) -> list[Problem]:
    """The same as problems with their places. The words themselves are not repeated: they end up in terminals."""
    problems = []
    for span in identifiers_in(text, today):
        line = text.count("\n", 0, span.start) + 1
        column = span.start - (text.rfind("\n", 0, span.start) + 1) + 1
        message = f"this may be a child's {span.label}. Bulletins name no child; take it out or write it differently."
        problems.append(Problem("E269", line, column, "text", message))
    return problems


async def _parsed(uow: UnitOfWork, text: str, given: Mapping[str, bytes]) -> Parsed[BulletinFile]:
    zone = (await partnership_of(uow)).timezone
    try:
        return parse_bulletin(text, await known_names(uow), zone, images=sorted(given))
    except FileProblems as problems:
        extra = identifier_problems(text, await _today(uow))
        raise FileProblems([*problems.problems, *extra]) from problems


async def _today(uow: UnitOfWork) -> date:
    return (await calendar_of(uow)).local(uow.now).date()


def _beside(folder: Path) -> dict[str, bytes]:
    """The pictures beside a file, by name; one that is too large is cut, so that it is refused by its size."""
    found = {}
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".webp") and path.is_file():
            with path.open("rb") as file:
                found[path.name] = file.read(LARGEST_BYTES + 1)
    return found


def _wrong_pictures(file: BulletinFile, text: str, given: Mapping[str, bytes]) -> list[Problem]:
    problems = []
    for image in file.images():
        content = given[image.file]
        wrong = ""
        if len(content) > LARGEST_BYTES:
            wrong = f"{image.file} has more than 1 MB. Save it smaller, so that it loads on a phone."
        elif picture_facts(content) is None:
            wrong = f"{image.file} is not a picture that mail can show. Save it as .png or .jpg."
        if wrong:
            lines = (n for n, line in enumerate(text.split("\n"), 1) if image.file.split(" ")[0] in line)
            problems.append(Problem("E263", next(lines, 1), 1, "image", wrong))
    return problems


def _too_late(row: Bulletin, text: str) -> Problem:
    lines = (number for number, line in enumerate(text.split("\n"), 1) if line.startswith("id:"))
    began = "was cancelled" if row.state == EditionState.CANCELLED else "is on its way or was sent"
    message = f"{row.id} {began}, so its text cannot change. Give the changed text an id of its own."
    return Problem("E270", next(lines, 1), 1, "id", message)


def _fill(row: Bulletin, source: FileSource, file: BulletinFile, content: str) -> None:
    row.series_id, row.title, row.source = file.series, file.title, _normal(source.text)
    row.content_hash, row.audience = content, audience_as_json(file)
    row.send_at, row.not_after = file.send_at, file.not_after
    row.author = file.author or (source.by.email if source.by is not None else row.author or "")
    # Whoever changed the text last may not approve it either, whatever name stands in the file.
    row.author_id = source.by.id if source.by is not None else row.author_id


def _unapprove(row: Bulletin) -> None:
    row.state = EditionState.DRAFT.value
    row.approved_by, row.approved_at, row.approved_hash = None, None, None


def audience_as_json(file: BulletinFile) -> dict[str, object]:
    """The audience as it is kept, only what is given."""
    audience = file.audience
    given = {name: getattr(audience, name) for name in audience.__slots__ if name != "exclude"}
    kept: dict[str, object] = {name: list(v) if isinstance(v, tuple) else v for name, v in given.items() if v}
    if audience.exclude is not None:
        inner = {name: getattr(audience.exclude, name) for name in audience.__slots__ if name != "exclude"}
        kept["exclude"] = {name: list(v) if isinstance(v, tuple) else v for name, v in inner.items() if v}
    return kept


def image_of(uow: UnitOfWork, bulletin_id: str, name: str, content: bytes) -> BulletinImage:
    """A picture as it is stored: served under a name that nobody can guess and that changes with what it shows."""
    facts = picture_facts(content) or PictureFacts("application/octet-stream", "bin")
    opaque = uow.keyring.mac("bulletin-image", f"{bulletin_id}/{name}/{hashlib.sha256(content).hexdigest()}")[:32]
    return BulletinImage(
        bulletin_id=bulletin_id,
        name=name,
        served_as=f"{opaque}.{facts.ending}",
        media_type=facts.media_type,
        content=content,
    )


def _normal(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


async def parse_stored(uow: UnitOfWork, row: Bulletin) -> BulletinFile:
    """What a kept text says; names were checked when it was kept."""
    return parse_bulletin(row.source, zone=(await partnership_of(uow)).timezone).value
