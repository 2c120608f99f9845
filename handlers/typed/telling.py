"""What was heard, as the message that answers it. It carries ids, errors and words of Herald's own, never an answer."""

from collections.abc import Mapping
from typing import Any

from bot.conversation.prompt import Notice, Prompt, Receipt
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
        case Prompt() as prompt if heard.form_only:
            facts = {"title": prompt.title, "conversation": prompt.conversation_id, "why": phrases.ONLY_A_FORM}
            return _message("talk.continue", key, facts, about=prompt.conversation_id)
        case Prompt() as prompt:
            return _message(QUESTION, key, _question(heard, prompt), about=prompt.conversation_id)
        case Receipt() as receipt:
            lines = [*heard.first, *([f"Your reference: {receipt.reference}"] if receipt.reference else [])]
            return _message("talk.words", key, {"title": receipt.title, "lines": [*lines, *receipt.lines]})
        case Notice() | Listing() as said:
            facts = listing_facts(said)
            return _message("talk.words", key, {**facts, "lines": [*heard.first, *facts["lines"]]})


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
                "buttons": [
                    {"label": each.label, "purpose": each.purpose.value, "about": each.about, "choice": each.choice}
                    for each in need.buttons
                ],
            }
            for need in needs
        ],
    }


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
        "ways": heard.ways,
    }


def _message(kind: str, key: str, facts: Mapping[str, Any], *, about: str = "") -> Message:
    return Message(kind=kind, ledger_key=f"{kind}:{key}", about=about, facts=dict(facts))
