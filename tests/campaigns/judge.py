"""What must be so after any number of kills, read from the database, the relay and Slack when everything is settled."""

import email
import email.policy
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.demo.slack import Workspace
from storage.claims import comes_again
from storage.tables.audit import AuditEntry
from storage.tables.briefings import Booking, Briefing
from storage.tables.conversations import Conversation
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from storage.unit_of_work import Store, UnitOfWork
from tests.campaigns.crew import UNKNOWN, Notebook
from tests.smtp_sink import Sink

HOLDS = {"confirmed", "offered", "requested"}
OPEN = HOLDS | {"waitlisted"}


@dataclass(frozen=True)
class Outside:
    """What reached people: the relay's and Slack's own memory."""

    sink: Sink
    workspace: Workspace

    def transcript(self, address: str) -> str:
        """A person's direct messages, or the letters to them where there are none, as they read them."""
        member = self.workspace.by_email(address)
        if member is None:
            return "\n".join(mail.raw.decode(errors="replace") for mail in self.sink.to(address))
        messages = self.workspace.messages.visible(member.channel, member.id)
        who = {member.id: ">"}
        return "\n".join(f"{m.ts} {who.get(m.author, '')} {' / '.join(m.words.splitlines())}" for m in messages)


async def judge(store: Store, notes: Notebook, outside: Outside, *, readers: int, editions: int) -> None:
    """Raises AssertionError with the first thing that is not as it must be."""
    async with store.reading() as uow:
        await _answers(uow, notes)
        await _pledges(uow, notes)
        await _typed(uow, notes, outside)
        await _escalations(uow, notes)
        await _seats(uow, notes)
        await messages(uow, outside, readers=readers, editions=editions)
        verified = await uow.audit.verify()
        assert (verified.first_bad, verified.reason) == (None, "")
        assert verified.sealed > 0


def sound(database_url: str) -> None:
    """SQLite's own check of the file."""
    if database_url.startswith("sqlite:///"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        finally:
            connection.close()


async def _answers(uow: UnitOfWork, notes: Notebook) -> None:
    """Each accepted answer stands in the reply or, where the person was not through yet, in the open talk."""
    for (address, survey_id), accepted in notes.answers.items():
        person = await uow.people.by_email(address)
        survey = await uow.surveys.get(survey_id)
        assert person is not None
        assert survey is not None
        kept = await uow.surveys.response(survey, person.id)
        if kept is not None:
            stored = uow.surveys.answers(kept)
        else:
            assert "why" not in accepted, f"the reply of {address} to {survey_id} is lost"
            query = select(Conversation).where(Conversation.person_id == person.id, Conversation.subject == survey_id)
            talk = (await uow.session.execute(query)).scalar_one()
            stored = dict(uow.conversations.snapshot(talk).answers)
        for question, value in accepted.items():
            assert value in (UNKNOWN, stored.get(question)), (address, survey_id, accepted, stored, kept is None)


async def _pledges(uow: UnitOfWork, notes: Notebook) -> None:
    rows = [row for row, _ in await uow.pledges.everything()]
    by_reference = {row.reference: row.text for row in rows}
    for reference, text in notes.pledges.items():
        assert by_reference.get(reference) == text
    # Every pledge of theirs has a number of its own; words without one are an answer to a question that came twice.
    told_apart = Counter(row.text for row in rows if ", number " in row.text)
    twice = [(row.reference, row.text, row.made_at) for row in rows if told_apart[row.text] > 1]
    assert not twice, f"a pledge was recorded twice: {twice}"
    _gapless("P", by_reference)
    for reference in by_reference:
        await _once_in_the_log(uow, "pledge.made", reference)


async def _typed(uow: UnitOfWork, notes: Notebook, outside: Outside) -> None:
    """What was typed stands in a pledge or, where the person was not through yet, in the open talk."""
    for address, texts in notes.typed.items():
        person = await uow.people.by_email(address)
        assert person is not None
        kept = {words for pledge in await uow.pledges.of(person.id) for words in (pledge.text, pledge.plan_with)}
        for talk in await uow.conversations.open_of(person.id):
            kept |= {str(answer) for answer in uow.conversations.snapshot(talk).answers.values()}
        lost = set(texts) - kept
        assert not lost, f"{address} typed {sorted(lost)}, and it is nowhere:\n{outside.transcript(address)}"


async def _escalations(uow: UnitOfWork, notes: Notebook) -> None:
    rows = {row.reference: row for row in await uow.escalations.everything()}
    reasons = Counter[str]()
    for row in rows.values():
        words = [text for note, text in await uow.escalations.notes(row)]
        reasons.update(words)
        if row.reference in notes.escalations:
            assert notes.escalations[row.reference] in words
        told = {d.channel for d in await uow.deliveries.about(f"{row.reference}/1") if d.lane == Lane.ALERT}
        assert told == {Channel.EMAIL, Channel.SLACK}, f"{row.reference} was told over {told}"
    assert set(notes.escalations) <= set(rows)
    assert max(reasons.values(), default=1) == 1, "a disagreement was recorded twice"
    _gapless("E", rows)
    for reference in notes.acknowledged:
        assert rows[reference].state == "acknowledged", f"nobody remembers that {reference} was taken on"


async def _seats(uow: UnitOfWork, notes: Notebook) -> None:
    for (address, session), after in notes.booked.items():
        person = await uow.people.by_email(address)
        assert person is not None
        booking = await uow.briefings.booking_of(briefing_id=session, person_id=person.id)
        assert booking is not None
        assert (booking.state in OPEN) is (after == "held"), (address, session, after, booking.state)
    for briefing in (await uow.session.execute(select(Briefing))).scalars():
        rows = (await uow.session.execute(select(Booking).where(Booking.briefing_id == briefing.id))).scalars().all()
        taken = sum(row.state in HOLDS for row in rows)
        assert taken == briefing.booked <= briefing.capacity, f"{briefing.id} counts {briefing.booked}, holds {taken}"
        waiting = [row for row in rows if row.state == "waitlisted"]
        places = sorted([await uow.briefings.place(row) for row in waiting])
        assert places == list(range(1, len(waiting) + 1)), f"the queue of {briefing.id} has gaps: {places}"
        assert not waiting or taken == briefing.capacity, f"a seat of {briefing.id} is free while people wait"


async def messages(uow: UnitOfWork, outside: Outside, *, readers: int, editions: int) -> None:
    """Everything left at least once; what came twice was in doubt, and is the same message."""
    rows = (await uow.session.execute(select(Delivery))).scalars().all()
    fine = {DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.SUPERSEDED}
    rests = [row for row in rows if row.state == DeliveryState.UNCERTAIN]  # killed at each of its tries (settled)
    assert all(not comes_again(row.doubts - 1) for row in rests)
    odd = [(row.id, row.kind, row.state, row.doubts, row.last_reply) for row in rows if row.state not in fine]
    assert len(odd) == len(rests), f"these did not end well: {odd}"
    waiting = [row for row in rows if row.state == DeliveryState.QUEUED]
    assert {row.lane for row in waiting} <= {Lane.ROUTINE}, "something else than a reminder waits"
    assert all(row.lease is None for row in rows), "a claim was left behind"
    letters: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for mail in outside.sink.mails:
        letter = email.message_from_bytes(mail.raw, policy=email.policy.default)
        letters[str(letter["Message-ID"])].append((mail.recipient, str(letter["Date"])))
    posts = Counter(
        call.arguments["metadata"]["event_payload"]["reference"]
        for call in outside.workspace.log
        if call.method == "chat.postMessage" and not call.error
    )
    for row in rows:
        copies = letters.pop(row.message_id or "", []) if row.channel == Channel.EMAIL else []
        assert len(set(copies)) <= 1, f"copies of delivery {row.id} differ: {copies}"
        arrived = len(copies) if row.channel == Channel.EMAIL else posts[(row.message_id or "").strip("<>")]
        assert arrived <= row.doubts + 1, f"delivery {row.id} came {arrived} times with {row.doubts} doubts"
        if row.state == DeliveryState.SENT and row.replaces is None:
            assert arrived >= 1, f"delivery {row.id} of kind {row.kind} is called sent and never came"
    assert not letters, "letters came that no row knows"
    for number in range(1, editions + 1):
        edition = [row for row in rows if row.about == f"bulletin:edition-{number}" and row.lane == Lane.BULLETIN]
        assert {row.state for row in edition} <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}, f"edition {number}"
        assert len(edition) == readers, f"edition {number}"


async def _once_in_the_log(uow: UnitOfWork, action: str, thing: str) -> None:
    query = select(func.count()).where(AuditEntry.action == action, AuditEntry.thing == thing)
    assert (await uow.session.execute(query)).scalar_one() == 1, (action, thing)


def _gapless(letter: str, references: object) -> None:
    numbers = sorted(int(reference.rsplit("-", 1)[1]) for reference in references)  # type: ignore[attr-defined]  # names
    assert numbers == list(range(1, len(numbers) + 1)), f"{letter} has gaps: {numbers}"
