"""The release itself: at `send_at` the recipients become outbox rows, one for each person, and nothing changes them.

Called by the sweeps in `digests/bulletins.py`; each edition in a unit of its own.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.rules.edition_states import EditionState
from bot.rules.held_reasons import CALLED_OFF, TOO_LATE, UNKNOWN_ADDRESS
from handlers.audience import portions_of
from handlers.bulletins.applying import parse_stored
from handlers.bulletins.keeping import keep_as_sent
from handlers.suppressed import suppressed_among
from storage.bulletins import EDITION, messages_about
from storage.deliveries import Message
from storage.switches import PAUSED, SENDING
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an edition would reach now, and whom not: they left the series, their address is refused, it is practice."""

    going: tuple[Person, ...]
    left_series: tuple[Person, ...]
    refused: tuple[Person, ...]
    practice: tuple[Person, ...]

    @property
    def held_back(self) -> int:
        """How many are meant and do not get it."""
        return len(self.left_series) + len(self.refused) + len(self.practice)


async def reach_of(uow: UnitOfWork, row: Bulletin) -> Reach:
    """Judges the audience as it would be frozen now."""
    portions = [portion async for portion in portions_of_reach(uow, row)]
    return Reach(
        going=tuple(person for portion in portions for person in portion.going),
        left_series=tuple(person for portion in portions for person in portion.left_series),
        refused=tuple(person for portion in portions for person in portion.refused),
        practice=tuple(person for portion in portions for person in portion.practice),
    )


async def portions_of_reach(uow: UnitOfWork, row: Bulletin) -> AsyncIterator[Reach]:
    """The same for a thousand people at a time, so that it takes no more memory for many than for few."""
    audience = (await parse_stored(uow, row)).audience
    async for meant in portions_of(uow, audience, series_id=row.series_id):
        refused = await _refused(uow, meant.people)
        good = [person for person in meant.people if person.id not in refused]
        practice = [person for person in good if _state(uow, person) is DeliveryState.PRACTICE]
        held = {person.id for person in practice}
        yield Reach(
            going=tuple(person for person in good if person.id not in held),
            left_series=meant.left_series,
            refused=tuple(person for person in meant.people if person.id in refused),
            practice=tuple(practice),
        )


async def begin(uow: UnitOfWork, bulletin_id: str) -> bool:
    """Freezes the recipients of an approved edition whose time has come. False when somebody was faster or it waits."""
    row = await uow.bulletins.get(bulletin_id, lock=True)
    if row is None or row.state != EditionState.APPROVED or row.send_at is None or row.send_at > uow.now:
        return False
    if row.approved_hash != row.content_hash or await is_paused(uow, bulletin_id):
        return False
    if row.not_after is not None and uow.now > row.not_after:
        await _missed(uow, row)
        return True
    recipients = left_series = 0
    async for reach in portions_of_reach(uow, row):
        people = (*reach.going, *reach.refused, *reach.practice)
        refused = {person.id for person in reach.refused}
        await uow.deliveries.queue([delivery_for(uow, row, person, refused=person.id in refused) for person in people])
        recipients += len(people)
        left_series += len(reach.left_series)
    row.state, row.recipients = EditionState.SENDING.value, recipients
    row.frozen_at = row.began_at = uow.now
    await keep_as_sent(uow, row)
    detail = {"recipients": recipients, "left_series": left_series, "hash": row.content_hash}
    uow.audit.add("bulletin.begun", thing=messages_about(row.id), detail=detail)
    return True


async def finish(uow: UnitOfWork, bulletin_id: str) -> bool:
    """Closes an edition once nothing of it waits; takes back what may not go any more. True when something changed."""
    row = await uow.bulletins.get(bulletin_id, lock=True)
    if row is None:
        return False
    if row.state == EditionState.CANCELLED:
        return await uow.bulletins.call_off(bulletin_id, reason=CALLED_OFF) > 0
    if row.state != EditionState.SENDING:
        return False
    if row.not_after is not None and uow.now > row.not_after:
        await uow.bulletins.call_off(bulletin_id, reason=TOO_LATE, too_late=True)
    if await uow.bulletins.waiting(bulletin_id):
        return False
    row.state, row.finished_at = EditionState.SENT.value, uow.now
    uow.audit.add("bulletin.finished", thing=messages_about(row.id), detail={"recipients": row.recipients})
    return True


async def is_paused(uow: UnitOfWork, bulletin_id: str) -> bool:
    """Whether sending of this one edition is paused."""
    return await uow.switches.value(f"{SENDING}:{messages_about(bulletin_id)}") == PAUSED


def channel_for(uow: UnitOfWork, person: Person) -> Channel:
    """Bulletins go by e-mail unless Slack was chosen (settled: who is told how)."""
    chosen = person.prefers == Channel.SLACK and person.slack_id and uow.sending.slack
    return Channel.SLACK if chosen else Channel.EMAIL


def delivery_for(uow: UnitOfWork, row: Bulletin, person: Person, *, refused: bool = False) -> dict[str, object]:
    """The one outbox row of an edition for a person; `refused` when mail cannot reach them."""
    message = Message(
        kind=EDITION,
        ledger_key=messages_about(row.id),
        lane=Lane.BULLETIN,
        about=messages_about(row.id),
        not_after=row.not_after,
    )
    made = uow.deliveries.row(message, channel=channel_for(uow, person), person=person)
    return {
        **made,
        "state": DeliveryState.SUPPRESSED if refused else made["state"],
        "last_reply": UNKNOWN_ADDRESS if refused else None,
    }


def _state(uow: UnitOfWork, person: Person) -> DeliveryState:
    message = Message(kind=EDITION, ledger_key="")
    return DeliveryState(str(uow.deliveries.row(message, channel=Channel.EMAIL, person=person)["state"]))


async def _refused(uow: UnitOfWork, people: Sequence[Person]) -> set[int]:
    """Those whom only mail can reach and whose address a relay refused for good."""
    by_mail = [person for person in people if channel_for(uow, person) is Channel.EMAIL]
    refused = await suppressed_among(uow, {person.email for person in by_mail})
    return {person.id for person in by_mail if person.email in refused}


async def _missed(uow: UnitOfWork, row: Bulletin) -> None:
    """Its time was over before it began: nobody gets it, and those who can decide are told."""
    row.state = EditionState.MISSED.value
    uow.audit.add("bulletin.missed", thing=messages_about(row.id))
    ids = [person_id for person_id in (row.author_id, row.approved_by) if person_id is not None]
    people = list((await uow.people.by_ids(ids)).values()) or await uow.people.with_role("publisher")
    for person in people:
        if person.left_at is None:
            send_at = "" if row.send_at is None else row.send_at.isoformat()
            await uow.deliveries.tell(
                person,
                Message(
                    kind="bulletin.missed",
                    ledger_key=f"bulletin.missed:{row.id}:{send_at}",
                    about=f"bulletin-missed:{row.id}",
                    facts={"id": row.id, "title": row.title},
                ),
            )
