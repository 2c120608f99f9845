"""A long random life of escalations: whatever people, holidays and outages do, none of them is ever left in silence."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.conversation.prompt import Notice
from bot.keyring import Keyring
from bot.links import Purpose
from bot.rules.escalation_states import OPEN
from digests.escalations import run_clocks
from handlers.escalations.clock import what_is_next
from storage.deliveries import SendingPolicy
from storage.tables.deliveries import Delivery
from storage.unit_of_work import Store
from tests.attacks.northmere import Cast, a_cast, pressed, raised
from tests.clocks import MovingClock
from tests.databases import PostgresTemplate, SqliteTemplate
from tests.talking import talk

BEGINNINGS = (
    datetime(2026, 10, 23, 15, 30, tzinfo=UTC),  # summer time ends on the Sunday
    datetime(2026, 12, 24, 11, 0, tzinfo=UTC),  # Christmas, a substitute holiday, New Year
    datetime(2027, 3, 25, 16, 55, tzinfo=UTC),  # Easter, and summer time begins on the Sunday
    datetime(2028, 2, 28, 10, 0, tzinfo=UTC),  # the day before 29 February
)


class Life(RuleBasedStateMachine):
    """Raise, take on, answer, settle, leave, be away, miss sweeps, jump in time."""

    escalations = Bundle("escalations")
    template: SqliteTemplate | PostgresTemplate

    @initialize(start=st.sampled_from(BEGINNINGS))
    def begin(self, start: datetime) -> None:
        self.loop = asyncio.new_event_loop()
        self.file = self.template.fresh()
        self.clock = MovingClock(start)
        ring = Keyring(("a secret of the long life of escalations",))
        sending = SendingPolicy(live=True, slack=True)
        self.store = Store(self.file.__enter__(), clock=self.clock, keyring=ring, sending=sending, durable=False)
        self.cast: Cast = self.do(a_cast(self.store))
        self.swept = True
        self.gone: dict[int, datetime] = {}

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @rule(target=escalations, urgency=st.sampled_from(["standard", "urgent"]))
    def raise_one(self, urgency: str) -> str:
        reference: str = self.do(raised(self.store, self.cast.ada, urgency=urgency))
        return reference

    @rule(
        reference=escalations,
        who=st.sampled_from(["may", "max", "dee", "lea", "exa", "eve"]),
        number=st.integers(1, 3),
    )
    def acknowledge(self, reference: str, who: str, number: int) -> None:
        self.do(pressed(self.store, getattr(self.cast, who), Purpose.ALERT, f"{reference}/{number}", "acknowledge"))

    @rule(reference=escalations, who=st.sampled_from(["may", "max", "lea", "exa"]))
    def respond(self, reference: str, who: str) -> None:
        self.do(
            talk(
                self.store,
                getattr(self.cast, who),
                "escalation-response",
                subject=reference,
                response="agree",
                words="We look again",
            )
        )

    @rule(
        reference=escalations,
        choice=st.sampled_from(["resolve", "advance", "advance", "give-time", "withdraw"]),
        number=st.integers(1, 3),
    )
    def decide(self, reference: str, choice: str, number: int) -> None:
        done = self.do(pressed(self.store, self.cast.ada, Purpose.ESCALATION, f"{reference}/{number}", choice))
        assert isinstance(done, Notice)

    @rule(who=st.sampled_from(["may", "max", "dee", "exa"]), days=st.integers(0, 9))
    def go_away(self, who: str, days: int) -> None:
        async def away() -> None:
            async with self.store.transaction() as uow:
                person = await uow.people.get(getattr(self.cast, who).id)
                assert person is not None
                person.away_until = (self.clock.now + timedelta(days=days)).date()

        self.do(away())

    @rule(who=st.sampled_from(["may", "max", "dee", "exa"]), noticed=st.booleans())
    def leave(self, who: str, noticed: bool) -> None:
        """Whether or not the register has noticed yet that their last day is over. Pages they have open stay open."""

        async def left() -> None:
            async with self.store.transaction() as uow:
                person = await uow.people.get(getattr(self.cast, who).id)
                assert person is not None
                person.leaves_on = (self.clock.now - timedelta(days=2)).date()
                person.left_at = self.clock.now if noticed else None
                self.gone.setdefault(person.id, self.clock.now)

        self.do(left())

    @rule(minutes=st.integers(1, 60 * 24 * 12))
    def time_passes_without_a_sweep(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)
        self.swept = False

    @rule(workers=st.integers(1, 2))
    def sweep(self, workers: int) -> None:
        async def sweeps() -> None:
            await asyncio.gather(*(run_clocks(self.store) for _ in range(workers)))

        self.do(sweeps())
        self.swept = True

    @invariant()
    def never_silent(self) -> None:
        if hasattr(self, "store"):
            self.do(self._never_silent())

    async def _never_silent(self) -> None:
        async with self.store.reading() as uow:
            for escalation in await uow.escalations.everything():
                following = await what_is_next(uow, escalation)
                assert (following is not None) == (escalation.state in OPEN)
                assert following is None or not self.swept or following.at > self.clock.now
                step = await uow.escalations.step(escalation)
                assert step is not None
                told = [contact for contact in await uow.escalations.contacts(step) if contact.alerted_at is not None]
                assert told, "at every step somebody was told"
                for each in await uow.escalations.steps([escalation.id]):
                    self._by_somebody_present(each.acknowledged_by, each.acknowledged_at)
                    self._by_somebody_present(each.responded_by, each.responded_at)
            rows = (await uow.session.execute(select(Delivery).where(Delivery.kind == "escalation.alert"))).scalars()
            alerts = Counter((row.about, row.person_id or row.address, row.channel) for row in rows)
            assert max(alerts.values(), default=1) == 1, "nobody is alerted twice for one step"

    def _by_somebody_present(self, person_id: int | None, when: datetime | None) -> None:
        left = None if person_id is None else self.gone.get(person_id)
        assert left is None or when is None or when <= left, "nobody acts who has left"

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return

        async def end() -> None:
            async with self.store.transaction() as uow:
                while await uow.audit.seal():
                    pass
                verified = await uow.audit.verify()
            await self.store.close()
            assert verified.first_bad is None

        self.do(end())
        self.file.__exit__(None, None, None)
        self.loop.close()


def many_lives(template: SqliteTemplate | PostgresTemplate, *, lives: int) -> None:
    Life.template = template
    chosen = settings(
        max_examples=lives, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Life, settings=chosen)


def test_an_escalation_is_never_left_in_silence(sqlite_template: SqliteTemplate) -> None:
    many_lives(sqlite_template, lives=12)


@pytest.mark.nightly
def test_nor_in_three_hundred_lives(sqlite_template: SqliteTemplate) -> None:
    many_lives(sqlite_template, lives=300)


@pytest.mark.nightly
def test_nor_on_postgresql(postgres_template: PostgresTemplate) -> None:
    many_lives(postgres_template, lives=40)
