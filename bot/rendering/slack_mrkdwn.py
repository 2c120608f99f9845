"""Slack's mrkdwn as safe HTML: everything is escaped first, then only known marks become elements.

Source: docs.slack.dev, formatting message text. Control sequences stand in angle brackets; `&`, `<`, `>` of the
writer arrive as entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from markupsafe import Markup

_CODE_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_CONTROL = re.compile(r"<([^<>\n]+)>")
_BARE = re.compile(r"https?://[^\s<>\ue000\ue001]+[^\s<>\ue000\ue001.,;:!?)\"']")
_HELD = re.compile("\ue000(\\d+)\ue001")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])"), r"<s>\1</s>"),
)
SAFE_SCHEMES = ("http://", "https://", "mailto:", "tel:")

EMOJI = {
    "bell": "🔔",
    "calendar": "📅",
    "hourglass": "⌛",
    "memo": "📝",
    "point_right": "👉",
    "rotating_light": "🚨",
    "tada": "🎉",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "x": "❌",
}

Names = Callable[[str], str]


def to_html(text: str, *, name_of: Names = lambda member: member) -> Markup:
    """mrkdwn as HTML that is safe to show; `name_of` turns a member id into a name for mentions."""
    held: list[str] = []

    def hold(piece: str) -> str:
        held.append(piece)
        return f"\ue000{len(held) - 1}\ue001"

    text = re.sub("[\ue000\ue001]", "", text)
    text = _CODE_BLOCK.sub(lambda m: hold(f"<pre><code>{_safe(m[1].strip(chr(10)))}</code></pre>"), text)
    text = _CODE.sub(lambda m: hold(f"<code>{_safe(m[1])}</code>"), text)
    text = _CONTROL.sub(lambda m: hold(_control(m[1], name_of)), text)
    text = _BARE.sub(lambda m: hold(link(html.unescape(m[0]), html.unescape(m[0]))), text)
    lines = _quotes(_styled(_safe(text)))
    return Markup(_restored(lines, held))  # noqa: S704 - every piece above was escaped before it was put together


def plain_html(text: str) -> Markup:
    """Plain text as HTML: escaped, line breaks kept, the commonest emoji names as pictures."""
    return Markup(_emoji(html.escape(text)).replace("\n", "<br>"))  # noqa: S704 - escaped on the same line


def link(address: str, words: str) -> str:
    """A link when the scheme is harmless, else only the words."""
    if not address.lower().startswith(SAFE_SCHEMES):
        return html.escape(words)
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer">{html.escape(words)}</a>'


def _safe(text: str) -> str:
    return html.escape(html.unescape(text))


def _control(inside: str, name_of: Names) -> str:
    target, _, words = inside.partition("|")
    words = html.unescape(words)
    if target.startswith("@"):
        return f'<span class="mention">@{html.escape(words or name_of(target[1:]))}</span>'
    if target.startswith("!date^"):
        return html.escape(words or target.rpartition("^")[2])
    if target.startswith(("!", "#")):
        return f'<span class="mention">{html.escape(words or "@" + target[1:])}</span>'
    address = html.unescape(target)
    return link(address, words or address.removeprefix("mailto:").removeprefix("tel:"))


def _styled(text: str) -> str:
    for pattern, element in _STYLES:
        text = pattern.sub(element, text)
    return _emoji(text)


def _emoji(text: str) -> str:
    return re.sub(r":([a-z_]+):", lambda m: EMOJI.get(m[1], m[0]), text)


def _quotes(text: str) -> str:
    lines = text.split("\n")
    shown = [
        f'<span class="quote">{line.removeprefix("&gt;").lstrip()}</span>' if line.startswith("&gt;") else line
        for line in lines
    ]
    return "<br>".join(shown)


def _restored(text: str, held: list[str]) -> str:
    while _HELD.search(text):
        text = _HELD.sub(lambda m: held[int(m[1])], text)
    return text
