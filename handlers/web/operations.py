"""The operations team's first page: what needs a person today; and the pages about sending."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from handlers.connections import mail_rest, troubles_of, try_mail_now
from handlers.escalations.reaching import alarms_of
from handlers.mail_outcomes import in_words
from handlers.overview import today_for
from handlers.permissions import OPERATIONS, rule_for
from handlers.sending import pause, resume, retry
from handlers.web.shell import RowNumber, SentForm, allow, context_of, render, see_other
from storage.tables.people import Person

router = APIRouter()

MAIL_SHOWN: Final = timedelta(days=30)
Team = Annotated[Person, Depends(allow(*OPERATIONS))]
Sender = Annotated[Person, Depends(allow("coordinator", "publisher", "escalation-lead", "admin"))]

PAGES = (
    ("/ops/surveys", "Surveys", "Ask, remind, read the results"),
    ("/ops/briefings", "Briefings", "Bookings, waiting lists, registers"),
    ("/ops/bulletins", "Bulletins", "Write, preview, release"),
    ("/ops/pledges", "Pledges", "Made, asked about, kept"),
    ("/ops/deadlines", "Deadlines", "What is due, and whose it is"),
    ("/ops/escalations", "Escalations", "The open ones and their clocks"),
    ("/ops/report/escalations", "What escalations teach", "Figures that name no case"),
    ("/ops/people", "People", "The register"),
    ("/ops/addresses", "Addresses", "Whose e-mail does not arrive, and why"),
    ("/ops/outbox", "Messages", "What was sent, what was not, and why"),
    ("/ops/audit", "Audit log", "Who did what, when"),
)


@router.get("/ops")
async def overview(request: Request, person: Team) -> Response:
    """What needs a person today, and the way to every page that this person may open."""
    context = context_of(request)
    async with context.store.reading() as uow:
        items = await today_for(uow, person)
        paused = await uow.switches.sending_paused()
        troubles = await troubles_of(uow)
        alarms = await alarms_of(uow)
        rest = await mail_rest(uow)
    pages = [page for page in PAGES if _may(person, page[0])]
    return render(
        request,
        "ops/today.html",
        items=items,
        pages=pages,
        paused=paused,
        troubles=troubles,
        alarms=alarms,
        rest=rest,
        may_pause=_may(person, "/ops/sending"),
    )


@router.post("/ops/sending")
async def sending(request: Request, form: SentForm, person: Sender) -> Response:
    """Pauses all sending, lets it go on, or has a resting relay tried at once."""
    act = {"pause": pause, "try": try_mail_now}.get(form.text("do"), resume)
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await act(uow, by=person)
    return see_other("/ops/outbox")


@router.get("/ops/outbox")
async def outbox(request: Request, _person: Sender) -> Response:
    """What was not sent and why, and how much waits."""
    async with context_of(request).store.reading() as uow:
        needing = await uow.deliveries.needing_a_person()
        people = await uow.people.by_ids([row.person_id for row in needing if row.person_id is not None])
        states = await uow.deliveries.state_counts()
        paused = await uow.switches.sending_paused()
        rest = await mail_rest(uow)
        mail_in = await uow.mail.tally(since=uow.now - MAIL_SHOWN)
    replies = [(in_words(each.outcome, each.reason), each.n) for each in mail_in]
    return render(
        request,
        "ops/outbox.html",
        needing=needing,
        people=people,
        states=states,
        paused=paused,
        rest=rest,
        replies=replies,
    )


@router.post("/ops/outbox/{delivery_id}/retry")
async def try_again(request: Request, delivery_id: RowNumber, form: SentForm, person: Sender) -> Response:
    """Sends one message again that had failed or rests as uncertain."""
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await retry(uow, delivery_id=delivery_id, by=person)
    return see_other("/ops/outbox")


def _may(person: Person, path: str) -> bool:
    rule = rule_for(path)
    if rule is None or not isinstance(rule.look, frozenset):
        return False
    return bool(rule.look & set(person.roles))
