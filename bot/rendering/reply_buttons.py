"""The buttons of a message as words to answer it with: what an e-mail offers is what is understood from its reply.

Only buttons that anybody who can read the mailbox may press: never those of an escalation (decision 4).
"""

from collections.abc import Sequence
from typing import Final

from bot.links import Button, Purpose

BY_REPLY: Final = frozenset(
    {
        Purpose.CHECK_IN,
        Purpose.OFFER,
        Purpose.APPROVAL,
        Purpose.BOOKING,
        Purpose.BOOK,
        Purpose.DEADLINE,
        Purpose.HANDOVER,
    }
)
YES: Final = frozenset({"yes", "y", "yes please", "yes, please", "ok", "okay"})
NO: Final = frozenset({"no", "n", "no thanks", "no thank you"})
CANCEL: Final = "cancel"
SHORTEST_BEGINNING: Final = 3


def by_reply(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """The buttons that a reply can press, in their order."""
    return tuple(button for button in buttons if button.purpose in BY_REPLY)


def reply_line(buttons: Sequence[Button]) -> str:
    """How to press them by answering; empty where none can be pressed so."""
    offered = by_reply(buttons)
    if not offered:
        return ""
    if len(offered) == 1:
        word = CANCEL.upper() if offered[0].choice == CANCEL else offered[0].label
        return f"You can also answer this e-mail with: {word}"
    ways = "\n".join(f"{place}. {button.label}" for place, button in enumerate(offered, start=1))
    return f"You can also answer this e-mail. Write the number or the words:\n{ways}"


def pressed_in(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that a reply means: its number, its words or their beginning; yes and no where there are just two."""
    offered = by_reply(buttons)
    said = _folded(next((line for line in text.splitlines() if line.strip()), ""))
    if not offered or not said:
        return None
    number = said.rstrip(".)")
    if number.isascii() and number.isdigit() and len(offered) > 1:
        place = int(number) if len(number) < 3 else 0
        return offered[place - 1] if 1 <= place <= len(offered) else None
    for button in offered:
        if said in (_folded(button.label), _folded(button.choice.replace("-", " "))):
            return button
    meant = [button for button in offered if _folded(button.label).startswith(said) and len(said) >= SHORTEST_BEGINNING]
    if len(meant) == 1:
        return meant[0]
    if len(offered) == 2 and said in YES | NO:
        return offered[0] if said in YES else offered[1]
    return None


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).strip(" .!,\"'“”*")
