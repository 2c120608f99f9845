"""An edition as one Slack message, for those who chose Slack: as much as fits, then a link to all of it."""

from collections.abc import Iterable, Iterator

from bot.files.bulletin_model import Bullets, Numbers, Paragraph, Spans, Subheading
from bot.rendering.bulletin.page import BulletinPage, Entries, Entry, Part, Shown
from bot.rendering.slack_blocks import (
    Blocks,
    Json,
    act_button,
    actions,
    button,
    context,
    escape,
    header,
    linked,
    section,
    shorten,
)
from bot.rendering.slack_limits import ACCESSIBILITY_LABEL, SECTION_TEXT, TEXT_ADVISED
from bot.rendering.slack_note import fitted
from bot.rules.opinions import Choice

OPINION = "herald:opinion"
OPINIONS = ((Choice.USEFUL, "Useful"), (Choice.NOT_USEFUL, "Not useful"))


def slack_message(page: BulletinPage) -> tuple[str, Blocks]:
    """The text of the notification, and the blocks."""
    around = page.around
    foot: Blocks = []
    if around.online:
        foot.append(linked(around.online, "Read the whole edition on the web"))
    if around.leave:
        foot.append(linked(around.leave, f"Stop receiving {page.series}"))
    said = f"{page.title}. {page.summary}" if page.summary else page.title
    return escape(shorten(said, TEXT_ADVISED // 5)), _that_fit(page, foot)


def _that_fit(page: BulletinPage, foot: Blocks) -> Blocks:
    """With two buttons under every story that asks, where that leaves everything readable; else with one link."""
    asking = any(page.opinions_on(chapter) for chapter in page.chapters)
    if asking and (body := _body(page, asking=True)) == fitted(body, beside=foot):
        return [*body, *foot]
    foot = [linked(page.around.opinions, "Say which stories were useful"), *foot] if asking else foot
    return [*fitted(_body(page, asking=False), beside=foot), *foot]


def _body(page: BulletinPage, *, asking: bool) -> Blocks:
    body: Blocks = [header(page.title)]
    body += [context(page.around.banner)] if page.around.banner else []
    body += [_mrkdwn(_unstyled(page.summary))] if page.summary else []
    body += _sections(_pieces("", page.opening))
    for chapter in page.chapters:
        body += _sections(_pieces(chapter.title, chapter.parts))
        body += _opinion(f"{page.id}/{chapter.number}", chapter.title) if asking and chapter.told else []
    return body


def _opinion(about: str, title: str) -> Blocks:
    """The two buttons of a story, which screen readers tell apart. They are answered in place (handlers/slack)."""
    return actions(
        [
            {
                **button(label, f"{OPINION}:{choice.value}", value=about),
                "accessibility_label": shorten(f"{label}: {title}", ACCESSIBILITY_LABEL),
            }
            for choice, label in OPINIONS
        ]
    )


def mrkdwn(spans: Spans) -> str:
    """Words with emphasis and links in Slack's own writing; nothing in them can address anybody."""
    found = []
    for span in spans:
        text = _unstyled(span.text)
        if text.strip() and span.strong:
            text = _around(text, "*")
        elif text.strip() and span.emphasis:
            text = _around(text, "_")
        found.append(f"<{escape(span.href).replace('|', '%7C')}|{text}>" if span.href else text)
    return "".join(found)


def _around(text: str, mark: str) -> str:
    words = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{words}{mark}{after}"


def _unstyled(text: str) -> str:
    """Text that mrkdwn shows literally: a zero-width space keeps `*`, `_`, `~` and backticks from styling anything."""
    shown = escape(text)
    for mark in "*_~`":
        shown = shown.replace(mark, f"\N{ZERO WIDTH SPACE}{mark}\N{ZERO WIDTH SPACE}")
    return shown


def _pieces(title: str, parts: Iterable[Part]) -> Iterator[str | Json]:
    """What stands in a story, in order: words with the heading above them, and what is a block of its own."""
    heading = _bold(title)
    for part in parts:
        if isinstance(part, Subheading):
            yield from filter(None, [heading])
            heading = _bold(part.text)
        elif words := _words(part):
            yield f"{heading}\n{words}" if heading else words
            heading = ""
        else:
            yield from filter(None, [heading])
            yield from _own_blocks(part)
            heading = ""
    yield from filter(None, [heading])


def _sections(pieces: Iterable[str | Json]) -> Blocks:
    """Words that follow each other share a section as long as they fit: so a whole edition fits in one message."""
    found: Blocks = []
    waiting = ""
    for piece in pieces:
        joined = f"{waiting}\n\n{piece}" if waiting and isinstance(piece, str) else piece
        if isinstance(joined, str) and len(joined) <= SECTION_TEXT:
            waiting = joined
            continue
        found += [_mrkdwn(waiting)] if waiting else []
        waiting = piece if isinstance(piece, str) else ""
        found += [piece] if not isinstance(piece, str) else []
    return [*found, _mrkdwn(waiting)] if waiting else found


def _bold(text: str) -> str:
    return f"*{_unstyled(text)}*" if text.strip() else ""


def _words(part: Part) -> str:
    """A part that is nothing but words; empty for one that needs blocks of its own."""
    match part:
        case Paragraph(spans):
            return mrkdwn(spans)
        case Bullets(items):
            return "\n".join(f"• {mrkdwn(item)}" for item in items)
        case Numbers(items, start):
            return "\n".join(f"{number}. {mrkdwn(item)}" for number, item in enumerate(items, start))
        case _:
            return ""


def _own_blocks(part: Part) -> Iterator[Json]:
    match part:
        case Shown():
            yield context(f"Picture: {part.alt}")
        case Entries(entries, otherwise):
            yield from [_entry(entry) for entry in entries] or [section(otherwise)]


def _entry(entry: Entry) -> Json:
    if entry.button is None:
        return linked(entry.url, entry.label)
    words = f"{entry.title}\n{entry.detail}" if entry.detail else entry.title
    return {**section(words), "accessory": act_button(entry.button)}


def _mrkdwn(text: str) -> Json:
    """A section that keeps its links; too long a text is cut between words, never inside a link."""
    if len(text) > SECTION_TEXT:
        cut = text[: SECTION_TEXT - 1]
        if cut.rfind("<") > cut.rfind(">"):
            cut = cut[: cut.rfind("<")]
        text = cut.rsplit(None, 1)[0] + "…"
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
