"""The register's own small events: somebody leaves a bulletin series, somebody wants no reminders, a stranger asks."""

from bot.demo.story.clock import When
from bot.demo.story.people import present
from bot.demo.story.stage import Play, Scene, Stage, person
from handlers.people_care import stranger_asks
from handlers.preferences import NUDGES, SERIES, leave
from storage.unit_of_work import UnitOfWork


def scenes(when: When) -> list[Scene]:
    """Three people."""
    readers = [one.email for one in present() if "main" in one.series and not one.deputy]
    return [
        Scene(when.ago(45, "17:40"), _leave(readers[40], f"{SERIES}main")),
        Scene(when.ago(33, "12:10"), _leave(readers[70], NUDGES)),
        Scene(when.back(2, "16:25"), _ask("new.starter@alliance.example.org")),
    ]


def _leave(email: str, what: str) -> Play:
    async def go(uow: UnitOfWork) -> None:
        await leave(uow, person_id=(await person(uow, email)).id, what=what)

    async def play(stage: Stage) -> None:
        await stage.work(go)

    return play


def _ask(email: str) -> Play:
    async def ask(uow: UnitOfWork) -> None:
        await stranger_asks(uow, email=email)

    async def play(stage: Stage) -> None:
        await stage.work(ask)

    return play
