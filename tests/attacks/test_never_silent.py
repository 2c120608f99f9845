"""A long random life of escalations: whatever people, holidays, outages and power cuts do, none is left in silence."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.conversation.prompt import Notice, Receipt
from bot.files.problems import FileProblems
from bot.keyring import Keyring
from bot.links import Purpose
from digests.escalations import run_clocks, tell_who_took_over
from digests.merging import merge_waiting
from handlers.acts import Done, Press
from handlers.escalations.ending import close_by_lead
from handlers.escalations.presence import why_not_here
from handlers.files import apply_file
from handlers.people_present import has_left, today_of
from handlers.registry import ACTS
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store, UnitOfWork
from tests.attacks.escalation_life import (
    COUNCIL,
    FILES,
    HEALTH,
    POLICE,
    SCHOOL,
    Cut,
    Post,
    everybody,
    finished,
    in_spite_of,
    next_moment,
    raised,
    sweep_cut_short,
    whose_turn,
)
from tests.attacks.escalation_silence import (
    Promised,
    as_it_stands,
    chain_verifies,
    clocks_stand,
    never_silent,
    one_version,
    one_waits_at_most,
    told_by_a_message,
    told_once,
)
from tests.clocks import MovingClock
from tests.databases import PostgresTemplate, SqliteTemplate

BEGINNINGS = (
    datetime(2026, 10, 23, 15, 30, tzinfo=UTC),  # summer time ends on the Sunday
    datetime(2026, 12, 24, 11, 0, tzinfo=UTC),  # Christmas, a substitute holiday, New Year
    datetime(2027, 3, 25, 16, 55, tzinfo=UTC),  # Easter, and summer time begins on the Sunday
    datetime(2028, 2, 28, 10, 0, tzinfo=UTC),  # the day before 29 February
)
OTHER_SIDE = ("may", "max", "dee", "exa", "hal", "lea")
OWN_SIDE = ("ada", "bea", "gus", "lea")
ANYBODY = (*OTHER_SIDE, *OWN_SIDE, "kit", "ina")
LEAVES = ("ada", "gus", "may", "max", "dee", "exa", "hal", "lea")
STAGES = ("practitioners", "managers", "heads", "panel", "executive", "partners")
LIVE, PRACTICE = SendingPolicy(live=True, slack=True), SendingPolicy(live=False, slack=True)
Made = TypeVar("Made")
cuts, numbers = st.sampled_from(Cut), st.sampled_from([0, 1, 1, 2, 2, 3, 4])


class Life(RuleBasedStateMachine):
    """Every event there is, in any order, by anybody, on buttons new and old, with cuts of the power in between."""

    escalations = Bundle("escalations")
    template: SqliteTemplate | PostgresTemplate

    @initialize(
        target=escalations,
        start=st.sampled_from(BEGINNINGS),
        live=st.sampled_from([True, True, True, False]),
        other=st.sampled_from([COUNCIL, SCHOOL]),
    )
    def begin(self, start: datetime, live: bool, other: str) -> str | MultipleResults[str]:
        self.loop = asyncio.new_event_loop()
        self.file = self.template.fresh()
        self.clock = MovingClock(start)
        self.url = self.file.__enter__()
        self.store = self.a_store(LIVE if live else PRACTICE)
        self.cast = self.do(everybody(self.store))
        self.post = Post(self.store)
        self.swept, self.versions, self.policies = True, dict[str, str](), dict[str, object]()
        self.clocks: dict[str, Promised] = {}
        return self.raise_with(other, "standard", "", Cut.NOT)

    def a_store(self, sending: SendingPolicy) -> Store:
        ring = Keyring(("a secret of the long life of escalations",))
        return Store(self.url, clock=self.clock, keyring=ring, sending=sending, durable=False)

    def do(self, work: Awaitable[Made]) -> Made:
        return self.loop.run_until_complete(work)

    # What people do

    @rule(
        target=escalations,
        other=st.sampled_from([COUNCIL, COUNCIL, SCHOOL]),
        urgency=st.sampled_from(["standard", "urgent"]),
        named=st.sampled_from(["", "may@example.org", "gus@example.org", "nobody@example.org"]),
        cut=st.sampled_from([Cut.NOT, Cut.BEFORE]),
    )
    def raise_one(self, other: str, urgency: str, named: str, cut: Cut) -> str | MultipleResults[str]:
        return self.raise_with(other, urgency, named, cut)

    def raise_with(self, other: str, urgency: str, named: str, cut: Cut) -> str | MultipleResults[str]:
        def unit(uow: UnitOfWork) -> Awaitable[Done]:
            return raised(uow, self.cast["ada"], other_agency=other, urgency=urgency, counterpart=named)

        done = self.do(in_spite_of(cut, self.store, unit))
        return done.reference if isinstance(done, Receipt) else multiple()

    @rule(reference=escalations, who=st.sampled_from(OTHER_SIDE), number=numbers, cut=cuts)
    def acknowledge(self, reference: str, who: str, number: int, cut: Cut) -> None:
        self.pressed(who, Purpose.ALERT, f"{reference}/{number}", "acknowledge", cut)

    @rule(
        reference=escalations,
        who=st.sampled_from(ANYBODY),
        choice=st.sampled_from(["acknowledge", "rethink", "resolve", "advance", "give-time"]),
        number=numbers,
        cut=cuts,
    )
    def press(self, reference: str, who: str, choice: str, number: int, cut: Cut) -> None:
        alert = choice in ("acknowledge", "rethink")
        self.pressed(who, Purpose.ALERT if alert else Purpose.ESCALATION, f"{reference}/{number}", choice, cut)

    @rule(reference=escalations, nth=st.integers(0, 5), choice=st.sampled_from(["acknowledge", "rethink"]), cut=cuts)
    def who_was_told_takes_it_on(self, reference: str, nth: int, choice: str, cut: Cut) -> None:
        number, told, _ = self.do(whose_turn(self.store, reference))
        if told:
            self.pressed(self.name_of(told[nth % len(told)]), Purpose.ALERT, f"{reference}/{number}", choice, cut)

    @rule(reference=escalations, choice=st.sampled_from(["advance", "advance", "give-time"]), number=numbers, cut=cuts)
    def decide(self, reference: str, choice: str, number: int, cut: Cut) -> None:
        self.pressed("ada", Purpose.ESCALATION, f"{reference}/{number}", choice, cut)

    def name_of(self, person_id: int) -> str:
        return next(name for name, person in self.cast.items() if person.id == person_id)

    def pressed(self, who: str, purpose: Purpose, about: str, choice: str, cut: Cut) -> None:
        self.acted(who, lambda uow: ACTS[purpose].act(uow, Press(self.cast[who], about, choice, "a press")), cut)
        if choice == "give-time":
            self.swept = False  # where nobody had taken it on, the ladder goes on: whose turn is past is due at once

    @rule(reference=escalations, who=st.sampled_from(OTHER_SIDE), to=st.sampled_from(ANYBODY), cut=cuts)
    def hand_on(self, reference: str, who: str, to: str, cut: Cut) -> None:
        self.talked(who, "escalation-hand-on", reference, {"to": f"{to}@example.org"}, cut)

    @rule(reference=escalations, who=st.sampled_from(OTHER_SIDE), cut=cuts)
    def respond(self, reference: str, who: str, cut: Cut) -> None:
        self.talked(who, "escalation-response", reference, {"response": "agree", "words": "We look again"}, cut)

    @rule(reference=escalations, who=st.sampled_from(OWN_SIDE), stage=st.sampled_from(STAGES), cut=cuts)
    def skip(self, reference: str, who: str, stage: str, cut: Cut) -> None:
        answers = {"stage": stage, "reason": "It cannot wait", "named": "exa@example.org"}
        self.talked(who, "escalation-skip", reference, answers, cut)

    @rule(
        reference=escalations,
        who=st.sampled_from(OWN_SIDE),
        talk=st.sampled_from(["withdraw", "reopen", "reopen", "hand-over", "learning"]),
        cut=cuts,
    )
    def talk(self, reference: str, who: str, talk: str, cut: Cut) -> None:
        answers = {"reason": "It has changed", "to": "bea@example.org", "theme": "roles", "words": "We ring first"}
        self.talked(who, f"escalation-{talk}", reference, answers, cut)

    @rule(reference=escalations, who=st.sampled_from(["lea", "lea", "kit", "ada"]), cut=cuts)
    def close(self, reference: str, who: str, cut: Cut) -> None:
        self.acted(who, lambda uow: close_by_lead(uow, reference=reference, by=self.cast[who]), cut)

    def talked(self, who: str, talk: str, reference: str, answers: dict[str, str], cut: Cut) -> None:
        self.acted(who, lambda uow: finished(uow, self.cast[who], talk, reference, answers), cut)

    def acted(self, who: str, unit: Callable[[UnitOfWork], Awaitable[Done]], cut: Cut) -> None:
        """Somebody acts. Who has left, or has no part in it, changes nothing."""

        async def act() -> None:
            async with self.store.reading() as uow:
                before = await as_it_stands(uow)
                person = await uow.people.get(self.cast[who].id)
                assert person is not None
                outside = who == "ina" or await has_left(uow, person)
                if why_not_here(person, today=await today_of(uow)) is not None:
                    self.swept = False  # what somebody takes on who is away is theirs until the sweep asks others too
            done = await in_spite_of(cut, self.store, unit)
            assert isinstance(done, Notice | Receipt)
            async with self.store.reading() as uow:
                assert not outside or await as_it_stands(uow) == before, f"{who} has no part in it"

        self.do(act())

    # What happens to people, to the policy, to the ways out and to time

    @rule(
        who=st.sampled_from(LEAVES),
        what=st.sampled_from(["away", "away", "back", "left", "last day over", "moved", "no role"]),
        days=st.integers(0, 9),
        agency=st.sampled_from([COUNCIL, HEALTH, POLICE, SCHOOL]),
        then_swept=st.booleans(),
    )
    def people_change(self, who: str, what: str, days: int, agency: str, then_swept: bool) -> None:
        async def change() -> None:
            async with self.store.transaction() as uow:
                person = await uow.people.get(self.cast[who].id)
                assert person is not None
                match what:
                    case "away":
                        person.away_until = (self.clock.now + timedelta(days=days)).date()
                    case "back":
                        person.away_until = person.left_at = person.leaves_on = None
                    case "left":
                        person.left_at = self.clock.now
                    case "last day over":  # and the register has not noticed yet
                        person.leaves_on = (self.clock.now - timedelta(days=2)).date()
                    case "moved":
                        person.agency_id = agency
                    case _:
                        person.roles = ["practitioner"]

        self.do(change())
        self.swept = False
        if then_swept:
            self.sweep_whole(workers=1)

    @rule(
        reference=escalations, nth=st.integers(0, 5), what=st.sampled_from(["away", "left"]), then_swept=st.booleans()
    )
    def whose_turn_it_is_goes(self, reference: str, nth: int, what: str, then_swept: bool) -> None:
        """Who has it, else somebody who was told."""
        _, told, has_it = self.do(whose_turn(self.store, reference))
        going = [has_it] if has_it is not None else told
        if going and (who := self.name_of(going[nth % len(going)])) in LEAVES:
            self.people_change(who, what, 3, HEALTH, then_swept)

    @rule(name=st.sampled_from(sorted(FILES)))
    def file_applied(self, name: str) -> None:
        async def apply() -> None:
            async with self.store.transaction() as uow:
                await apply_file(uow, name="partnership.yaml", text=FILES[name])

        try:
            self.do(apply())
        except FileProblems:
            assert name == "edited" or (name == "draft" and self.store.sending.live)
        self.swept = False

    @rule()
    def goes_live(self) -> None:
        self.swept = self.swept and self.store.sending.live
        self.store.sending = LIVE

    @rule(
        channel=st.sampled_from(["email", "slack", "slack"]),
        fate=st.sampled_from(["taken", "taken", "later", "refused", "lost"]),
    )
    def a_way_fails(self, channel: str, fate: str) -> None:
        self.post.ways[channel] = fate

    @rule(who=st.sampled_from([*LEAVES, "duty@council.example.org"]), channel=st.sampled_from(["email", "slack"]))
    def a_way_to_somebody_ends_for_good(self, who: str, channel: str) -> None:
        self.post.broken.add((self.cast[who].id if who in self.cast else who, channel))

    @rule(workers=st.integers(1, 2), cut=st.sampled_from([Cut.NOT, Cut.NOT, Cut.BEFORE, Cut.AFTER]))
    def deliver(self, workers: int, cut: Cut) -> None:
        async def work() -> None:
            await asyncio.gather(*(self.post.round(cut=cut) for _ in range(workers)))
            if cut is Cut.NOT:
                await merge_waiting(self.store)

        self.do(work())
        self.swept = False  # a refusal for good makes somebody unreachable

    @rule(
        minutes=st.one_of(st.integers(1, 60 * 12), st.integers(1, 60 * 24 * 3), st.integers(1, 60 * 24 * 12)),
        then_swept=st.booleans(),
    )
    def time_passes(self, minutes: int, then_swept: bool) -> None:
        self.clock.move(minutes=minutes)
        self.swept = False
        if then_swept:
            self.sweep_whole(workers=1)

    @rule(reference=escalations, seconds=st.sampled_from([-1, 0, 0, 1]))
    def the_next_step_comes(self, reference: str, seconds: int) -> None:
        """To the moment at which something is due of itself, or just before it, and a sweep."""
        at = self.do(next_moment(self.store, reference))
        if at is not None and at > self.clock.now:
            self.clock.set(at + timedelta(seconds=seconds))
            self.sweep_whole(workers=1)

    @rule(hours=st.sampled_from([-1, 1]))
    def the_clock_jumps(self, hours: int) -> None:
        self.clock.move(hours=hours)
        self.swept = False

    @rule(workers=st.integers(1, 2), cut=st.sampled_from([Cut.NOT, Cut.NOT, Cut.NOT, Cut.BEFORE]))
    def sweep(self, workers: int, cut: Cut) -> None:
        if cut is Cut.NOT:
            self.sweep_whole(workers=workers)
        else:
            self.do(sweep_cut_short(self.store))

    def sweep_whole(self, *, workers: int) -> None:
        async def sweeps() -> None:
            await asyncio.gather(*(run_clocks(self.store) for _ in range(workers)))
            await asyncio.gather(*(tell_who_took_over(self.store) for _ in range(workers)))

        self.do(sweeps())
        self.swept = True

    @rule()
    def restart(self) -> None:
        """A new process on the same database."""
        self.do(self.store.close())
        self.store = self.post.store = self.a_store(self.store.sending)

    @invariant()
    def nobody_is_left_in_silence(self) -> None:
        async def look() -> None:
            async with self.store.reading() as uow:
                await never_silent(uow, swept=self.swept)
                await told_once(uow)
                await told_by_a_message(uow)
                await one_waits_at_most(uow)
                await one_version(uow, self.versions, self.policies)
                await clocks_stand(uow, self.clocks)

        if hasattr(self, "store"):
            self.do(look())
            assert max(self.post.taken.values(), default=1) == 1, self.post.taken

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return

        async def end() -> None:
            await run_clocks(self.store)
            async with self.store.transaction() as uow:
                await never_silent(uow, swept=True)
                await chain_verifies(uow)

        try:
            self.do(end())
        finally:
            self.do(self.store.close())
            self.file.__exit__(None, None, None)
            self.loop.close()


def many_lives(template: SqliteTemplate | PostgresTemplate, *, lives: int, steps: int = 25) -> None:
    Life.template = template
    chosen = settings(
        max_examples=lives, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Life, settings=chosen)


def test_an_escalation_is_never_left_in_silence(sqlite_template: SqliteTemplate) -> None:
    many_lives(sqlite_template, lives=10)


@pytest.mark.nightly
def test_nor_in_three_hundred_long_lives(sqlite_template: SqliteTemplate) -> None:
    many_lives(sqlite_template, lives=300, steps=60)


@pytest.mark.nightly
def test_nor_on_postgresql(postgres_template: PostgresTemplate) -> None:
    many_lives(postgres_template, lives=40, steps=40)
