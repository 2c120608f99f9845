"""Deadlines: a rapid review half-way, one overdue, the six- and twelve-month reports, and those that come round."""

from datetime import date, timedelta
from typing import Final

from bot.demo.story.cast import ADA
from bot.demo.story.clock import When
from bot.demo.story.stage import Play, Scene, Stage
from bot.links import Purpose
from bot.rules.months import add_months

MORAG: Final = "morag.sinclair@example.org"
NOOR: Final = "noor.rahman@example.org"
SIOBHAN: Final = "siobhan.keane@example.org"
HELEN: Final = "helen.carr@example.org"
YUSUF: Final = "yusuf.demir@example.org"
TOM: Final = "tom.ashworth@example.org"


def scenes(when: When) -> list[Scene]:
    """The files that Ada applies over time, and what is done on the way."""
    calendar = when.calendar
    notified = calendar.local_date(when.back(8))
    first_due = calendar.working_day_after(notified, 2)
    returns_due = calendar.working_day_after(notified, 5)
    return [
        Scene(when.ago(61, "09:20"), _apply(_cycles(when))),
        Scene(when.ago(60, "09:40"), _apply(_reports(when))),
        Scene(when.back(8, "15:00"), _apply(_rapid_review(notified))),
        Scene(when.at_ten(first_due), _done("rr-17", "scoping", MORAG)),
        Scene(when.at_ten(returns_due), _done("rr-17", "returns", MORAG)),
    ]


def _cycles(when: When) -> str:
    today = when.calendar.local_date(when.now)
    return _file(
        _entry(
            "p1-impact", "impact-review", "Impact review of priority 1", SIOBHAN, priority="p1", anchor=_agreed(today)
        ),
        _entry("self-assessment", "self-assessment", "Quarterly self-assessment", TOM, anchor=_before(today, 2)),
        _entry("annual-report", "annual-report", "Annual report of the partnership", ADA, anchor=_before(today, 10)),
    )


def _reports(when: When) -> str:
    today = when.calendar.local_date(when.now)
    agreed = _agreed(today)
    overdue = when.day(when.back(3))
    return _file(
        _entry(
            "p1-six-months",
            "action-plan-6-months",
            "Six-month report on priority 1",
            SIOBHAN,
            priority="p1",
            anchor=agreed,
        ),
        _entry(
            "p1-twelve-months",
            "action-plan-12-months",
            "Twelve-month report on priority 1",
            SIOBHAN,
            priority="p1",
            anchor=agreed,
        ),
        _entry(
            "p2-six-months",
            "action-plan-6-months",
            "Six-month report on priority 2",
            YUSUF,
            priority="p2",
            anchor=_before(today, 1),
        ),
        _custom("s11-hospital", "Section 11 return of the hospital trust", NOOR, overdue),
        _custom("multi-agency-audit", "Multi-agency audit of babies under one", HELEN, when.day(when.ahead(3))),
        _custom("scrutiny-visit", "Papers for the scrutineer's visit", ADA, when.day(when.ahead(12))),
    )


def _rapid_review(notified: date) -> str:
    return _file(_entry("rr-17", "rapid-review", "Rapid review RR17", MORAG, anchor=notified))


def _agreed(today: date) -> date:
    """When the Board agreed the recommendations of the first priority: so that six months end in about three weeks."""
    return today - timedelta(days=162)


def _before(today: date, months: int) -> date:
    return add_months(today, -months)


def _entry(deadline_id: str, kind: str, title: str, owner: str, *, anchor: date, priority: str = "") -> str:
    about = f", priority: {priority}" if priority else ""
    what = f"id: {deadline_id}, kind: {kind}, title: {title}, owner: {owner}{about}"
    return f"  - {{{what}, anchor: {anchor.isoformat()}}}\n"


def _custom(deadline_id: str, title: str, owner: str, due: str) -> str:
    return f"  - {{id: {deadline_id}, kind: custom, title: {title}, owner: {owner}, due: {due}}}\n"


def _file(*entries: str) -> str:
    return "herald_deadlines: 1\ndeadlines:\n" + "".join(entries)


def _apply(text: str) -> Play:
    async def play(stage: Stage) -> None:
        await stage.apply("deadlines.yaml", text, by=ADA)

    return play


def _done(deadline_id: str, key: str, email: str) -> Play:
    async def play(stage: Stage) -> None:
        async with stage.store.reading() as uow:
            step = next(step for step in await uow.deadlines.steps(deadline_id) if step.key == key)
        await stage.press(email, Purpose.DEADLINE, str(step.id), "done")

    return play
