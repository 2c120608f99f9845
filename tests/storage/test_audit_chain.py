"""Some entries of the audit log checked against their neighbours, and the whole chain while more is sealed."""

import asyncio

import pytest
from sqlalchemy import text

from storage.audit import Span, Verified
from storage.unit_of_work import Store

CUT_OFF = "DELETE FROM audit_entry WHERE place = (SELECT max(place) FROM audit_entry)"
DAMAGE = {
    "edited": "UPDATE audit_entry SET action = 'x' WHERE place = 5",
    "swapped": "UPDATE audit_entry SET previous = chain WHERE place = 5",
    "made unsealed": "UPDATE audit_entry SET place = NULL WHERE place = 5",
    "taken out": "DELETE FROM audit_entry WHERE place = 5",
}


async def written(store: Store, count: int) -> None:
    async with store.transaction() as uow:
        for number in range(count):
            uow.audit.add("walk.asked", thing=f"walk:{number}")
        await uow.session.flush()
        await uow.audit.seal()


async def some(store: Store, *, limit: int, offset: int = 0) -> Verified:
    async with store.reading() as uow:
        return await uow.audit.verify_some(await uow.audit.within(Span(), limit=limit, offset=offset))


async def test_a_few_of_many_fit_without_a_look_at_the_others(store: Store) -> None:
    await written(store, 10)
    async with store.transaction() as uow:
        uow.audit.add("walk.asked", thing="tail")
    assert await some(store, limit=3) == Verified(2, 1)
    assert await some(store, limit=3, offset=8) == Verified(3, 1), "the first of all follows the beginning"
    assert await some(store, limit=3, offset=20) == Verified(0, 1)


@pytest.mark.parametrize("how", DAMAGE)
async def test_damage_among_them_or_just_before_them_is_seen(store: Store, how: str) -> None:
    await written(store, 10)
    async with store.transaction() as uow:
        await uow.session.execute(text(DAMAGE[how]))
    assert (await some(store, limit=7)).first_bad is not None
    assert (await some(store, limit=3)).first_bad is None, "what is far away is seen when the whole is proved"


async def test_a_log_that_was_cut_off_is_seen_wherever_one_looks(store: Store) -> None:
    await written(store, 10)
    async with store.transaction() as uow:
        await uow.session.execute(text("UPDATE audit_head SET sealed_up_to = NULL"))
        await uow.session.execute(text(CUT_OFF))
    found = await some(store, limit=3, offset=5)
    assert (found.first_bad, found.reason) == (10, "entries are missing at the end of the log")


async def test_a_log_that_is_not_sealed_at_all_yet_has_nothing_that_could_not_fit(store: Store) -> None:
    async with store.transaction() as uow:
        uow.audit.add("walk.asked", thing="tail")
    assert await some(store, limit=3) == Verified(0, 1)


async def test_a_head_that_was_set_back_is_seen(store: Store) -> None:
    await written(store, 10)
    async with store.transaction() as uow:
        await uow.session.execute(
            text("UPDATE audit_head SET place = 9, chain = (SELECT chain FROM audit_entry WHERE place = 9)")
        )
    async with store.reading() as uow:
        assert (await uow.audit.verify()).first_bad is not None


async def test_sealing_that_goes_on_during_the_walk_is_no_damage(store: Store) -> None:
    await written(store, 300)

    async def sealing() -> None:
        for _ in range(30):
            await written(store, 2)

    busy = asyncio.create_task(sealing())
    found = []
    while not busy.done():
        async with store.reading() as uow:
            found.append(await uow.audit.verify())
    await busy
    assert [each for each in found if each.first_bad is not None] == []
