"""The buttons of a message as words to answer it with: what an e-mail offers is what is understood from its reply.

Only buttons that anybody who can read the mailbox may press: never those of an escalation (decision 4), but for taking
it on, which shows nothing and says nothing (issue "Escalation queries").
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
ACKNOWLEDGE: Final = "acknowledge"
TAKES_IT_ON: Final = frozenset({ACKNOWLEDGE, "acknowledged", "ack"})
"""Words that take an escalation on, besides those on the button. No number, no yes: too easily written by mistake."""
SHORTEST_BEGINNING: Final = 3


def by_reply(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """The buttons that a reply can press, in their order."""
    return tuple(button for button in buttons if button.purpose in BY_REPLY)


def reply_line(buttons: Sequence[Button]) -> str:
    """How to press them by answering; empty where none can be pressed so."""
    offered = by_reply(buttons)
    if taking := taking_on(buttons):
        return f"You can also answer this e-mail with: {taking.label}\nNothing else that a reply says is read."
    if not offered:
        return ""
    if len(offered) == 1:
        word = CANCEL.upper() if offered[0].choice == CANCEL else offered[0].label
        return f"You can also answer this e-mail with: {word}"
    ways = "\n".join(f"{place}. {button.label}" for place, button in enumerate(offered, start=1))
    return f"You can also answer this e-mail. Write the number or the words:\n{ways}"


def taking_on(buttons: Sequence[Button]) -> Button | None:
    """The button of an alert that takes an escalation on."""
    return next((b for b in buttons if (b.purpose, b.choice) == (Purpose.ALERT, ACKNOWLEDGE)), None)


def acknowledging_word(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that takes an escalation on, where the first line of a reply is its words; nothing else is read."""
    button = taking_on(buttons)
    return button if button is not None and _first_line(text) in {_folded(button.label), *TAKES_IT_ON} else None


def pressed_in(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that a reply means: its number, its words or their beginning; yes and no where there are just two."""
    offered = by_reply(buttons)
    said = _first_line(text)
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


def _first_line(text: str) -> str:
    return _folded(next((line for line in text.splitlines() if line.strip()), ""))


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).strip(" .!,\"'“”*")
