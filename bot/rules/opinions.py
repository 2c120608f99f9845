"""What readers think of stories: which figures may be shown, and what they say beside those of the series.

Small numbers as in surveys: nothing for a story of which fewer than five said what they think (settled.md "Small
numbers"). Pure: counts in, figures out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from bot.rules.pledge_checkins import wilson_interval
from bot.rules.release import publishable_total

OPEN_FOR: Final = timedelta(days=60)
"""How long after an edition began its readers can say what they think. The link in their copy works as long."""
COMPARED_WITH: Final = 3
"""Stories that a series must have figures of before one is compared with them."""
LIKE_THE_MEDIAN: Final = 0.05
MOST_SHOWN: Final = 10


class Choice(StrEnum):
    """What can be said about a story; the values stand in buttons that were sent, so they are never renamed."""

    USEFUL = "useful"
    NOT_USEFUL = "not-useful"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many found one story useful, and how many did not."""

    useful: int = 0
    not_useful: int = 0


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """What may be shown of one story. All three counts are None when fewer than the floor spoke.

    `recipients` is how many got the edition; `bulletin_id` and `edition` name it.
    """

    bulletin_id: str
    edition: str
    number: int
    title: str
    recipients: int
    answered: int | None = None
    useful: int | None = None
    not_useful: int | None = None

    @property
    def share(self) -> float | None:
        """The part of those who spoke that found it useful, 0 to 1."""
        return self.useful / self.answered if self.useful is not None and self.answered else None

    @property
    def part(self) -> float | None:
        """The part of the recipients that spoke, 0 to 1; never more than all, though a recipient may be erased."""
        return min(1.0, self.answered / self.recipients) if self.answered and self.recipients else None

    @property
    def at_least(self) -> float:
        """The share that can be relied on: the lower end of its 95 % interval. Five of five is less than 48 of 50."""
        if self.share is None or self.useful is None or not self.answered:
            return 0.0
        return min(self.share, wilson_interval(self.useful, self.answered)[0])  # rounding may pass a share of 0


def story_figures(
    titles: Sequence[str], tallies: dict[int, Tally], *, bulletin_id: str, edition: str, recipients: int
) -> tuple[StoryFigures, ...]:
    """The figures of an edition's stories, in their order. `tallies` go by the number of the story, from 1."""
    found = []
    for number, title in enumerate(titles, start=1):
        tally = tallies.get(number, Tally())
        shown = publishable_total(tally.useful + tally.not_useful)
        counts = (None, None) if shown is None else (tally.useful, tally.not_useful)
        found.append(StoryFigures(bulletin_id, edition, number, title, recipients, shown, *counts))
    return tuple(found)


def usual_share(stories: Iterable[StoryFigures]) -> float | None:
    """The median of the shares of a series; None while too few of its stories have figures."""
    shares = [story.share for story in stories if story.share is not None]
    return median(shares) if len(shares) >= COMPARED_WITH else None


def beside_the_usual(share: float | None, usual: float | None) -> str:
    """How a story's share stands to the median of its series, in words; empty where there is nothing to compare."""
    if share is None or usual is None:
        return ""
    if abs(share - usual) <= LIKE_THE_MEDIAN:
        return "about as useful as most"
    return "more useful than most" if share > usual else "less useful than most"


def most_useful(stories: Iterable[StoryFigures], *, most: int = MOST_SHOWN) -> tuple[StoryFigures, ...]:
    """The stories that people found most useful, those with figures only, the surest first."""
    counted = [story for story in stories if story.share is not None]
    counted.sort(key=lambda story: (-story.at_least, -(story.answered or 0), story.bulletin_id, story.number))
    return tuple(counted[:most])


def is_open(began_at: datetime | None, *, now: datetime) -> bool:
    """Whether readers of an edition that began then can still say what they think."""
    return began_at is not None and now < began_at + OPEN_FOR
