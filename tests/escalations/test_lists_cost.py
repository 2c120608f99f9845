"""Lists of many escalations ask the database as little as lists of few: pages and App Home stay quick."""

from collections.abc import Awaitable, Callable, Sized

from sqlalchemy import event

from handlers.escalations.lists import mine, mine_of, needs
from handlers.escalations.taking_over import changed_hands
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.escalations.acting import press
from tests.escalations.test_escalations import Cast, raised, the_cast

List = Callable[[UnitOfWork, Person], Awaitable[Sized]]


async def who_took_over(uow: UnitOfWork, _person: Person) -> Sized:
    return await changed_hands(uow)


async def questions(store: Store, what: List, person: Person) -> tuple[int, int]:
    """How much is on a list, and how many questions to the database it took."""
    asked: list[str] = []

    def count(*said: object) -> None:
        asked.append(str(said[2]))

    event.listen(store.engines.reader.sync_engine, "before_cursor_execute", count)
    try:
        async with store.reading() as uow:
            return len(await what(uow, person)), len(asked)
    finally:
        event.remove(store.engines.reader.sync_engine, "before_cursor_execute", count)


async def some_more(store: Store, cast: Cast, number: int) -> None:
    """As many again that wait for May, and as many that she has."""
    for _ in range(number):
        await raised(store, cast.ada)
        await press(store, cast.may, "acknowledge", f"{await raised(store, cast.ada)}/1")


async def test_what_is_mine_and_what_it_asks_takes_as_few_questions_for_many_as_for_two(store: Store) -> None:
    cast = await the_cast(store)
    lists: tuple[tuple[List, Person], ...] = (
        (needs, cast.may),
        (mine, cast.ada),
        (mine_of, cast.may),
        (mine_of, cast.ada),
        (who_took_over, cast.lea),
    )
    await some_more(store, cast, 1)
    few = [await questions(store, what, person) for what, person in lists]
    await some_more(store, cast, 3)
    many = [await questions(store, what, person) for what, person in lists]
    assert [length for length, _ in few] == [2, 2, 2, 2, 0]
    assert [length for length, _ in many] == [8, 8, 8, 8, 0]
    assert [asked for _, asked in many] == [asked for _, asked in few]
