"""The small parts that every Slack view and message is made of: texts that always fit, sections, buttons, links.

People's words travel as plain_text wherever Slack allows it, so `<!channel>` or `<https://…|NHS>` stay letters. Where
only mrkdwn will do, `escape` is the one place that makes text harmless (reference/slack-web-security.md 10, threat 12).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.links import Button
from bot.rendering.slack_limits import ACTIONS_ELEMENTS, BUTTON_TEXT, CONTEXT_TEXT, HEADER_TEXT, SECTION_TEXT

Json = dict[str, Any]
Blocks = list[Json]

ACT = "herald:act"
ELLIPSIS = "…"
NOTHING = "–"


def escape(text: str) -> str:
    """Text as mrkdwn shows it literally: exactly `&`, `<` and `>` are replaced (docs.slack.dev, formatting)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, most: int) -> str:
    """At most `most` characters, cut between words where there is a gap; never empty, because Slack refuses that."""
    whole = text.strip()
    if not _seen(whole):
        return NOTHING
    if len(whole) <= most:
        return whole
    cut = whole[: most - len(ELLIPSIS)]
    words = cut.rsplit(None, 1)[0]
    return (words if len(words) > most // 2 else cut).rstrip() + ELLIPSIS


def plain(text: str, most: int = SECTION_TEXT) -> Json:
    """A plain_text object that fits. `emoji` is off: `:smile:` typed by a person stays what they typed."""
    return {"type": "plain_text", "text": shorten(text, most), "emoji": False}


def section(text: str) -> Json:
    """One paragraph."""
    return {"type": "section", "text": plain(text)}


def paragraphs(texts: Iterable[str]) -> Blocks:
    """Paragraphs, long ones over several sections, empty ones left out."""
    return [section(piece) for text in texts if _seen(text) for piece in _pieces(text.strip())]


def header(text: str) -> Json:
    """A heading."""
    return {"type": "header", "text": plain(text, HEADER_TEXT)}


def context(text: str) -> Json:
    """Small print."""
    return {"type": "context", "elements": [plain(text, CONTEXT_TEXT)]}


def linked(url: str, words: str) -> Json:
    """Small print that is a link. A link is no button, so that opening it sends Herald nothing to answer."""
    text = f"<{escape(url)}|{escape(words)}>"
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def button(label: str, action_id: str, *, value: str = "", primary: bool = False) -> Json:
    """A button."""
    made: Json = {"type": "button", "action_id": action_id, "text": plain(label, BUTTON_TEXT)}
    if value:
        made["value"] = value
    if primary:
        made["style"] = "primary"
    return made


def act_button(wanted: Button, *, primary: bool = False) -> Json:
    """A button of a message or of App Home: its purpose and choice in the action id, its subject as the value."""
    return button(wanted.label, f"{ACT}:{wanted.purpose.value}:{wanted.choice}", value=wanted.about, primary=primary)


def actions(buttons: Sequence[Json]) -> Blocks:
    """Buttons in rows: Slack takes 25 in one block and no action id twice in the same block."""
    rows: list[list[Json]] = []
    for made in buttons:
        row = rows[-1] if rows else None
        if row is None or len(row) == ACTIONS_ELEMENTS or any(b["action_id"] == made["action_id"] for b in row):
            rows.append(row := [])
        row.append(made)
    return [{"type": "actions", "elements": row} for row in rows]


def act_buttons(buttons: Sequence[Button]) -> Blocks:
    """The buttons of a message, the first one the main one."""
    return actions([act_button(each, primary=place == 0 and not each.quiet) for place, each in enumerate(buttons)])


def _seen(text: str) -> bool:
    return bool(text) and not text.isspace()


def _pieces(text: str) -> Iterator[str]:
    while len(text) > SECTION_TEXT:
        gap = max(text.rfind(" ", 1, SECTION_TEXT), text.rfind("\n", 1, SECTION_TEXT))
        end = gap if gap > SECTION_TEXT // 2 else SECTION_TEXT
        yield text[:end]
        text = text[end:].strip() or NOTHING
    yield text
