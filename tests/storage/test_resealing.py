"""Keys are rotated: with the old one, with both, with the new one alone, every sealed word can be read throughout."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.cli.doctor import database
from bot.cli.doctor.check import Check
from bot.conversation.flow import Surface
from bot.conversation.snapshot import Snapshot
from bot.keyring import CannotOpen, Keyring
from digests.housekeeping import SWEEPS
from storage.deliveries import SendingPolicy
from storage.resealing import SEALED, left_to_reseal, reseal, reseal_row
from storage.tables.escalations import Escalation, EscalationLearning, EscalationNote
from storage.tables.surveys import Survey, SurveyResponse
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

OLD, NEW = "the old secret of the test, long enough for it", "the new secret of the test, long enough for it"
WORDS = "We do not agree that the threshold is not met"


@asynccontextmanager
async def herald(url: str, *secrets: str) -> AsyncIterator[Store]:
    """Herald started with these secrets, the newest first."""
    store = Store(url, clock=MovingClock(), keyring=Keyring(secrets), sending=SendingPolicy(live=True, slack=True))
    try:
        yield store
    finally:
        await store.close()


async def seal_anew(store: Store) -> int:
    return await next(sweep for sweep in SWEEPS if sweep.name == "keys.seal-anew").run(store)


async def an_escalation(store: Store, *, notes: int = 1) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        ada = await a_person(uow, "Ada", agency_id="northmere-health")
        escalation = Escalation(
            reference="E-2026-0001",
            raised_by=ada.id,
            raising_agency="northmere-health",
            other_agency="northmere-council",
            kind="threshold",
            urgency="standard",
            policy_version="2026-1",
            state="awaiting_ack",
            stage="practitioners",
            raised_at=uow.now,
            state_since=uow.now,
        )
        await uow.escalations.add(escalation)
        for number in range(notes):
            text = f"{WORDS} {number}"
            await uow.escalations.write(escalation, kind="concern", author_id=ada.id, text=text)


async def words_of(store: Store) -> list[str]:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference("E-2026-0001")
        assert escalation is not None
        return [text for _, text in await uow.escalations.notes(escalation)]


async def test_old_then_both_then_the_new_one_alone(database_url: str) -> None:
    async with herald(database_url, OLD) as store:
        await an_escalation(store, notes=3)
        before = await words_of(store)
        assert await seal_anew(store) == 0, "there is nothing to rotate to"
    async with herald(database_url, NEW, OLD) as store:
        assert await words_of(store) == before, "readable at once, before any sweep"
        async with store.reading() as uow:
            assert await left_to_reseal(uow) == 3
        assert await seal_anew(store) == 3
        assert await seal_anew(store) == 0
    async with herald(database_url, NEW) as store:
        assert await words_of(store) == before
        async with store.reading() as uow:
            assert await left_to_reseal(uow) == 0


async def test_whatever_else_is_sealed_opens_with_the_new_key_alone(database_url: str) -> None:
    """A talk in the middle, a survey's reply, what was learned: each through the door that reads it."""
    async with herald(database_url, OLD) as store:
        await an_escalation(store)
        async with store.transaction() as uow:
            ada = await uow.people.by_email("ada@example.org")
            assert ada is not None
            talk = await uow.conversations.begin(
                person_id=ada.id,
                snapshot=Snapshot(flow="escalation", version=1, step="concern", answers={"reason": WORDS}),
                subject="",
                surface=Surface.WEB,
                expires_at=uow.now + timedelta(days=1),
            )
            learning = EscalationLearning(escalation_id=1, theme="thresholds")
            learning.sealed = uow.keyring.seal(WORDS, about="escalation_learning/1/sealed")
            uow.session.add(learning)
            survey = Survey(
                id="views",
                version=1,
                mode="named",
                document="",
                content_hash="",
                owner="",
                title="",
                applied_at=uow.now,
            )
            uow.session.add(survey)
            await uow.session.flush()
            await uow.surveys.keep(survey, ada.id, about="", answers={"why": WORDS}, cuts={})
    async with herald(database_url, NEW, OLD) as store:
        assert await seal_anew(store) == 4
    async with herald(database_url, NEW) as store, store.reading() as uow:
        again = await uow.conversations.get(talk.id)
        assert again is not None
        assert uow.conversations.snapshot(again).answers["reason"] == WORDS
        reply = (await uow.session.execute(select(SurveyResponse))).scalar_one()
        assert uow.surveys.answers(reply) == {"why": WORDS}
        learned = (await uow.session.execute(select(EscalationLearning))).scalar_one()
        assert uow.keyring.open(learned.sealed or "", about="escalation_learning/1/sealed") == WORDS


async def test_stopped_in_the_middle_it_goes_on_where_it_was(database_url: str) -> None:
    async with herald(database_url, OLD) as store:
        await an_escalation(store, notes=7)
        before = await words_of(store)

    async def until_it_dies(store: Store) -> None:
        async with store.transaction() as uow:
            assert await reseal(uow, limit=3) == 3
        async with store.transaction() as uow:
            await reseal(uow, limit=3)
            raise ConnectionError

    async with herald(database_url, NEW, OLD) as store:
        with pytest.raises(ConnectionError):
            await until_it_dies(store)
    async with herald(database_url, NEW, OLD) as store:
        assert await words_of(store) == before, "half old, half new, and all of it is read"
        async with store.reading() as uow:
            assert await left_to_reseal(uow) == 4
        assert await seal_anew(store) == 4
    async with herald(database_url, NEW) as store:
        assert await words_of(store) == before


async def test_the_doctor_says_what_an_older_key_still_holds(sqlite_url: str) -> None:
    async with herald(sqlite_url, OLD) as store:
        await an_escalation(store)
        assert (await _older_keys(store)).good
    async with herald(sqlite_url, NEW) as store:
        too_early = await _older_keys(store)
        assert (too_early.good, too_early.blocking) == (False, True)
        assert "Put the older secret back" in too_early.remedy
    async with herald(sqlite_url, NEW, OLD) as store:
        waits = await _older_keys(store)
        assert (waits.good, waits.blocking, waits.found) == (False, False, "1 text is still sealed with an older one")
        await seal_anew(store)
        assert (await _older_keys(store)).good
    async with herald(sqlite_url, NEW) as store:
        assert (await _older_keys(store)).good


async def _older_keys(store: Store) -> Check:
    return next(check for check in [check async for check in database(store)] if check.name == "older keys")


async def test_words_put_into_another_row_open_nowhere_and_hold_nothing_else_up(database_url: str) -> None:
    async with herald(database_url, OLD) as store:
        await an_escalation(store, notes=3)
        async with store.transaction() as uow:
            first, second, _ = (await uow.session.execute(select(EscalationNote).order_by(EscalationNote.id))).scalars()
            first.sealed, second.sealed = second.sealed, first.sealed
        with pytest.raises(CannotOpen, match="moved or changed"):
            await words_of(store)
    async with herald(database_url, NEW, OLD) as store:
        assert await seal_anew(store) == 1, "the third is sealed anew; the two stay as they are, as evidence"
        async with store.reading() as uow:
            assert await left_to_reseal(uow) == 2


async def test_what_somebody_writes_while_it_is_sealed_anew_stands(sqlite_url: str) -> None:
    async with herald(sqlite_url, OLD) as store:
        await an_escalation(store)
    async with herald(sqlite_url, NEW, OLD) as store:
        async with store.reading() as uow:
            (note,) = (await uow.session.execute(select(EscalationNote))).scalars()
            read_before = note.sealed
        async with store.transaction() as uow:
            newer = uow.keyring.seal("Written meanwhile", about=f"escalation_note/{note.id}/sealed")
            await uow.session.execute(update(EscalationNote).values(sealed=newer))
        async with store.transaction() as uow:
            assert await reseal_row(uow, SEALED[0], key=note.id, sealed=read_before) == 0
        assert await words_of(store) == ["Written meanwhile"]
