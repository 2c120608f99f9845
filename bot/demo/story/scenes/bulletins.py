"""Bulletins: two in the archive, and one that Ada writes and a second person has to release."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import Final

from bot.demo.story.cast import ADA
from bot.demo.story.clock import When
from bot.demo.story.stage import Play, Scene, Stage, person
from handlers.bulletins.releasing import approve, schedule, send_test
from storage.unit_of_work import UnitOfWork

PRIYA: Final = "priya.nair@example.org"


def scenes(when: When) -> list[Scene]:
    """Last month's edition, resources for champions this week, and a draft with a test to its author."""
    released, champions = when.ago(24, "09:00"), when.back(3, "09:30")
    before = _edition(when, released)
    coming = _edition(when, when.ahead(8))
    return [
        Scene(when.earlier(released, 2, "15:10"), _apply("last-month.md", before)),
        Scene(when.earlier(released, 1, "11:20"), _release(before["id"], released)),
        Scene(released, _nothing, tended=True),
        Scene(
            when.earlier(champions, 1, "13:15"), _apply("for-champions.md", {"id": f"{when.day(champions)}-resources"})
        ),
        Scene(when.earlier(champions, 1, "15:45"), _release(f"{when.day(champions)}-resources", champions)),
        Scene(champions, _nothing, tended=True),
        Scene(when.back(2, "16:40"), _apply("being-written.md", coming)),
        Scene(when.back(1, "10:05"), _test(coming["id"])),
    ]


def _edition(when: When, at: datetime) -> Mapping[str, str]:
    month = when.calendar.local(at)
    return {"id": f"{month:%Y-%m}-main", "title": f"{month:%B} e-bulletin"}


def _apply(name: str, values: Mapping[str, str]) -> Play:
    text = files("bot.demo.story").joinpath("bulletins", name).read_text(encoding="utf-8")

    async def play(stage: Stage) -> None:
        await stage.apply(name, Template(text).substitute(values), by=ADA)

    return play


def _release(bulletin_id: str, at: datetime) -> Play:
    async def release(uow: UnitOfWork) -> None:
        priya = await person(uow, PRIYA)
        await approve(uow, bulletin_id=bulletin_id, by=priya)
        await schedule(uow, bulletin_id=bulletin_id, at=at, by=priya)

    async def play(stage: Stage) -> None:
        await stage.work(release)

    return play


def _test(bulletin_id: str) -> Play:
    async def test(uow: UnitOfWork) -> None:
        ada = await person(uow, ADA)
        await send_test(uow, bulletin_id=bulletin_id, to=ada, by=ada)

    async def play(stage: Stage) -> None:
        await stage.work(test)

    return play


async def _nothing(_stage: Stage) -> None:
    """The sweeps send it."""
