"""What a talk looks like in a Slack modal: one step is one view. Pure: the same prompt gives the same view.

A view carries the conversation's id, revision and step, nothing else; Slack is a projection, the row is the truth.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from bot import words
from bot.conversation.prompt import CheckRow, Field, Notice, Prompt, Receipt
from bot.conversation.reading import Raw
from bot.rendering.slack_blocks import (
    Blocks,
    Json,
    actions,
    button,
    context,
    header,
    linked,
    paragraphs,
    plain,
    section,
)
from bot.rendering.slack_fields import block_id, field_blocks, written
from bot.rendering.slack_limits import BLOCKS_PER_VIEW, MODAL_BUTTON, MODAL_TITLE

TALK = "herald:talk"
SAID = "herald:said"
BACK = "herald:back"
CHANGE = "herald:change"
REMOVE = "herald:remove"
LONGEST_SHOWN = 1000
TOO_LONG = "This page has more questions than Slack can show at once. Please go on with it on the web; nothing is lost."


def modal(prompt: Prompt, *, link: str = "", typed: Mapping[str, Raw] | None = None) -> Json:
    """The view of one step, or of the check of all answers.

    `link` is the same talk on the web. `typed` is what came in with this form a moment ago: only that much of a
    sensitive answer is drawn again.
    """
    body = [*_top(prompt), *_questions(prompt, typed or {}), *_check_rows(prompt)]
    foot = [*(_back() if prompt.can_go_back else []), *([linked(link, "Continue on the web")] if link else [])]
    if len(body) + len(foot) > BLOCKS_PER_VIEW:
        body = [section(TOO_LONG)]
    view: Json = {
        "type": "modal",
        "callback_id": TALK,
        "private_metadata": f"{prompt.conversation_id}.{prompt.revision}.{prompt.step}",
        "notify_on_close": True,
        "title": plain(prompt.short_title, MODAL_TITLE),
        "submit": plain(prompt.submit, MODAL_BUTTON),
        "close": plain("Close", MODAL_BUTTON),
        "blocks": [*body, *foot] or [section(prompt.title)],
    }
    return view


def receipt_view(receipt: Receipt, *, practice: str = "") -> Json:
    """The end of a talk: what was recorded, under which reference, what happens next; and that it was practice."""
    reference = [section(f"Your reference: {receipt.reference}")] if receipt.reference else []
    trying = [context(practice)] if practice else []
    return said_view("Done", [header(receipt.title), *reference, *paragraphs(receipt.lines), *trying])


def notice_view(notice: Notice, *, link: str = "", link_words: str = "Continue on the web") -> Json:
    """A kind answer where nothing was recorded; `link` is where to go on, if anywhere."""
    onward = [linked(link, link_words)] if link else []
    title = "Please act now" if notice.urgent else "Herald"
    return said_view(title, [header(notice.title), *paragraphs(notice.lines), *onward])


def errors_for_ack(prompt: Prompt) -> dict[str, str]:
    """What is wrong, by block id: Slack shows it beside the boxes and keeps what was typed."""
    return {block_id(question, prompt.revision): error for question, error in prompt.errors.items()}


def said_view(title: str, blocks: Blocks) -> Json:
    """A view that only says something."""
    return {
        "type": "modal",
        "callback_id": SAID,
        "title": plain(title, MODAL_TITLE),
        "close": plain("Close", MODAL_BUTTON),
        "blocks": blocks[:BLOCKS_PER_VIEW],
    }


def _top(prompt: Prompt) -> Iterator[Json]:
    if prompt.notice:
        yield section(prompt.notice)
    if prompt.step_title.strip() and prompt.step_title != prompt.short_title:
        yield header(prompt.step_title)
    here, of = prompt.place
    if of > 1 and not prompt.checking:
        yield context(f"Step {here} of {of}")
    if prompt.found_identifiers:
        yield section(words.FOUND_IDENTIFIERS)
    yield from paragraphs(prompt.intro)


def _questions(prompt: Prompt, typed: Mapping[str, Raw]) -> Iterator[Json]:
    for field in prompt.fields:
        yield from field_blocks(field, revision=prompt.revision, typed=_just_typed(field, typed))
    if prompt.found_identifiers:
        option = {"text": plain(words.REMOVE_FOR_ME), "value": "remove"}
        yield {
            "type": "input",
            "block_id": f"{REMOVE}:{prompt.revision}",
            "optional": True,
            "label": plain("Or let Herald do it"),
            "element": {"type": "checkboxes", "action_id": "remove", "options": [option]},
        }


def _just_typed(field: Field, typed: Mapping[str, Raw]) -> bool:
    return field.value is not None and typed.get(field.question.key) == field.value


def _check_rows(prompt: Prompt) -> Blocks:
    """One section per answer; the first of each step carries its "Change". Many answers share a section per step."""
    steps = [(step, list(rows)) for step, rows in groupby(prompt.rows, key=lambda row: row.step)]
    if len(prompt.rows) > BLOCKS_PER_VIEW // 2:
        return [_with_change(section("\n\n".join(_in_words(rows))), step) for step, rows in steps]
    blocks: Blocks = []
    for step, rows in steps:
        first, *others = [section(row) for row in _in_words(rows)]
        blocks += [_with_change(first, step), *others]
    return blocks


def _in_words(rows: Iterable[CheckRow]) -> list[str]:
    return [f"{row.ask}\n{_shown(row)}" for row in rows]


def _shown(row: CheckRow) -> str:
    if row.sensitive:
        return written(row.shown).capitalize()
    return (
        row.shown
        if len(row.shown) <= LONGEST_SHOWN
        else f"{row.shown[:LONGEST_SHOWN]}… ({len(row.shown):,} characters)"
    )


def _with_change(block: Json, step: str) -> Json:
    return {**block, "accessory": button("Change", f"{CHANGE}:{step}", value=step)}


def _back() -> Blocks:
    return actions([button("Back", BACK)])
