"""One thing that cannot be done holds up no other of its sweep, and is said."""

import pytest

from digests.sweep import one_by_one
from storage.unit_of_work import Store, UnitOfWork


async def test_what_fails_in_a_sweep_undoes_itself_alone_and_is_said_at_the_end(store: Store) -> None:
    async def do(uow: UnitOfWork, name: str) -> int:
        uow.audit.add("system.tried", thing=name)
        if name == "broken":
            raise LookupError("It has no step.")
        return 1

    with pytest.raises(ExceptionGroup, match="1 could not be done, the others were") as said:
        await one_by_one(store, ["first", "broken", "last"], do)
    assert [type(problem) for problem in said.value.exceptions] == [LookupError]
    async with store.transaction() as uow:
        await uow.audit.seal()
    async with store.reading() as uow:
        tried = [entry.thing for entry in await uow.audit.latest() if entry.action == "system.tried"]
    assert tried == ["last", "first"]
