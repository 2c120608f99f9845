"""Many rows at once are the rows that a query gives one by one: on both databases, with every kind of column."""

from datetime import date, timedelta

from sqlalchemy import select

from storage.deliveries import Message
from storage.many_rows import fetched, ids_given, ids_of
from storage.tables.deliveries import Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_person

PERSON = tuple(
    Person.__table__.c[name]
    for name in ("id", "name", "roles", "nudges", "slack_id", "left_at", "leaves_on", "link_epoch")
)
DELIVERY = tuple(Delivery.__table__.c[name] for name in ("id", "facts", "due_at", "message_date", "not_after"))
HOSTILE = 'Zoë “O’Neill”, \\ "quoted" \n ẞ 🙂'


async def test_every_kind_of_value_comes_as_it_would_come_alone(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, HOSTILE, email="ada@example.org", roles=["coordinator", "champion"])
        ben = await a_person(uow, "Ben", slack_id="U0BEN")
        ben.nudges, ben.left_at, ben.leaves_on = False, uow.now, date(2026, 12, 24)
        until = uow.now + timedelta(days=3, microseconds=123_456)
        facts = {"title": HOSTILE, "n": 3, "deep": {"a": [1, None, True]}, "empty": {}}
        await uow.deliveries.tell(ada, Message("hello", "k", lane=Lane.PROMPT, about="x", facts=facts, not_after=until))
    async with store.reading() as uow:
        for columns in (PERSON, DELIVERY):
            query = select(*columns).order_by(columns[0].desc())
            one_by_one = [tuple(row) for row in (await uow.session.execute(query)).all()]
            assert one_by_one
            assert await fetched(uow.session, query) == one_by_one


async def test_only_those_whose_ids_are_given(store: Store) -> None:
    async with store.transaction() as uow:
        people = [await a_person(uow, f"P{number}") for number in range(5)]
    wanted = {people[1].id, people[3].id, 999_999}
    async with store.reading() as uow:
        ids = ids_given(uow.session.get_bind().dialect.name)
        query = select(PERSON[0]).where(PERSON[0].in_(ids)).order_by(PERSON[0])
        assert await fetched(uow.session, query, ids_of(wanted)) == [(people[1].id,), (people[3].id,)]
        assert await fetched(uow.session, query, ids_of([])) == []
