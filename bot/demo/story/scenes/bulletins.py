"""Bulletins: three series with a few editions each in the archive, and one that a second person has to release."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import as_file, files
from string import Template
from typing import Final

from bot.conversation.reading import long_date
from bot.demo.story.cast import ADA
from bot.demo.story.clock import When
from bot.demo.story.stage import Play, Scene, Stage, person
from bot.rules.months import add_months
from handlers.bulletins.releasing import approve, schedule, send_test
from storage.unit_of_work import UnitOfWork

PRIYA: Final = "priya.nair@example.org"
WRITING: Final = "being-written.md"
PAGES: Final = {
    "hub": "https://www.example.org/learning-hub",
    "resources": "https://www.example.org/resources",
    "health": "https://www.example.org/health",
    "guidance": "https://www.example.org/guidance",
}
"""Where the links of the editions lead."""
TITLES: Final = {"main": "e-bulletin", "training": "training bulletin", "resources": "resources"}


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition of the story: its file, its series, and the instant at which it goes out."""

    file: str
    series: str
    at: datetime


def scenes(when: When) -> list[Scene]:
    """What went out in the last months, and the edition that is being written, with a test to its author."""
    coming = Issue(WRITING, "main", when.ahead(8))
    return [
        *(scene for issue in sent(when) for scene in _went_out(when, issue)),
        Scene(when.back(2, "16:40"), _apply(when, coming)),
        Scene(when.back(1, "10:05"), _test(_id(when, coming))),
    ]


def sent(when: When) -> tuple[Issue, ...]:
    """The editions that went out: the latest of each series at its time, those before it a month or a fortnight ago."""
    main, training = when.ago(24, "09:00"), when.ago(17, "09:00")
    return (
        Issue("main-three-months-ago.md", "main", _months_before(when, main, 2)),
        Issue("main-two-months-ago.md", "main", _months_before(when, main, 1)),
        Issue("training-last-month.md", "training", _months_before(when, training, 1)),
        Issue("resources-a-month-ago.md", "resources", when.ago(31, "09:30")),
        Issue("last-month.md", "main", main),
        Issue("training-this-month.md", "training", training),
        Issue("resources-a-fortnight-ago.md", "resources", when.ago(16, "09:30")),
        Issue("for-champions.md", "resources", when.back(3, "09:30")),
    )


def text_of(when: When, issue: Issue) -> str:
    """The file of an edition with its dates and links filled in."""
    text = files("bot.demo.story").joinpath("bulletins", issue.file).read_text(encoding="utf-8")
    month = when.calendar.local(issue.at)
    title = f"{month:%B} {TITLES[issue.series]}"
    if issue.series == "resources":
        title = f"Resources of {long_date(month.date())}"
    return Template(text).substitute({**PAGES, **_days(when), "id": _id(when, issue), "title": title})


def _went_out(when: When, issue: Issue) -> list[Scene]:
    return [
        Scene(when.earlier(issue.at, 2, "15:10"), _apply(when, issue)),
        Scene(when.earlier(issue.at, 1, "11:20"), _release(_id(when, issue), issue.at)),
        Scene(issue.at, _nothing, tended=True),
    ]


def _months_before(when: When, at: datetime, months: int) -> datetime:
    """Nine o'clock on one of the first working days of a month so many months before: never two in one month."""
    first = add_months(when.calendar.local_date(at).replace(day=1), -months)
    day = when.calendar.working_day_on_or_after(first + timedelta(days=3))
    return when.at_ten(day) - timedelta(hours=1)


def _id(when: When, issue: Issue) -> str:
    by_day = issue.series == "resources"
    stamp = when.day(issue.at) if by_day else f"{when.calendar.local(issue.at):%Y-%m}"
    return f"{stamp}-{issue.series}"


def _days(when: When) -> Mapping[str, str]:
    """The days that the editions speak of."""
    today = when.calendar.local_date(when.now)
    market, front_door = (when.calendar.local_date(when.ahead(days)) for days in (24, 19))
    return {
        "sleep_week": _week(today + timedelta(days=15)),
        "mind_week": _week(today + timedelta(days=75)),
        "market_day": f"{market:%A} {long_date(market)}",
        "market_stalls": long_date(when.calendar.local_date(when.ahead(16))),
        "perinatal_from": long_date(add_months(today.replace(day=1), 1)),
        "pathway_from": long_date(when.calendar.local_date(when.ahead(10))),
        "front_door_day": f"{front_door:%A} {long_date(front_door)}",
        "comments_by": long_date(when.calendar.local_date(when.ahead(31))),
        "board_day": long_date(when.calendar.local_date(when.ahead(45))),
    }


def _week(day: date) -> str:
    """The week of a day, from Monday to Sunday, in words."""
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    begins = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%B}"
    return f"{begins} to {long_date(sunday)}"


def _apply(when: When, issue: Issue) -> Play:
    async def play(stage: Stage) -> None:
        with as_file(files("bot.demo.story").joinpath("bulletins")) as folder:
            await stage.apply(issue.file, text_of(when, issue), by=ADA, folder=folder)

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
