"""The bulletin file: front matter between two lines of dashes, then Markdown with a story per first-level heading."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.files import values
from bot.files.audience import Audience, read_audience
from bot.files.bulletin_body import read_body
from bot.files.bulletin_model import BulletinFile
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.problems import FileProblems, Findings, Parsed, Problem
from bot.files.reader import LONDON, Reader
from bot.files.text_source import decoded
from bot.files.yaml_source import load

MAX_BYTES = 256 * 1024
FENCE = "---"
ID_RULE = "small letters, digits and hyphens, such as 2026-12-main"
SENDING_HOURS = range(8, 18)  # contract, E-mail: Monday to Friday 08:00-18:00
SATURDAY = 5


def parse_bulletin(
    data: bytes | str,
    known: Known = NOTHING_KNOWN,
    zone: ZoneInfo = LONDON,
    *,
    images: Collection[str] | None = None,
) -> Parsed[BulletinFile]:
    """Reads a bulletin. Times are local to `zone`; `images` are the names of the files in its folder, if known.

    Raises FileProblems with everything that is wrong in the front matter and in the text.
    """
    text = decoded(data, limit=MAX_BYTES)
    front, body, body_line = divided(text)
    findings = Findings()
    top = Reader(load(front, findings, first_line=2), "the front matter", findings)
    top.format_version("herald_bulletin")
    series = top.known("series", known.series, required=True)
    send_at, not_after = _times(top, zone)
    content = read_body(body, body_line, known, findings, images)
    bulletin = BulletinFile(
        id=top.identifier("id", values.SLUG, ID_RULE),
        series=series,
        title=top.text("title", required=True, shortest=3, longest=150),
        audience=read_audience(top, known) or Audience(series=(series,)),
        stories=content.stories,
        opening=content.opening,
        send_at=send_at,
        not_after=not_after,
        author=top.email("author"),
        summary=top.text("summary", longest=200),
    )
    top.close()
    return findings.parsed(bulletin)


def divided(text: str) -> tuple[str, str, int]:
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        message = "a bulletin begins with a line of three dashes (---), then herald_bulletin: 1 in the next line."
        raise FileProblems([Problem("E113", 1, 1, "front matter", message)])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    message = "the front matter never ends. Write a second line of three dashes (---) before the text."
    raise FileProblems([Problem("E113", len(lines), 1, "front matter", message)])


def _times(top: Reader, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    send_at, not_after = top.moment("send_at", zone), top.moment("not_after", zone)
    if send_at is not None and not_after is not None and not_after <= send_at:
        message = "the bulletin may not be sent after it is to be sent. Give a later time."
        top.error("E209", top.at("not_after"), "not_after", message)
    if send_at is not None:
        local = send_at.astimezone(zone)
        if local.weekday() >= SATURDAY or local.hour not in SENDING_HOURS:
            message = "this is outside Monday to Friday, 08:00 to 18:00. It will be sent then all the same."
            top.warn("W261", top.at("send_at"), "send_at", message)
    return send_at, not_after
