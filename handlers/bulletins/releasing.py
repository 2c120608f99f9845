"""Releasing an edition: approved by a second person, scheduled, paused, resumed, cancelled, tried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.edition_states import CAN_CANCEL, CAN_PAUSE, CAN_SCHEDULE, EditionState
from bot.rules.held_reasons import CALLED_OFF
from bot.rules.working_time import next_sending_moment
from handlers.bulletins.checking import blocking
from handlers.bulletins.finding import Refused as Refused
from handlers.bulletins.finding import bulletin_of as bulletin_of
from handlers.bulletins.freezing import channel_for, is_paused
from handlers.partnership import calendar_of
from handlers.sending import RUNNING
from storage.bulletins import TEST, messages_about, tests_about
from storage.deliveries import Message
from storage.switches import PAUSED, SENDING
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Channel
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

PUBLISHER = "publisher"
NAMED = 5
"""So many publishers are named to somebody who needs one."""
OUTSIDE_HOURS = "That is outside Monday to Friday, 08:00 to 18:00 on working days. It leaves at that time all the same."


@dataclass(frozen=True, slots=True)
class Tested:
    """Which way a test went, and whether practice mode holds it back."""

    channel: Channel
    queued: int
    practice: int

    @property
    def way(self) -> str:
        """The same as one word: `email`, `slack` or `practice`."""
        return "practice" if self.practice else self.channel.value


async def approve(uow: UnitOfWork, *, bulletin_id: str, by: Person, seen: str = "") -> Bulletin:
    """Freezes the text as it stands: from now on any change voids this. Raises Refused.

    `seen` is the fingerprint of the text that the person looked at; another one means that it changed meanwhile.
    """
    row = await bulletin_of(uow, bulletin_id, lock=True)
    if why := why_not_approve(row, by):
        raise Refused(why)
    if seen and seen != row.content_hash:
        raise Refused("The text has changed since you looked at it. Look through it again before you approve it.")
    if row.state == EditionState.APPROVED:
        return row
    if stops := await blocking(uow, row):
        raise Refused(" ".join(stops))
    row.state, row.approved_hash = EditionState.APPROVED.value, row.content_hash
    row.approved_by, row.approved_at = by.id, uow.now
    await uow.working_texts.keep_approved(row.id, text=row.source)
    uow.audit.add("bulletin.approved", thing=messages_about(row.id), by=by, detail={"hash": row.content_hash})
    return row


def why_not_approve(row: Bulletin, by: Person, *, others: Sequence[Person] | None = None) -> str:
    """Why somebody cannot approve an edition; empty when they can. `others` are those who can, if they are known."""
    if PUBLISHER not in by.roles:
        ask = "Ask a publisher who did not write this bulletin." if others is None else _ask(others)
        return f"{by.name} is not a publisher. {ask}"
    if row.author_id == by.id or row.author == by.email:
        ask = (
            "A second person has to approve it."
            if others is None
            else f"A second person has to approve it. {_ask(others)}"
        )
        return f"{by.name} wrote this text or changed it last. {ask}"
    if row.state not in (EditionState.DRAFT, EditionState.APPROVED):
        return f"This bulletin is {row.state}, so there is nothing to approve."
    return ""


async def approvers_of(uow: UnitOfWork, row: Bulletin) -> list[Person]:
    """Everybody who could approve an edition: the publishers who neither wrote it nor changed it last."""
    publishers = await uow.people.with_role(PUBLISHER)
    return [person for person in publishers if person.id != row.author_id and person.email != row.author]


def _ask(others: Sequence[Person]) -> str:
    if not others:
        return "Nobody else is a publisher yet: an administrator can give somebody that role in the register of people."
    names = [person.name for person in others[:NAMED]] + (["another publisher"] if len(others) > NAMED else [])
    return f"Ask {' or '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)} to approve it."


async def schedule(
    uow: UnitOfWork,
    *,
    bulletin_id: str,
    at: datetime | None = None,
    not_after: datetime | None = None,
    by: Person | None = None,
    seen: str = "",
) -> Bulletin:
    """Sends an approved edition at a time, or now. Raises Refused.

    `not_after` gives it another last moment: that of a missed edition is over. The text stays as it was approved.
    `seen` is the fingerprint of the text that the person was asked about.
    """
    row = await bulletin_of(uow, bulletin_id, lock=True)
    when = at or uow.now
    if why := why_not_schedule(row, at=when, not_after=not_after):
        raise Refused(why)
    if seen and seen != row.content_hash:
        raise Refused("The text has changed since you were asked. Look through it again before you send it.")
    row.send_at, row.not_after, row.state = when, not_after or row.not_after, EditionState.APPROVED.value
    detail = {"at": when.isoformat(), **({"not_after": not_after.isoformat()} if not_after else {})}
    uow.audit.add("bulletin.scheduled", thing=messages_about(row.id), by=by, detail=detail)
    return row


def why_not_schedule(row: Bulletin, *, at: datetime, not_after: datetime | None) -> str:
    """Why an edition cannot be sent at a time; empty when it can."""
    if row.state == EditionState.DRAFT:
        return "Nobody has approved this bulletin yet. A publisher who did not write it has to do that first."
    if row.state not in CAN_SCHEDULE:
        return f"This bulletin is {row.state} already."
    last = not_after or row.not_after
    if last is not None and at > last:
        return "Nothing of it may leave so late: its not_after is earlier. Give a later not_after too."
    return ""


async def outside_hours(uow: UnitOfWork, row: Bulletin) -> str:
    """What a person who releases an edition should know about its time; empty when it leaves in the usual hours."""
    if row.state != EditionState.APPROVED or row.send_at is None:
        return ""
    return OUTSIDE_HOURS if next_sending_moment(row.send_at, await calendar_of(uow)) != row.send_at else ""


async def pause(uow: UnitOfWork, *, bulletin_id: str, by: Person | None = None) -> Bulletin:
    """Stops sending this edition within a second; nothing is lost. Harmless twice. Raises Refused.

    It does not wait for the edition: while its recipients are being written down, somebody else holds that for long.
    """
    row = await bulletin_of(uow, bulletin_id)
    if row.state not in CAN_PAUSE:
        raise Refused(f"This bulletin is {row.state}, so there is nothing to pause.")
    if not await is_paused(uow, bulletin_id):
        await _switch(uow, bulletin_id, PAUSED)
        uow.audit.add("bulletin.paused", thing=messages_about(row.id), by=by)
    return row


async def resume(uow: UnitOfWork, *, bulletin_id: str, by: Person | None = None) -> Bulletin:
    """Lets it go on where it stopped. Harmless twice. Raises Refused."""
    row = await bulletin_of(uow, bulletin_id, lock=True)
    if row.state not in CAN_PAUSE:
        raise Refused(f"This bulletin is {row.state}, so there is nothing to go on with.")
    if await is_paused(uow, bulletin_id):
        await _switch(uow, bulletin_id, RUNNING)
        uow.audit.add("bulletin.resumed", thing=messages_about(row.id), by=by)
        uow.deliveries.queued_any = True
    return row


async def cancel(uow: UnitOfWork, *, bulletin_id: str, by: Person | None = None) -> Bulletin:
    """Stops an edition for good: whoever has not got it does not get it. Harmless twice. Raises Refused."""
    row = await bulletin_of(uow, bulletin_id, lock=True)
    if row.state == EditionState.CANCELLED:
        return row
    if row.state not in CAN_CANCEL:
        raise Refused("This bulletin has been sent already; it cannot be taken back.")
    row.state, row.finished_at = EditionState.CANCELLED.value, uow.now
    # The pause keeps workers from what they have claimed; the sweep calls off what they give back.
    await _switch(uow, bulletin_id, PAUSED)
    called_off = await uow.bulletins.call_off(bulletin_id, reason=CALLED_OFF)
    uow.audit.add("bulletin.cancelled", thing=messages_about(row.id), by=by, detail={"called_off": called_off})
    return row


async def send_test(uow: UnitOfWork, *, bulletin_id: str, to: Person, by: Person | None = None) -> Tested:
    """Queues the edition for one person as it stands now, marked as a test. Raises Refused.

    It goes the way the edition itself would go to them, so that they see what they would get.
    """
    row = await bulletin_of(uow, bulletin_id)
    if to.left_at is not None:
        raise Refused(f"{to.email} has left. Send the test to somebody who is here.")
    uow.audit.add("bulletin.tested", thing=messages_about(row.id), by=by or to, detail={"to": to.id})
    message = Message(
        kind=TEST,
        ledger_key=f"{tests_about(row.id)}:{row.content_hash[:12]}:{uow.now:%Y%m%d%H%M%S}",
        about=tests_about(row.id),
    )
    channel = channel_for(uow, to)
    told = await uow.deliveries.tell(to, message, channels=(channel,))
    return Tested(channel, told.queued, told.practice)


async def _switch(uow: UnitOfWork, bulletin_id: str, value: str) -> None:
    await uow.switches.set(f"{SENDING}:{messages_about(bulletin_id)}", value)
