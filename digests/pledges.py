"""Asking about pledges: check-ins when they fall due, one reminder, and silence that is never taken for an answer."""

from datetime import timedelta
from itertools import groupby

from bot.rules.pledge_checkins import LAPSES_AFTER, REMINDER_AFTER, Status, silenced
from digests.sweep import Sweep
from handlers.partnership import calendar_of
from storage.deliveries import Message
from storage.pledges import DueCheckIn
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store, UnitOfWork

PLANNED_NOTICE = timedelta(days=3)
EVERY_S = 300.0


async def ask(store: Store) -> int:
    """Sends the check-ins whose day has come: one message for each person, however many pledges they made."""
    async with store.transaction() as uow:
        today = (await calendar_of(uow)).local(uow.now).date()
        due = await uow.pledges.due(today=today)
        for item in due:
            item.check_in.status = Status.SENT.value
            item.check_in.sent_at = uow.now
        await _tell(uow, due, reminder=False)
        return len(due)


async def remind(store: Store) -> int:
    """One reminder a week after a check-in that was not answered."""
    async with store.transaction() as uow:
        silent = await uow.pledges.unanswered(sent_before=uow.now - REMINDER_AFTER)
        unreminded = [item for item in silent if item.check_in.reminded_at is None]
        for item in unreminded:
            item.check_in.reminded_at = uow.now
        await _tell(uow, unreminded, reminder=True)
        return len(unreminded)


async def lapse(store: Store) -> int:
    """Two weeks without an answer: the check-in lapses. After two in a row we ask no more."""
    async with store.transaction() as uow:
        silent = await uow.pledges.unanswered(sent_before=uow.now - LAPSES_AFTER)
        for item in silent:
            item.check_in.status = Status.LAPSED.value
            stages = await uow.pledges.check_ins_of([item.pledge.id])
            if silenced(Status(stage.status) for stage in stages):
                for stage in stages:
                    stage.status = Status.SKIPPED.value if stage.status == Status.DUE else stage.status
            uow.audit.add("pledge.lapsed", thing=item.pledge.reference, detail={"stage": item.check_in.stage})
        return len(silent)


async def remind_of_plans(store: Store) -> int:
    """Three days before the day a person set themselves, once."""
    async with store.transaction() as uow:
        today = (await calendar_of(uow)).local(uow.now).date()
        sent = 0
        for pledge, person in await uow.pledges.planned_for(first=today, last=today + PLANNED_NOTICE):
            if not person.nudges or pledge.plan_by is None or pledge.made_on + PLANNED_NOTICE >= pledge.plan_by:
                continue
            told = await uow.deliveries.tell(
                person,
                Message(
                    kind="pledge.planned",
                    ledger_key=f"pledge.planned:{pledge.reference}",
                    lane=Lane.ROUTINE,
                    about=pledge.reference,
                    facts={"reference": pledge.reference, "text": pledge.text, "plan_by": pledge.plan_by.isoformat()},
                ),
            )
            sent += told.queued
        return sent


async def leavers(store: Store) -> int:
    """Pledges of people who left are closed as such and leave the figures' denominators from that day."""
    async with store.transaction() as uow:
        today = (await calendar_of(uow)).local(uow.now).date()
        pledges = await uow.pledges.of_leavers()
        for pledge in pledges:
            pledge.state, pledge.closed_as, pledge.closed_on = "closed", "left", today
            uow.audit.add("pledge.closed", thing=pledge.reference, detail={"as": "left"})
        return len(pledges)


async def _tell(uow: UnitOfWork, items: list[DueCheckIn], *, reminder: bool) -> None:
    today = (await calendar_of(uow)).local(uow.now).date().isoformat()
    for _, group in groupby(items, key=lambda item: item.person.id):
        mine = list(group)
        if not mine[0].person.nudges:
            continue
        pledges = [
            {
                "about": f"{item.pledge.reference}/{item.check_in.stage}",
                "text": item.pledge.text,
                "made_on": item.pledge.made_on.isoformat(),
            }
            for item in mine
        ]
        await uow.deliveries.tell(
            mine[0].person,
            Message(
                kind="pledge.check-in",
                ledger_key=f"pledge.check-in:{today}:{'reminder' if reminder else 'first'}",
                lane=Lane.ROUTINE,
                about=mine[0].pledge.reference,
                facts={"pledges": pledges, "reminder": reminder},
            ),
        )


SWEEPS = (
    Sweep("pledges: ask", EVERY_S, ask),
    Sweep("pledges: remind", EVERY_S, remind),
    Sweep("pledges: lapse", EVERY_S, lapse),
    Sweep("pledges: plans", EVERY_S, remind_of_plans),
    Sweep("pledges: leavers", EVERY_S, leavers),
)
