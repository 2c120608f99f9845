"""What was heard, as the message that answers it. It carries ids, errors and words of Herald's own, never an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.prompt import Notice, Prompt, Receipt, Shown
from bot.links import Button
from handlers.acts import Listing
from handlers.typed import phrases
from handlers.typed.said import Heard
from storage.deliveries import Message

QUESTION = "talk.question"
"""A question of a typed talk, or a whole step; its words are made from the talk when it is sent."""


def message_of(heard: Heard, *, key: str) -> Message | None:
    """The message to queue; None when nothing new is to be said. `key` is the receipt key of what it answers."""
    match heard.shown:
        case None:
            return None
        case Prompt() as prompt if not heard.form_only:
            return _message(QUESTION, key, _question(heard, prompt), about=prompt.conversation_id)
        case Prompt() | Receipt() | Notice() | Listing() as shown:
            return plain_message(shown, key=key, first=heard.first, why=phrases.ONLY_A_FORM)


def plain_message(
    shown: Shown | Listing, *, key: str, first: Sequence[str] = (), why: str = "", late: bool = False
) -> Message:
    """What a form would show, as a message: for a talk only the way into it. `late`: the form did not open."""
    match shown:
        case Prompt():
            facts = {"title": shown.title, "conversation": shown.conversation_id, "late": late, "why": why}
            facts["begun"] = shown.revision > 1
            return _message("talk.continue", key, facts, about=shown.conversation_id)
        case Receipt():
            lines = [*first, *([f"Your reference: {shown.reference}"] if shown.reference else []), *shown.lines]
            facts = {"title": shown.title, "lines": lines, "buttons": _buttons(shown.buttons)}
            return _message("talk.words", key, facts, about=shown.reference)
        case Notice() | Listing():
            said = listing_facts(shown)
            return _message("talk.words", key, {**said, "lines": [*first, *said["lines"]]})


def listing_facts(said: Listing | Notice) -> dict[str, Any]:
    """An answer to words as the facts of a message."""
    needs = said.needs if isinstance(said, Listing) else ()
    return {
        "title": said.title,
        "lines": list(said.lines),
        "needs": [
            {
                "title": need.title,
                "line": need.line,
                "urgent": need.urgent,
                "buttons": _buttons(need.buttons),
            }
            for need in needs
        ],
    }


def _buttons(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label,
            "purpose": each.purpose.value,
            "about": each.about,
            "choice": each.choice,
            "quiet": each.quiet,
        }
        for each in buttons
    ]


def _question(heard: Heard, prompt: Prompt) -> dict[str, Any]:
    return {
        "title": prompt.title,
        "conversation": prompt.conversation_id,
        "revision": prompt.revision,
        "step": prompt.step,
        "question": heard.question,
        "first": list(heard.first),
        "errors": {**prompt.errors, **heard.errors},
        "aside": None if heard.aside is None else listing_facts(heard.aside),
        "again": heard.again,
        "ways": heard.ways,
    }


def _message(kind: str, key: str, facts: Mapping[str, Any], *, about: str = "") -> Message:
    return Message(kind=kind, ledger_key=f"{kind}:{key}", about=about, facts=dict(facts))
