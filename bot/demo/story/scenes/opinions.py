"""What readers of the main bulletin thought of its stories: said the day after, by some of those who got it."""

from datetime import timedelta
from typing import Final

from bot.demo.story.clock import When
from bot.demo.story.scenes.bulletins import sent
from bot.demo.story.stage import Scene, Stage
from bot.rules.opinions import Choice
from handlers.bulletins.opinions import speak
from storage.bulletins import messages_about
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import UnitOfWork

SERIES: Final = "main"
SPEAKS: Final = 12
"""One reader in so many says what they think."""
STORIES: Final = 4
"""Of so many stories: the first ones are read most."""


def scenes(when: When) -> list[Scene]:
    """A day after each edition of the main series."""
    return [Scene(issue.at + timedelta(days=1), _read) for issue in sent(when) if issue.series == SERIES]


async def _read(stage: Stage) -> None:
    await stage.work(_say)


async def _say(uow: UnitOfWork) -> None:
    [edition] = await uow.bulletins.released(series_id=SERIES, limit=1)
    got_it = await uow.bulletins.recipients.page(messages_about(edition.id), states=(DeliveryState.SENT,))
    month = uow.now.month
    for place, reader in enumerate(got_it[::SPEAKS]):
        for story in range(1, STORIES + 1):
            liked = (place * 5 + story) % 9 < 4 + (story * 3 + month) % 6
            choice = Choice.USEFUL if liked else Choice.NOT_USEFUL
            await speak(uow, bulletin_id=edition.id, story=story, choice=choice, person=reader.person)
