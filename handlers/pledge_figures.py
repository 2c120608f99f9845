"""Pledges in figures: each with its denominator, small groups hidden, nobody's answer named."""

from collections import Counter
from datetime import date

from bot.rules.pledge_checkins import Answer, Checkin, PledgeFigures, Stage, Status, pledge_figures
from bot.rules.release import publishable
from handlers.partnership import calendar_of
from storage.tables.people import Person
from storage.tables.pledges import Pledge, PledgeCheckIn
from storage.unit_of_work import UnitOfWork


async def figures_of(uow: UnitOfWork) -> PledgeFigures:
    """All pledges: made, due, replied, kept, and the rest."""
    calendar = await calendar_of(uow)
    today = calendar.local(uow.now).date()
    made = {pledge.id: (pledge, person) for pledge, person in await uow.pledges.everything()}
    rows = [row for row in await uow.pledges.all_check_ins() if row.pledge_id in made]
    left = {
        pledge_id: None if person.left_at is None else calendar.local(person.left_at).date()
        for pledge_id, (_, person) in made.items()
    }
    return pledge_figures(len(made), [_check_in(row, left[row.pledge_id]) for row in rows], today)


def _check_in(row: PledgeCheckIn, left_on: date | None) -> Checkin:
    answer = None if row.answer is None else Answer(row.answer)
    return Checkin(stage=Stage(row.stage), due_on=row.due_on, status=Status(row.status), answer=answer, left_on=left_on)


async def by_agency(uow: UnitOfWork) -> list[tuple[str, int | None]]:
    """How many pledges each agency made; a small group is hidden, and the next smallest with it."""
    names = {agency.id: agency.name for agency in await uow.people.agencies()}
    counts = Counter(person.agency_id or "" for _, person in await uow.pledges.everything())
    shown = publishable(counts)
    return sorted(
        ((names.get(agency, "no agency"), number) for agency, number in shown.items()), key=lambda row: row[0]
    )


async def public_pledges(uow: UnitOfWork) -> list[tuple[Pledge, Person]]:
    """Pledges whose makers let everybody read them with their name."""
    return [
        (pledge, person)
        for pledge, person in await uow.pledges.everything()
        if pledge.visibility == "public_named" and person.left_at is None
    ]
