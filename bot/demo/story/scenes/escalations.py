"""Escalations: two settled ones and what they taught, one answered that waits for its raiser, one that runs out now."""

from typing import Final

from bot.demo.story.cast import COMMUNITY, COUNCIL
from bot.demo.story.clock import When
from bot.demo.story.people import present
from bot.demo.story.stage import Play, Scene, Stage
from bot.links import Purpose

BERNADETTE: Final = "bernadette.osei@example.org"
GARETH: Final = "gareth.pugh@example.org"
YUSUF: Final = "yusuf.demir@example.org"
HELEN: Final = "helen.carr@example.org"
SIOBHAN: Final = "siobhan.keane@example.org"
DEV: Final = "dev.malhotra@example.org"
ALISTAIR: Final = "alistair.boyd@example.org"
MORAG: Final = "morag.sinclair@example.org"
KWAME: Final = "kwame.boateng@example.org"
LEFT_MINUTES: Final = 30
"""How long the alert that waits at the start of the demo still has."""


def colleague_of(manager: str) -> str:
    """The e-mail address of somebody in Slack, here today, whose line manager this is."""
    team = (one for one in present() if one.manager == manager and not one.deputy)
    return next(one.email for one in team if one.slack_id and not one.away_days)


def scenes(when: When) -> list[Scene]:
    """All four."""
    return [*_settled(when), *_two_stages(when), *_answered(when), *_running_out(when)]


def _settled(when: When) -> list[Scene]:
    other = colleague_of(HELEN)
    begin = when.ago(150, "11:10")
    return [
        Scene(
            begin,
            _raise(
                "settled", KWAME, COMMUNITY, other, kind="attendance", own="NC-2291",
                reason="Nobody from health came to the last two reviews.",
                would_help="A name and a time for the next one.",
            ),
        ),
        Scene(when.later(begin, 0, "13:40"), _acknowledge("settled", 1, other)),
        Scene(
            when.later(begin, 1, "10:20"),
            _respond("settled", other, "agree", "You are right. The school nurse comes to every review from now on."),
        ),
        Scene(when.later(begin, 1, "15:05"), _press("settled", KWAME, "resolve")),
        Scene(
            when.later(begin, 4, "09:50"),
            _learn("settled", "roles", "Each review names who comes from health, and a deputy for them."),
        ),
    ]  # fmt: skip


def _two_stages(when: When) -> list[Scene]:
    other = colleague_of(GARETH)
    begin = when.ago(24, "09:30")
    return [
        Scene(
            begin,
            _raise(
                "two", SIOBHAN, COUNCIL, other, kind="threshold", own="OCC 4410",
                reason="We think the threshold for an assessment is met.",
                would_help="A joint visit this week.",
            ),
        ),
        Scene(when.later(begin, 0, "11:00"), _acknowledge("two", 1, other)),
        Scene(
            when.later(begin, 1, "09:45"),
            _respond("two", other, "explain", "Early help is in place and the family takes part. We would keep to it."),
        ),
        Scene(when.later(begin, 1, "14:15"), _press("two", SIOBHAN, "advance")),
        Scene(when.later(begin, 1, "15:30"), _acknowledge("two", 2, GARETH)),
        Scene(
            when.later(begin, 2, "12:00"),
            _respond("two", GARETH, "propose", "We visit together on Thursday and decide there and then."),
        ),
        Scene(when.later(begin, 3, "09:10"), _press("two", SIOBHAN, "resolve")),
        Scene(
            when.later(begin, 8, "11:30"),
            _learn("two", "thresholds", "Where we read a threshold differently we visit together first."),
        ),
    ]  # fmt: skip


def _answered(when: When) -> list[Scene]:
    last = when.back(1, "15:20")
    begin = when.earlier(last, 2, "14:05")
    return [
        Scene(
            begin,
            _raise(
                "answered", DEV, COMMUNITY, YUSUF, kind="information", own="MP 733",
                reason="We were told of the clinic visit four days late.",
                would_help="A call on the same day, so that we can search.",
            ),
        ),
        Scene(when.later(begin, 1, "10:15"), _acknowledge("answered", 1, YUSUF)),
        Scene(
            last,
            _respond("answered", YUSUF, "propose", "Our duty nurse will ring your desk on the same day, from today."),
        ),
    ]  # fmt: skip


def _running_out(when: When) -> list[Scene]:
    """Urgent: four hours on the clock at each stage, half of them to acknowledge, at any hour of the day."""
    other = colleague_of(BERNADETTE)
    moved = 120 - LEFT_MINUTES
    return [
        Scene(
            when.minutes_ago(moved + 100),
            _raise(
                "urgent", ALISTAIR, COUNCIL, other, kind="plan", urgency="urgent", own="ED 0917",
                reason="The plan sends the young person home tonight.",
                would_help="A strategy discussion before that.",
            ),
        ),
        Scene(when.minutes_ago(moved + 70), _acknowledge("urgent", 1, other)),
        Scene(
            when.minutes_ago(moved + 25),
            _respond("urgent", other, "explain", "The grandparents are there and agree. We would keep to the plan."),
        ),
        Scene(when.minutes_ago(moved), _press("urgent", ALISTAIR, "advance")),
    ]  # fmt: skip


def _raise(
    key: str,
    email: str,
    agency: str,
    counterpart: str,
    *,
    kind: str,
    own: str,
    reason: str,
    would_help: str,
    urgency: str = "standard",
) -> Play:
    answers = {
        "danger": "no",
        "consulted": "yes",
        "other_agency": agency,
        "counterpart": counterpart,
        "kind": kind,
        "urgency": urgency,
        "own_reference": own,
        "reason": reason,
        "would_help": would_help,
    }

    async def play(stage: Stage) -> None:
        answers["consulted_on"] = stage.when.day(stage.clock())
        stage.kept[f"escalation:{key}"] = (await stage.talk(email, "escalation", answers=answers)).reference

    return play


def _acknowledge(key: str, step: int, email: str) -> Play:
    async def play(stage: Stage) -> None:
        await stage.press(email, Purpose.ALERT, f"{stage.kept[f'escalation:{key}']}/{step}", "acknowledge")

    return play


def _respond(key: str, email: str, response: str, words: str) -> Play:
    async def play(stage: Stage) -> None:
        answers = {"response": response, "words": words}
        await stage.talk(email, "escalation-response", stage.kept[f"escalation:{key}"], answers=answers)

    return play


def _learn(key: str, theme: str, words: str) -> Play:
    async def play(stage: Stage) -> None:
        answers = {"theme": theme, "words": words}
        await stage.talk(MORAG, "escalation-learning", stage.kept[f"escalation:{key}"], answers=answers)

    return play


def _press(key: str, email: str, choice: str) -> Play:
    async def play(stage: Stage) -> None:
        await stage.press(email, Purpose.ESCALATION, f"{stage.kept[f'escalation:{key}']}/1", choice)

    return play
