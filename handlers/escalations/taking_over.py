"""Whoever speaks for the raiser's side from now on hears it once: that it is theirs, and until when.

A colleague hands it to them, or whose matter it is are away or gone and their manager stands in. Who speaks is worked
out from the rows each time; here it is written down when it has changed, so that nobody is told twice. When who stood
in is replaced, those who count on them hear it too: whose matter it is, and those who watch once two are not there.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from bot.conversation.reading import long_date
from handlers.escalations.presence import AWAY, why_not_here
from handlers.escalations.standing import STANDS_IN, known_of
from handlers.escalations.telling import news_of, tell, tell_all, those_who_watch
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from handlers.wording import local_moment
from storage.escalation_history import all_open
from storage.tables.escalations import Escalation, EscalationHolder
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

BACK = "is back"
"""Why a holder's row is there of somebody who was away, and speaks again themselves."""
ALONE = "nobody stands in"
"""Why it is there of somebody who is away still, when who stood in for them is there no more."""


class Reader(StrEnum):
    """As what somebody hears who stands in now, the nearest to it last."""

    WATCHES = "watches"
    STOOD_IN = "stood in"
    WHOSE_IT_IS = "whose it is"


async def changed_hands(uow: UnitOfWork) -> list[str]:
    """The references of those for which somebody else speaks now and has not heard of it: a few queries for all.

    What was raised in practice is nobody's once Herald is live.
    """
    running = [each for each in await all_open(uow) if not (each.practice and uow.sending.live)]
    known = await known_of(uow, running)
    now = [(each, known.speakers(each)) for each in running]
    return [each.reference for each, speak in now if speak and speak[0].id != known.first_known(each)]


async def say_who_speaks(uow: UnitOfWork, reference: str) -> bool:
    """Writes down who speaks for the raiser's side now, and tells them; False where that is known already."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    if escalation is None or escalation.closed_at is not None or (escalation.practice and uow.sending.live):
        return False
    known = await known_of(uow, [escalation])
    speak, before = known.speakers(escalation), known.first_known(escalation)
    if not speak or speak[0].id == before:
        return False
    whose = known.speaker(escalation)
    themselves = whose is not None and whose.id == speak[0].id
    because = STANDS_IN
    if themselves:
        because = BACK if why_not_here(speak[0], today=known.today) is None else ALONE
    replaced = because != BACK and [each.because for each in known.holders.get(escalation.id, ())][-1:] == [STANDS_IN]
    row = EscalationHolder(escalation_id=escalation.id, person_id=speak[0].id, because=because, since=uow.now)
    await uow.escalations.give_holder(row)
    detail = {"to": speak[0].id, "step": known.steps[escalation.id][-1].number}
    uow.audit.add("escalation.handed-over", thing=reference, detail=detail)
    spoke = [known.people[number] for number in (before,) if number is not None and number in known.people]
    gone = [each for each in spoke if replaced and why_not_here(each, today=known.today) is not None]
    on_leave = [each for each in gone if why_not_here(each, today=known.today) == AWAY]
    there = [each for each in spoke if each not in gone]
    away = whose if whose in speak and not themselves else next(iter(on_leave), None)
    await say_it_is_theirs(uow, escalation, row, to=speak[0], before=there, away=away)
    if replaced:
        whose_it_is = [whose] if whose is not None and whose in speak else []
        watching = await those_who_watch(uow) if gone or because == ALONE else ()
        readers = {Reader.WATCHES: watching, Reader.STOOD_IN: on_leave, Reader.WHOSE_IT_IS: whose_it_is}
        await _say_who_stands_in(uow, escalation, row, to=speak[0], readers=readers)
    return True


async def _say_who_stands_in(
    uow: UnitOfWork,
    escalation: Escalation,
    row: EscalationHolder,
    *,
    to: Person,
    readers: Mapping[Reader, Iterable[Person]],
) -> None:
    """Tells them who stands in instead of whoever did so before, or that nobody does; each of them once."""
    step = await uow.escalations.step(escalation)
    if step is None:
        return
    stage = (await policy_version(uow, escalation.policy_version)).stage(step.stage)
    nobody = row.because == ALONE
    hears = {person.id: (person, reader) for reader, people in readers.items() for person in people}
    for person, reader in hears.values():
        if person.id == to.id and not nobody:  # they hear that it is theirs
            continue
        message = news_of(
            escalation,
            "escalation.stands-in",
            key=f"{escalation.reference}:{row.id}",
            who="" if nobody else to.name,
            step=step.number,
            stage=stage.label,
            reader=reader.value,
        )
        await tell_all(uow, escalation, [person], message)


async def say_it_is_theirs(
    uow: UnitOfWork,
    escalation: Escalation,
    row: EscalationHolder,
    *,
    to: Person,
    before: Iterable[Person],
    away: Person | None = None,
) -> None:
    """Tells who speaks from now on, and who spoke before; `away` is for whom they do so until those are back.

    Somebody who stands alone again is not told that it is theirs: it was all along.
    """
    step, calendar = await uow.escalations.step(escalation), await calendar_of(uow)
    if step is None:
        return
    key = f"{escalation.reference}:{row.id}"
    stage = (await policy_version(uow, escalation.policy_version)).stage(step.stage)
    back = away.away_until if away is not None else None
    theirs = news_of(
        escalation,
        "escalation.yours-now",
        key=key,
        step=step.number,
        stage=stage.label,
        final=stage.final,
        state=escalation.state,
        because=row.because if away is None else "away",
        back="" if back is None else long_date(back),
        until=local_moment(step.answer_by, calendar),
        over=step.answer_by <= uow.now,
    )
    if row.because not in (BACK, ALONE):
        await tell(uow, escalation, to, theirs)
    for person in before:
        handed = news_of(
            escalation,
            "escalation.handed-over",
            key=key,
            who=to.name,
            step=step.number,
            stage=stage.label,
            away=away is not None and person.id == away.id,
        )
        await tell_all(uow, escalation, [person], handed)
