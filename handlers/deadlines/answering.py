"""The answers to a nudge: done, need more time, not mine; and a colleague's yes or no to taking it over."""

from datetime import date, timedelta

from bot.conversation.flow import Choice, Flow
from bot.conversation.prompt import Notice, Receipt
from bot.conversation.reading import long_date
from bot.flows.deadline import hand_over_flow, more_time_flow
from bot.rules.nudge_ladder import snooze_problem
from handlers.acts import Act, ActPage, Done, Goes, Opens, Option, Press, number_in
from handlers.deadlines.applying import come_round
from handlers.partnership import calendar_of
from handlers.talk import About, Ending, Talk
from handlers.wording import step_in_words
from storage.deadlines import ACTIVE, DONE, SUPERSEDED
from storage.deliveries import Message
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NOT_FOUND = Notice("We cannot find this deadline", ("It may have been replaced. Say “deadlines” to see yours.",))
NOT_YOURS = Notice("This belongs to somebody else", ("Its owner has been told that you tried. Nothing has changed.",))
OPTIONS = (
    Option("done", "Done"),
    Option("more-time", "I need more time", primary=False),
    Option("not-mine", "This is not mine", primary=False),
)
HANDOVER_OPTIONS = (Option("accept", "Yes, I take it"), Option("refuse", "No", primary=False))
COLLEAGUES = 99


async def _found(uow: UnitOfWork, about: str, *, lock: bool = False) -> tuple[DeadlineStep, Deadline] | None:
    number = number_in(about)
    step = None if number is None else await uow.deadlines.step(number, lock=lock)
    deadline = None if step is None else await uow.deadlines.get(step.deadline_id)
    return None if step is None or deadline is None else (step, deadline)


async def mark_done(uow: UnitOfWork, *, step_id: str, by: Person) -> Notice:
    """Records that a step is done. Only its owner, or the coordinator, can say so; anybody else's try is told."""
    found = await _found(uow, step_id, lock=True)
    if found is None:
        return NOT_FOUND
    step, deadline = found
    if step.state == SUPERSEDED:
        return NOT_FOUND
    if step.owner_id != by.id and "coordinator" not in by.roles:
        if step.state == ACTIVE:
            await _tell_owner_of_try(uow, step, deadline, by)
        return NOT_YOURS
    if step.state == DONE:
        return Notice("Done already", (f"“{step.label}” was marked done. Thank you.",))
    step.state, step.done_at, step.done_by = DONE, uow.now, by.id
    late = uow.now >= step.due_before
    await uow.deliveries.supersede(about=f"deadline:{step.id}")
    uow.audit.add("deadline.done", thing=deadline.id, by=by, detail={"step": step.key, "late": late})
    if all(other.state != ACTIVE for other in await uow.deadlines.steps(deadline.id)):
        deadline.state, deadline.closed_at = "closed", uow.now
        await come_round(uow, deadline)
    return Notice("Thank you, it is done", (f"“{step_in_words(deadline.title, step.label)}” is marked done.",))


async def _tell_owner_of_try(uow: UnitOfWork, step: DeadlineStep, deadline: Deadline, by: Person) -> None:
    owner = await uow.people.get(step.owner_id)
    uow.audit.add("deadline.done-refused", thing=deadline.id, by=by, detail={"step": step.key})
    if owner is not None:
        await uow.deliveries.tell(
            owner,
            Message(
                kind="deadline.tried",
                ledger_key=f"deadline.tried:{step.id}:{by.id}",
                about=f"deadline:{step.id}",
                facts={"title": deadline.title, "label": step.label, "step": step.id, "who": by.name},
            ),
        )


async def _page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _found(uow, about)
    if found is None:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    step, deadline = found
    if step.owner_id != person.id and "coordinator" not in person.roles:
        return ActPage(NOT_YOURS.title, ("Only its owner can answer for it.",))
    rows = (("Deadline", deadline.title), ("What", step.label), ("Due", long_date(step.due_on)))
    if step.state != ACTIVE:
        return ActPage("Done already", ("Nothing more is needed.",), rows)
    return ActPage("How does it stand?", (), rows, OPTIONS)


async def _act(uow: UnitOfWork, press: Press) -> Done:
    match press.choice:
        case "more-time":
            return Opens("deadline-more-time", press.about)
        case "not-mine":
            return Opens("deadline-hand-over", press.about)
        case "done":
            found = await _found(uow, press.about)
            learnt = None if found is None else await uow.escalations.learning_for(found[1].id)
            if learnt is not None and found is not None and found[0].state == ACTIVE:
                return Opens("escalation-learning", learnt[0].reference)  # writing the note is what meets it
            return await mark_done(uow, step_id=press.about, by=press.person)
        case _:  # one button for several deadlines says "Answer": nothing is done by it alone
            return Goes("/deadlines")


async def _more_time_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    found = await _found(uow, about.subject)
    if found is None or found[0].state != ACTIVE:
        return NOT_FOUND
    step, deadline = found
    today = (await calendar_of(uow)).local(uow.now).date()
    problem = await _no_more_time(uow, step, about.person, until=today + timedelta(days=1))
    if problem and ("overdue" in problem or "twice" in problem or "owner" in problem):
        return Notice("The reminders stay as they are", (problem,))
    return more_time_flow(title=deadline.title, due=long_date(step.due_on), today=today, last=step.due_on)


async def _no_more_time(uow: UnitOfWork, step: DeadlineStep, person: Person, *, until: date) -> str | None:
    calendar = await calendar_of(uow)
    return snooze_problem(
        by_owner=step.owner_id == person.id,
        until=until,
        today=calendar.local(uow.now).date(),
        due_on=step.due_on,
        snoozes=step.snoozes,
        calendar=calendar,
    )


async def _put_off(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    found = await _found(uow, about.subject, lock=True)
    if found is None or found[0].state != ACTIVE:
        return NOT_FOUND
    step, deadline = found
    until = date.fromisoformat(str(ending.answers["until"]))
    problem = await _no_more_time(uow, step, about.person, until=until)
    if problem:
        return Notice("Please choose another day", (problem,))
    step.snoozes += 1
    step.snoozed_to = until
    await uow.deliveries.supersede(about=f"deadline:{step.id}")
    uow.audit.add(
        "deadline.snoozed", thing=deadline.id, by=about.person, detail={"step": step.key, "to": until.isoformat()}
    )
    await _tell_manager(uow, about.person, step, deadline, until=until)
    lines = (f"We will remind you on {long_date(until)}.", f"It stays due on {long_date(step.due_on)}.")
    return Receipt("We will ask again", "", lines, "deadline-more-time")


async def _tell_manager(
    uow: UnitOfWork, person: Person, step: DeadlineStep, deadline: Deadline, *, until: date
) -> None:
    manager = None if person.manager_email is None else await uow.people.by_email(person.manager_email)
    if manager is not None and manager.left_at is None:
        await uow.deliveries.tell(
            manager,
            Message(
                kind="deadline.snoozed",
                ledger_key=f"deadline.snoozed:{step.id}:{step.snoozes}",
                about=f"deadline:{step.id}",
                facts={
                    "title": deadline.title,
                    "who": person.name,
                    "until": until.isoformat(),
                    "due": step.due_on.isoformat(),
                },
            ),
        )


async def _hand_over_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    found = await _found(uow, about.subject)
    if found is None or found[0].state != ACTIVE:
        return NOT_FOUND
    if found[0].owner_id != about.person.id:
        return NOT_YOURS
    present = [
        person
        for person in await uow.people.present()
        if person.id != about.person.id
        and (person.agency_id == about.person.agency_id or "coordinator" in person.roles)
    ]
    choices = tuple(Choice(str(person.id), person.name[:75]) for person in present[:COLLEAGUES])
    return hand_over_flow(title=found[1].title, colleagues=choices)


async def _hand_over(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    found = await _found(uow, about.subject, lock=True)
    if found is None or found[0].state != ACTIVE or found[0].owner_id != about.person.id:
        return NOT_FOUND
    step, deadline = found
    step.not_mine_at = uow.now
    uow.audit.add("deadline.not-mine", thing=deadline.id, by=about.person, detail={"step": step.key})
    chosen = str(ending.answers["colleague"])
    number = number_in(chosen)
    asked = None if number is None else await uow.people.get(number)
    facts = {
        "title": deadline.title,
        "label": step.label,
        "step": step.id,
        "due": step.due_on.isoformat(),
        "who": about.person.name,
    }
    if asked is None:
        for coordinator in await uow.people.with_role("coordinator"):
            key = f"deadline.nobodys:{step.id}:{about.person.id}"
            await uow.deliveries.tell(
                coordinator, Message(kind="deadline.nobodys", ledger_key=key, about=f"deadline:{step.id}", facts=facts)
            )
        return Receipt(
            "We will find out", "", ("The operations team will find its owner. Until then it stays with you.",)
        )
    step.handed_to, step.handed_at = asked.id, uow.now
    key = f"deadline.handover:{step.id}:{asked.id}:{uow.now:%Y%m%d%H%M}"
    message = Message(kind="deadline.handover", ledger_key=key, about=f"deadline:{step.id}", facts=facts)
    await uow.deliveries.tell(asked, message)
    return Receipt("We have asked them", "", (f"{asked.name} has been asked. Until they say yes it stays with you.",))


async def _handover_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _found(uow, about)
    if found is None or found[0].handed_to != person.id:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    step, deadline = found
    rows = (("Deadline", deadline.title), ("What", step.label), ("Due", long_date(step.due_on)))
    return ActPage("Will you take this over?", (), rows, HANDOVER_OPTIONS)


async def _handover_act(uow: UnitOfWork, press: Press) -> Done:
    found = await _found(uow, press.about, lock=True)
    if found is None:
        return NOT_FOUND
    step, deadline = found
    if step.owner_id == press.person.id and step.handed_to is None:
        return Notice("It is yours", (f"“{deadline.title}” is due on {long_date(step.due_on)}.",))
    if step.handed_to != press.person.id:
        return NOT_FOUND
    if step.state != ACTIVE:
        return Notice("Done already", ("Nothing more is needed.",))
    if press.choice not in ("accept", "refuse"):
        return Notice("Please choose", ("Press “Yes, I take it” or “No”.",))
    before = await uow.people.get(step.owner_id)
    accepted = press.choice == "accept"
    step.handed_to = None
    if accepted:
        step.owner_id = press.person.id
    uow.audit.add(
        "deadline.handover-accepted" if accepted else "deadline.handover-refused",
        thing=deadline.id,
        by=press.person,
        detail={"step": step.key},
    )
    if before is not None:
        await uow.deliveries.tell(
            before,
            Message(
                kind="deadline.handover-answer",
                ledger_key=f"deadline.handover-answer:{step.id}:{press.person.id}:{uow.now:%Y%m%d%H%M}",
                about=f"deadline:{step.id}",
                facts={"title": deadline.title, "who": press.person.name, "accepted": accepted},
            ),
        )
    if accepted:
        return Notice("Thank you, it is yours now", (f"It is due on {long_date(step.due_on)}.",))
    return Notice("Thank you for saying so", ("It stays with your colleague, who has been told.",))


ACT = Act(_page, _act)
HANDOVER_ACT = Act(_handover_page, _handover_act)
MORE_TIME_TALK = Talk(_more_time_flow, _put_off)
HAND_OVER_TALK = Talk(_hand_over_flow, _hand_over)
