"""Surveys: a closed one with results, an open one that some have answered and others not yet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import Final

from bot.conversation.reading import Raw
from bot.demo.story.cast import ADA
from bot.demo.story.clock import When
from bot.demo.story.people import present
from bot.demo.story.stage import Play, Scene, Stage, person
from handlers.surveys.opening import open_survey
from storage.unit_of_work import UnitOfWork

Replying = Callable[[int], Mapping[str, Raw]]
"""What somebody answers, by their turn."""

SHARING: Final = "sharing-information"
MISSING: Final = "young-people-missing"
FORUM: Final = "spring-forum"
"""Asks for names, so it can be answered by e-mail."""
SHARING_REPLIES, MISSING_REPLIES = 52, 45
SILENT: Final = ("ffion.griffiths@example.org", "callum.reid@example.org", "dev.malhotra@example.org")
"""Those whom a visitor can be: the open survey waits for them."""
WELL: Final = (
    "We ring each other now instead of writing.",
    "The school nurse is in our meetings.",
    "",
    "One number for the night team.",
    "",
    "Officers come back to tell us how it went.",
    "The daily call at nine.",
)
WORRIED: Final = (
    "We hear too late that somebody is missing again.",
    "",
    "Nobody asks the young person why they went.",
    "Supply teachers do not know the routes.",
    "",
    "Forms take longer than the conversation.",
)
OFTEN: Final = ("weekly", "daily", "weekly", "monthly", "weekly", "monthly", "daily", "weekly", "rarely", "monthly")
HELPS: Final = ("know_who", "time", "shared_system", "training", "joint_visits")


def scenes(when: When) -> list[Scene]:
    """Opened, answered over some days; the first closes by itself."""
    people = [one.email for one in present() if "practitioner" in one.roles and one.email not in SILENT]
    first = [people[(turn * 3 + 1) % len(people)] for turn in range(SHARING_REPLIES)]
    second = [people[(turn * 5 + 2) % len(people)] for turn in range(MISSING_REPLIES)]
    sharing_opened, missing_opened = when.ago(170, "09:00"), when.back(9, "09:00")
    sharing = {
        "opens": when.local(sharing_opened),
        "closes": when.local(when.later(sharing_opened, 12, "17:00")),
    }
    missing = {"opens": when.local(missing_opened), "closes": when.local(when.ahead(12, "17:00"))}
    forum_opened = when.back(2, "09:30")
    forum = {"opens": when.local(forum_opened), "closes": when.local(when.ahead(10, "17:00"))}
    return [
        Scene(when.earlier(sharing_opened, 2, "14:00"), _apply(f"{SHARING}.yaml", sharing)),
        Scene(sharing_opened, _open(SHARING)),
        *_replies([when.ago(day, "11:10") for day in (167, 165, 163, 160)], SHARING, first, _about_sharing),
        Scene(when.earlier(missing_opened, 1, "15:30"), _apply(f"{MISSING}.yaml", missing)),
        Scene(missing_opened, _open(MISSING)),
        *_replies([when.back(day, "11:10") for day in (9, 8, 7, 5, 3, 2, 1)], MISSING, second, _about_missing),
        Scene(when.earlier(forum_opened, 1, "16:00"), _apply(f"{FORUM}.yaml", forum)),
        Scene(forum_opened, _open(FORUM)),
    ]


def _replies(moments: list[datetime], survey: str, emails: list[str], answers: Replying) -> list[Scene]:
    parts = [list(dict.fromkeys(emails))[at :: len(moments)] for at in range(len(moments))]
    return [
        Scene(moment, _answer(survey, part, at, answers))
        for at, (moment, part) in enumerate(zip(moments, parts, strict=True))
    ]


def _about_sharing(turn: int) -> Mapping[str, Raw]:
    return {
        "how_often": OFTEN[turn % len(OFTEN)],
        "easy": str((4, 3, 5, 2, 3, 4)[turn % 6]),
        "told_why": ("yes", "yes", "no", "yes", "yes", "not_sure", "no")[turn % 7],
        "helps": ["know_who", HELPS[1 + turn % 4]] if turn % 3 else [HELPS[1 + turn % 4]],
        "change": WELL[turn % len(WELL)],
    }


def _about_missing(turn: int) -> Mapping[str, Raw]:
    return {
        "met": ("yes", "no", "yes", "yes", "not_sure")[turn % 5],
        "confident": str((3, 4, 2, 4, 5, 3, 4)[turn % 7]),
        "working_well": WELL[turn % len(WELL)],
        "worried_about": WORRIED[turn % len(WORRIED)],
        "next": ("conversation", "same_day_call", "training", "other")[turn % 4],
    }


def _apply(name: str, dates: Mapping[str, str]) -> Play:
    text = files("bot.demo.story").joinpath("surveys", name).read_text(encoding="utf-8")

    async def play(stage: Stage) -> None:
        await stage.apply(name, Template(text).substitute(dates), by=ADA)

    return play


def _open(survey_id: str) -> Play:
    async def open_it(uow: UnitOfWork) -> None:
        await open_survey(uow, survey_id=survey_id, by=await person(uow, ADA))

    async def play(stage: Stage) -> None:
        await stage.work(open_it)

    return play


def _answer(survey_id: str, emails: list[str], begin: int, answers: Replying) -> Play:
    async def play(stage: Stage) -> None:
        for at, email in enumerate(emails):
            await stage.talk(email, "survey", survey_id, answers=answers(begin * 13 + at))

    return play
