"""A Note as a Slack message: what a notification says, and the blocks. Nothing in it can address a channel."""

from collections.abc import Callable

from bot.links import Button
from bot.rendering.note import Note
from bot.rendering.slack_blocks import (
    Blocks,
    Json,
    act_buttons,
    context,
    escape,
    header,
    linked,
    paragraphs,
    plain,
    shorten,
)
from bot.rendering.slack_limits import (
    BLOCKS_PER_MESSAGE,
    FIELD_TEXT,
    MESSAGE_CHARACTERS,
    SECTION_FIELDS,
    TEXT_ADVISED,
    message_characters,
)

LinkFor = Callable[[Button], str]
MOST_BUTTONS = 40
MORE = "There is more to read than fits here. Please use the link."


def note_message(note: Note, *, link_for: LinkFor) -> tuple[str, Blocks]:
    """The text that notifications and screen readers say, and the blocks of one message.

    `link_for` gives the web address that does the same as a button; the first button gets it as a link below, for
    guests who may not use Slack's forms and for everybody on a small phone.
    """
    buttons = note.buttons[:MOST_BUTTONS]
    foot: Blocks = act_buttons(buttons)
    if buttons:
        foot.append(linked(link_for(buttons[0]), "or on the web"))
    body = [header(note.subject), *paragraphs(note.paragraphs), *_rows(note.rows)]
    after = [context(text) for text in note.after if text.strip()]
    everything = [*body, *after]
    kept = fitted(everything, beside=foot)
    if kept is everything:
        return fallback(note), [*body, *foot, *after]
    return fallback(note), [*kept, *foot]


def fallback(note: Note) -> str:
    """One or two full sentences, harmless as mrkdwn."""
    subject = note.subject.strip().rstrip(".")
    first = next((text.strip() for text in note.paragraphs if text.strip()), "")
    said = f"{subject}. {first}" if subject else first
    return escape(shorten(said, TEXT_ADVISED // 5))


def fitted(
    blocks: Blocks, *, beside: Blocks, most: int = BLOCKS_PER_MESSAGE, characters: int = MESSAGE_CHARACTERS
) -> Blocks:
    """The same blocks when they fit beside the others; else as many from the top as do, and a word about the rest."""
    more = context(MORE)
    room = most - len(beside)
    left = characters - message_characters(beside)
    if len(blocks) <= room and message_characters(blocks) <= left:
        return blocks
    kept: Blocks = []
    left -= message_characters([more])
    for block in blocks:
        left -= message_characters([block])
        if left < 0 or len(kept) >= room - 1:
            break
        kept.append(block)
    return [*kept, more]


def _rows(rows: tuple[tuple[str, str], ...]) -> Blocks:
    fields: list[Json] = [plain(f"{name}\n{value}", FIELD_TEXT) for name, value in rows]
    return [
        {"type": "section", "fields": fields[start : start + SECTION_FIELDS]}
        for start in range(0, len(fields), SECTION_FIELDS)
    ]
