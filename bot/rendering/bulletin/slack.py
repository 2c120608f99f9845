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
from bot.rendering.slack_limits import SECTION_TEXT, TEXT_ADVISED
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
    """With two buttons under every story where that leaves everything readable; else one link asks about all."""
    asking = bool(page.around.opinions)
    if asking and (body := _body(page, asking=True)) == fitted(body, beside=foot):
        return [*body, *foot]
    foot = [linked(page.around.opinions, "Say which stories were useful"), *foot] if asking else foot
    return [*fitted(_body(page, asking=False), beside=foot), *foot]


def _body(page: BulletinPage, *, asking: bool) -> Blocks:
    body: Blocks = [header(page.title)]
    body += [context(page.around.banner)] if page.around.banner else []
    body += _parts(page.opening)
    for chapter in page.chapters:
        body.append(_mrkdwn(f"*{_unstyled(chapter.title)}*"))
        body += _parts(chapter.parts)
        body += _opinion(f"{page.id}/{chapter.number}") if asking else []
    return body


def _opinion(about: str) -> Blocks:
    """The two buttons of a story. They are answered in place (handlers/slack/opinions.py)."""
    return actions([button(label, f"{OPINION}:{choice.value}", value=about) for choice, label in OPINIONS])


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


def _parts(parts: Iterable[Part]) -> Blocks:
    return [block for part in parts for block in _part(part)]


def _part(part: Part) -> Iterator[Json]:
    match part:
        case Paragraph(spans):
            yield _mrkdwn(mrkdwn(spans))
        case Subheading(text):
            yield _mrkdwn(f"*{_unstyled(text)}*")
        case Bullets(items):
            yield _mrkdwn("\n".join(f"• {mrkdwn(item)}" for item in items))
        case Numbers(items, start):
            yield _mrkdwn("\n".join(f"{number}. {mrkdwn(item)}" for number, item in enumerate(items, start)))
        case Shown():
            yield context(f"Picture: {part.alt}")
        case Entries(entries, otherwise):
            if not entries:
                yield section(otherwise)
            for entry in entries:
                yield _entry(entry)


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
