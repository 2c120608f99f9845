"""Pledges: made, asked about at six weeks, six and twelve months, never kept by silence."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.conversation.reading import long_date
from bot.flows.check_in import ANSWERS, check_in_flow
from bot.flows.pledge import LIBRARY, OWN_WORDS, pledge_flow
from bot.links import Button, Purpose
from bot.rules.calendar import WorkingCalendar
from bot.rules.pledge_checkins import Answer, Stage, Status, checkin_dates
from handlers.acts import Act, ActPage, Done, Listing, Need, Opens, Option, Press
from handlers.partnership import calendar_of, partnership_of
from handlers.talk import About, Ending, Talk
from storage.deliveries import Message
from storage.tables.people import Person
from storage.tables.pledges import Pledge, PledgeCheckIn
from storage.unit_of_work import UnitOfWork

NOT_YOURS = Notice("We cannot find this pledge", ("It may belong to somebody else, or it may have been let go.",))
ABOUT_PRIORITY = "priority:"
ABOUT_EVENT = "event:"
INSTEAD_OF = "instead-of:"
CLOSED_AS = {Answer.KEPT.value: "kept", Answer.PARTLY.value: "partly"}
"""What the last check-in closes a pledge as; anything else is `not_kept`."""


async def _pledge_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    partnership = await partnership_of(uow)
    topic = ""
    if about.subject.startswith(ABOUT_PRIORITY):
        wanted = about.subject.removeprefix(ABOUT_PRIORITY)
        topic = next((priority.title for priority in partnership.priorities if priority.id == wanted), "")
    return pledge_flow(today=_local_day(uow.now, partnership.timezone), about=topic)


async def make_pledge(uow: UnitOfWork, about: About, ending: Ending) -> Receipt:
    """Keeps a pledge with its check-ins and tells the person; `ending` has `pick` and, for own words, `own`."""
    calendar = await calendar_of(uow)
    today = calendar.local(uow.now).date()
    old = await _superseded(uow, about)
    reference = await uow.conversations.next_reference("P", year=today.year)
    pledge = Pledge(
        reference=reference,
        person_id=about.person.id,
        text=promise_in_words(ending.answers),
        theme=_text(ending.answers, "pick"),
        plan_with=_text(ending.answers, "plan_with"),
        plan_by=_day(ending.answers, "plan_by"),
        barrier_expected=_text(ending.answers, "barrier"),
        visibility=_text(ending.answers, "visibility") or "private",
        priority=_after(about.subject, ABOUT_PRIORITY),
        source_event=_after(about.subject, ABOUT_EVENT),
        supersedes=None if old is None else old.reference,
        state="active",
        made_on=today,
        made_at=uow.now,
    )
    await uow.pledges.add(pledge, ((dates.stage, dates.due_on) for dates in checkin_dates(today, calendar)))
    if old is not None:
        _close(uow, old, as_="replaced", today=today)
    uow.audit.add("pledge.made", thing=reference, by=about.person, detail={"surface": ending.surface})
    await uow.deliveries.tell(
        about.person,
        Message(
            kind="pledge.made",
            ledger_key=f"pledge.made:{reference}",
            about=reference,
            facts={"reference": reference, "text": pledge.text, "plan_by": _iso(pledge.plan_by)},
        ),
    )
    return Receipt("Thank you for your pledge", reference, _receipt_lines(pledge, calendar), "pledge")


def promise_in_words(answers: Answers) -> str:
    """The pledge as a sentence: the library's words, or the person's own."""
    pick = str(answers["pick"])
    if pick == OWN_WORDS:
        return str(answers["own"])
    return next((choice.label for choice in LIBRARY if choice.value == pick), pick)


def _receipt_lines(pledge: Pledge, calendar: WorkingCalendar) -> tuple[str, ...]:
    lines = [f"You said: “{pledge.text}”."]
    if pledge.plan_by is not None:
        lines.append(f"By {long_date(pledge.plan_by)}. We will remind you once, three days before.")
    first = checkin_dates(pledge.made_on, calendar)[0].due_on
    lines.append(f"We will ask how it went on {long_date(first)}, and again after six and twelve months.")
    lines.append("Only you decide whether it was kept.")
    return tuple(lines)


async def _superseded(uow: UnitOfWork, about: About) -> Pledge | None:
    reference = _after(about.subject, INSTEAD_OF)
    old = None if reference is None else await uow.pledges.by_reference(reference, lock=True)
    return old if old is not None and old.person_id == about.person.id and old.state == "active" else None


async def _check_in_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    pledge, check_in = await _asked(uow, about.person, about.subject)
    if pledge is None or check_in is None:
        return NOT_YOURS
    return check_in_flow(pledge=pledge.text, stage=check_in.stage)


async def _answer_check_in(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    pledge, check_in = await _asked(uow, about.person, about.subject)
    if pledge is None or check_in is None:
        return NOT_YOURS
    await record_answer(uow, pledge, check_in, answer=str(ending.answers["answer"]), by=about.person)
    check_in.difference = _text(ending.answers, "difference")
    check_in.difference_text = _text(ending.answers, "difference_text")
    check_in.barrier = _text(ending.answers, "barrier")
    check_in.quote_consent = _text(ending.answers, "quote_consent") or "no"
    return Receipt("Thank you for telling us", pledge.reference, _after_answer(check_in), "check-in")


def _after_answer(check_in: PledgeCheckIn) -> tuple[str, ...]:
    words = next(choice.label for choice in ANSWERS if choice.value == check_in.answer)
    lines = [f"Recorded: {words}."]
    if check_in.answer == Answer.NOT_YET:
        lines.append("You can keep it going, change it, or let it go. Nobody is told which.")
    if check_in.answer == Answer.REPLACED:
        lines.append("Your old pledge is closed as replaced. Make the new one whenever you like.")
    return tuple(lines)


async def record_answer(uow: UnitOfWork, pledge: Pledge, check_in: PledgeCheckIn, *, answer: str, by: Person) -> None:
    """Keeps the answer to a check-in; the latest one counts and the audit log has the earlier ones."""
    if check_in.status == Status.REPLIED and check_in.answer == answer:
        return
    check_in.answer = answer
    check_in.status = Status.REPLIED.value
    check_in.replied_at = check_in.replied_at or uow.now
    today = (await calendar_of(uow)).local(uow.now).date()
    if answer == Answer.REPLACED:
        _close(uow, pledge, as_="replaced", today=today)
    elif check_in.stage == Stage.M12:
        _close(uow, pledge, as_=CLOSED_AS.get(answer, "not_kept"), today=today)
    uow.audit.add(
        "pledge.checked-in", thing=pledge.reference, by=by, detail={"stage": check_in.stage, "answer": answer}
    )


def _close(uow: UnitOfWork, pledge: Pledge, *, as_: str, today: date) -> None:
    pledge.state, pledge.closed_as, pledge.closed_on = "closed", as_, today
    uow.audit.add("pledge.closed", thing=pledge.reference, detail={"as": as_})


async def _check_in_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    pledge, check_in = await _asked(uow, person, about)
    if pledge is None or check_in is None:
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines)
    options = tuple(Option(choice.value, choice.label, primary=False) for choice in ANSWERS)
    return ActPage("How is your pledge going?", (f"You said: “{pledge.text}”",), options=options)


async def _check_in_act(uow: UnitOfWork, press: Press) -> Done:
    """One tap is an answer: it is recorded at once, and the talk that opens may add to it."""
    pledge, check_in = await _asked(uow, press.person, press.about)
    if pledge is None or check_in is None:
        return NOT_YOURS
    if press.choice == "done" and pledge.state == "active":
        first = await uow.pledges.check_in(pledge.id, Stage.W6)
        if first is not None:
            await record_answer(uow, pledge, first, answer=Answer.KEPT.value, by=press.person)
        return Notice("Well done", ("We have noted that you have done it. We will ask again in six months.",))
    if press.choice not in {choice.value for choice in ANSWERS}:
        return Opens("check-in", press.about)
    await record_answer(uow, pledge, check_in, answer=press.choice, by=press.person)
    if press.choice == Answer.REPLACED:
        return Opens("pledge", f"{INSTEAD_OF}{pledge.reference}")
    return Opens("check-in", press.about, {"answer": press.choice})


async def _pledge_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    flow = await _pledge_flow(uow, About(person, about))
    title = flow.title
    return ActPage(title, ("It takes less than a minute.",), options=(Option("start", "Make a pledge"),))


async def _pledge_act(_uow: UnitOfWork, press: Press) -> Done:
    return Opens("pledge", press.about)


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """The check-ins that wait for this person."""
    return tuple(
        Need(
            "How is your pledge going?",
            pledge.text,
            tuple(
                Button(choice.label, Purpose.CHECK_IN, f"{pledge.reference}/{check_in.stage}", choice.value)
                for choice in ANSWERS
            ),
        )
        for check_in, pledge in await uow.pledges.asked(person.id)
    )


async def mine(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """The person's active pledges."""
    return tuple(
        Need(f"Your pledge {pledge.reference}", pledge.text)
        for pledge in await uow.pledges.of(person.id)
        if pledge.state == "active"
    )


async def words(uow: UnitOfWork, person: Person, rest: str) -> Opens | Listing | Notice:
    """`pledge`: answers a check-in that waits, else makes a new pledge."""
    waiting = await needs(uow, person)
    if waiting and not rest:
        return Listing("Your pledges", (*waiting, Need("Make another pledge", buttons=(NEW_PLEDGE,))))
    return Opens("pledge")


NEW_PLEDGE = Button("Make a pledge", Purpose.PLEDGE, "", "start")
TALK = Talk(_pledge_flow, make_pledge)
CHECK_IN_TALK = Talk(_check_in_flow, _answer_check_in)
ACT = Act(_pledge_page, _pledge_act)
CHECK_IN_ACT = Act(_check_in_page, _check_in_act)


async def _asked(uow: UnitOfWork, person: Person, about: str) -> tuple[Pledge | None, PledgeCheckIn | None]:
    reference, _, stage = about.partition("/")
    pledge = await uow.pledges.by_reference(reference, lock=True)
    if pledge is None or pledge.person_id != person.id:
        return None, None
    return pledge, await uow.pledges.check_in(pledge.id, stage)


def _text(answers: Answers, key: str) -> str | None:
    value = answers.get(key)
    return None if value is None else str(value)


def _day(answers: Answers, key: str) -> date | None:
    value = answers.get(key)
    return None if value is None else date.fromisoformat(str(value))


def _after(subject: str, prefix: str) -> str | None:
    return subject.removeprefix(prefix) if subject.startswith(prefix) else None


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _local_day(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()
