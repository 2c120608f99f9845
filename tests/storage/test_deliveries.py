"""The outbox on both databases: queued once, claimed once, settled only by whoever holds the claim."""

import asyncio
from datetime import timedelta

import pytest

from storage.claims import Claim
from storage.deliveries import Message, SendingPolicy
from storage.results import Recorded
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.factories import a_person

LEASE = timedelta(seconds=60)
NAMES = "<{}@x>"


async def told(store: Store, *keys: str, lane: Lane = Lane.PROMPT, **given: object) -> Person:
    """Somebody with a message for each key."""
    async with store.transaction() as uow:
        person = await uow.people.by_email("ada@example.org") or await a_person(uow, "Ada")
        for key in keys:
            await uow.deliveries.tell(person, Message("hello", key, lane=lane, about="x", **given))  # type: ignore[arg-type]  # given by name
        return person


async def take(
    uow: UnitOfWork, *, lane: Lane = Lane.PROMPT, limit: int = 100, owner: str = "one", names: str = NAMES
) -> Claim:
    return await uow.deliveries.claims.take(
        lane=lane, channel=Channel.EMAIL, limit=limit, lease=LEASE, owner=owner, names=names.format
    )


def sent(row: Delivery, claim: Claim, store: Store) -> Recorded:
    return Recorded(row.id, claim.token, "accepted", DeliveryState.SENT, store.clock(), "250 fine")


async def rows(store: Store) -> list[Delivery]:
    async with store.reading() as uow:
        return sorted(await uow.deliveries.about("x"), key=lambda row: row.id)


async def test_a_ledger_key_means_one_message_however_many_queue_it_at_once(store: Store) -> None:
    await told(store)
    await asyncio.gather(*(told(store, "same") for _ in range(5)))
    assert len(await rows(store)) == 1


async def test_the_longest_due_is_taken_first_and_nothing_twice(store: Store, clock: MovingClock) -> None:
    await told(store, "late")
    clock.move(minutes=1)
    await told(store, "later", "latest")
    async with store.transaction() as uow:
        first = await take(uow, limit=2)
    async with store.transaction() as uow:
        rest = await take(uow)
    assert [row.ledger_key.partition(":")[0] for row in (*first.rows, *rest.rows)] == ["late", "later", "latest"]
    assert [row.attempts for row in first.rows] == [1, 1]


async def test_two_workers_at_once_share_what_is_due(store: Store) -> None:
    await told(store, *(f"m{number}" for number in range(40)))

    async def work(owner: str) -> list[int]:
        mine: list[int] = []
        while True:
            async with store.transaction() as uow:
                claim = await take(uow, limit=3, owner=owner)
                mine += [row.id for row in claim.rows]
                await uow.deliveries.results.settle([sent(row, claim, store) for row in claim.rows])
            if not claim.rows:
                return mine

    taken = [row_id for mine in await asyncio.gather(work("one"), work("two"), work("three")) for row_id in mine]
    assert len(taken) == len(set(taken)) == 40


async def test_lanes_and_subjects_are_taken_apart(store: Store) -> None:
    await told(store, "a", lane=Lane.ALERT)
    await told(store, "b", lane=Lane.BULLETIN)
    async with store.transaction() as uow:
        assert not (await take(uow, lane=Lane.ROUTINE)).rows
        assert await uow.deliveries.claims.due(channel=Channel.EMAIL, lanes=[Lane.ALERT])
        assert not await uow.deliveries.claims.due(channel=Channel.SLACK, lanes=list(Lane))
        claims = uow.deliveries.claims
        held = await claims.take(
            lane=Lane.BULLETIN,
            channel=Channel.EMAIL,
            limit=9,
            lease=LEASE,
            owner="one",
            names=NAMES.format,
            but_not_about=["x"],
        )
        assert not held.rows
        assert len((await take(uow, lane=Lane.ALERT)).rows) == 1


async def test_who_lost_the_claim_cannot_close_it(store: Store, clock: MovingClock) -> None:
    await told(store, "a")
    async with store.transaction() as uow:
        slow = await take(uow, owner="slow")
    clock.move(seconds=61)
    async with store.transaction() as uow:
        assert await uow.deliveries.claims.free_expired() == 1
        quick = await take(uow, owner="quick")
    async with store.transaction() as uow:
        assert await uow.deliveries.results.settle([sent(slow.rows[0], slow, store)]) == set()
        assert await uow.deliveries.claims.held({slow.rows[0].id: slow.token}) == {}
    [row] = await rows(store)
    assert (row.state, row.lease, row.doubts) == (DeliveryState.CLAIMED, quick.token, 1)
    async with store.transaction() as uow:
        assert await uow.deliveries.results.settle([sent(quick.rows[0], quick, store)]) == {row.id}
        assert [attempt.outcome for attempt in await uow.deliveries.attempts_of(row.id)] == [
            "uncertain",
            "accepted",
            "accepted",
        ]
    [row] = await rows(store)
    assert (row.state, row.sent_at, row.lease) == (DeliveryState.SENT, clock.now, None)


async def test_a_worker_that_falls_silent_three_times_leaves_the_message_to_a_person(
    store: Store, clock: MovingClock
) -> None:
    await told(store, "a")
    for _ in range(3):
        async with store.transaction() as uow:
            await uow.deliveries.claims.free_expired()
            assert len((await take(uow)).rows) == 1
        clock.move(seconds=61)
    async with store.transaction() as uow:
        await uow.deliveries.claims.free_expired()
        assert not (await take(uow)).rows
        assert [row.state for row in await uow.deliveries.needing_a_person()] == [DeliveryState.UNCERTAIN]


async def test_message_id_and_date_are_fixed_once(store: Store, clock: MovingClock) -> None:
    await told(store, "a")
    begun = clock.now
    for name in ("<one@x>", "<two@x>"):
        async with store.transaction() as uow:
            claim = await take(uow, names=name)
            assert (claim.rows[0].message_id, claim.rows[0].message_date) == ("<one@x>", begun)
            await uow.deliveries.claims.release(claim.token, [row.id for row in claim.rows])
        clock.move(minutes=5)
    [row] = await rows(store)
    assert (row.message_id, row.message_date, row.attempts) == ("<one@x>", begun, 0)


async def test_what_a_dead_worker_only_claimed_goes_back_as_if_untouched(store: Store) -> None:
    await told(store, "a", "b")
    async with store.transaction() as uow:
        await take(uow, owner="dead", limit=1)
        await take(uow, owner="alive", limit=1)
    async with store.transaction() as uow:
        assert await uow.deliveries.claims.free_owner("dead") == 1
    assert [(row.state, row.attempts, row.doubts) for row in await rows(store)] == [
        (DeliveryState.QUEUED, 0, 0),
        (DeliveryState.CLAIMED, 1, 0),
    ]


async def test_a_result_for_somebody_who_was_erased_meanwhile_is_let_go(store: Store) -> None:
    person = await told(store, "a")
    async with store.transaction() as uow:
        claim = await take(uow)
    async with store.transaction() as uow:
        await uow.people.erase(person)
    async with store.transaction() as uow:
        assert await uow.deliveries.results.settle([sent(claim.rows[0], claim, store)]) == set()


async def test_over_to_another_channel_is_the_same_message_and_happens_once(store: Store) -> None:
    async with store.transaction() as uow:
        ben = await a_person(uow, "Ben", slack_id="U0BEN")
        await uow.deliveries.tell(ben, Message("hello", "k", about="x", facts={"n": 1}))
    [row] = await rows(store)
    async with store.transaction() as uow:
        assert await uow.deliveries.switch(row, ben, to=Channel.EMAIL)
        assert not await uow.deliveries.switch(row, ben, to=Channel.EMAIL)
    in_slack, mailed = await rows(store)
    assert (mailed.ledger_key, mailed.facts) == (f"k:{ben.id}:email", {"n": 1})
    assert in_slack.ledger_key == f"k:{ben.id}:slack"


async def test_the_alarm_counts_from_when_an_alert_was_first_due_until_one_channel_took_it(
    store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        ben = await a_person(uow, "Ben", slack_id="U0BEN")
        both = (Channel.SLACK, Channel.EMAIL)
        await uow.deliveries.tell(ben, Message("alert", "k", lane=Lane.ALERT, about="x"), channels=both)
    first_due = clock.now
    async with store.transaction() as uow:
        claim = await take(uow, lane=Lane.ALERT)
        later = Recorded(
            claim.rows[0].id,
            claim.token,
            "deferred",
            DeliveryState.QUEUED,
            uow.now,
            retry_at=uow.now + timedelta(hours=1),
        )
        await uow.deliveries.results.settle([later])
    clock.move(minutes=31)
    async with store.transaction() as uow:
        assert await uow.deliveries.oldest_due_alert() == first_due
        posted = await uow.deliveries.claims.take(
            lane=Lane.ALERT, channel=Channel.SLACK, limit=1, lease=LEASE, owner="one", names=NAMES.format
        )
        await uow.deliveries.results.settle([sent(posted.rows[0], posted, store)])
    async with store.reading() as uow:
        assert await uow.deliveries.oldest_due_alert() is None


async def test_what_is_superseded_is_not_taken_and_its_worker_cannot_reopen_it(store: Store) -> None:
    await told(store, "a", "b")
    async with store.transaction() as uow:
        claim = await take(uow, limit=1)
        assert await uow.deliveries.supersede(about="x") == 2
    async with store.transaction() as uow:
        assert not (await take(uow)).rows
        assert await uow.deliveries.results.settle([sent(claim.rows[0], claim, store)]) == set()
    assert {row.state for row in await rows(store)} == {DeliveryState.SUPERSEDED}


@pytest.mark.parametrize(
    ("live", "roles", "state"),
    [
        (True, ["practitioner"], DeliveryState.QUEUED),
        (False, ["practitioner"], DeliveryState.PRACTICE),
        (False, ["coordinator"], DeliveryState.QUEUED),
    ],
)
async def test_practice_holds_back_everybody_but_staff(
    sqlite_store: Store, live: bool, roles: list[str], state: DeliveryState
) -> None:
    sqlite_store.sending = SendingPolicy(live=live, slack=False)
    async with sqlite_store.transaction() as uow:
        person = await a_person(uow, "Ada", roles=roles)
        result = await uow.deliveries.tell(person, Message("hello", "k", about="x"))
    assert (await rows(sqlite_store))[0].state == state
    assert result.practice == (state is DeliveryState.PRACTICE)
