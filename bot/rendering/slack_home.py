"""App Home, and listings as blocks: what needs a person, what is theirs, and how to begin something."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.links import Button
from bot.rendering.slack import said_view
from bot.rendering.slack_blocks import (
    Blocks,
    Json,
    act_buttons,
    actions,
    button,
    context,
    header,
    linked,
    paragraphs,
    section,
)
from bot.rendering.slack_limits import BLOCKS_PER_MESSAGE, BLOCKS_PER_VIEW, MESSAGE_CHARACTERS
from bot.rendering.slack_note import fitted

WORD = "herald:word"
PREFER = "herald:prefer"
NUDGES = "herald:nudges"


class Item(Protocol):
    """One thing with its buttons: a Need of `handlers/acts.py`."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def line(self) -> str:
        """One sentence more, or nothing."""

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be done about it, the main thing first."""

    @property
    def urgent(self) -> bool:
        """Whether it comes before everything else."""


@dataclass(frozen=True, slots=True)
class Home:
    """What App Home shows. `starts` are (word, label) of what can be begun; `by_email` and `nudges` are preferences."""

    needs: Sequence[Item]
    mine: Sequence[Item]
    starts: Sequence[tuple[str, str]]
    danger: Sequence[str]
    by_email: bool = False
    nudges: bool = True
    link: str = ""
    away: str = ""
    practice: str = ""


def home(page: Home) -> Json:
    """The App Home of somebody in the register."""
    top = [*([context(page.practice)] if page.practice else []), *([section(page.away)] if page.away else [])]
    foot = [
        header("Begin something"),
        *actions([button(label, f"{WORD}:{word}") for word, label in page.starts]),
        header("How Herald writes to you"),
        *_preferences(page),
        *([linked(page.link, "All of this on the web")] if page.link else []),
        *[context(line) for line in page.danger],
    ]
    room = BLOCKS_PER_VIEW - len(top) - len(foot)
    needs = [header("What needs you"), *(_items(page.needs) or [section("Nothing is waiting for you.")])]
    mine = [header("What is yours"), *_items(page.mine)] if page.mine else []
    needs = fitted(needs, beside=[], most=room - min(len(mine), room // 3), characters=MESSAGE_CHARACTERS * 2)
    mine = fitted(mine, beside=[], most=room - len(needs), characters=MESSAGE_CHARACTERS) if mine else []
    return {"type": "home", "blocks": [*top, *needs, *mine, *foot]}


def stranger_home(lines: Sequence[str], *, link: str) -> Json:
    """The App Home of somebody whom the register does not know: numbers to ring at once, then a way in."""
    return {"type": "home", "blocks": [header("Herald"), *paragraphs(lines), linked(link, "Confirm your work e-mail")]}


def listing(
    title: str, items: Iterable[Item], lines: Sequence[str] = (), *, link: str = "", more: Sequence[Json] = ()
) -> Blocks:
    """Several things to choose from as the blocks of one message; `more` stands below them."""
    foot = [*more, *([linked(link, "or on the web")] if link else [])]
    return [*fitted([header(title), *paragraphs(lines), *_items(items)], beside=foot, most=BLOCKS_PER_MESSAGE), *foot]


def listing_view(title: str, items: Iterable[Item], lines: Sequence[str] = (), *, link: str = "") -> Json:
    """The same in front of somebody who pressed a button."""
    return said_view("Herald", listing(title, items, lines, link=link))


def _items(items: Iterable[Item]) -> Blocks:
    return [block for item in items for block in _item(item)]


def _item(item: Item) -> Blocks:
    title = f"Urgent: {item.title}" if item.urgent else item.title
    return [section(f"{title}\n{item.line}" if item.line else title), *act_buttons(item.buttons)]


def _preferences(page: Home) -> Blocks:
    how = "Messages come by e-mail." if page.by_email else "Messages come here in Slack."
    nudges = "Reminders are on." if page.nudges else "Reminders by message are off; you still see everything here."
    switch = (
        button("Write to me in Slack", f"{PREFER}:slack")
        if page.by_email
        else button("Write to me by e-mail", f"{PREFER}:email")
    )
    stop = button("Turn reminders off", f"{NUDGES}:off") if page.nudges else button("Turn reminders on", f"{NUDGES}:on")
    return [section(f"{how} {nudges}"), *actions([switch, stop])]
