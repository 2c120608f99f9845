"""Who is this? Slack id, verified e-mail address, or a stranger who gets the numbers and a way in."""

from dataclasses import replace
from datetime import date

import pytest

from bot.demo.slack import Hang, Refuses
from tests.factories import a_person
from tests.slack.conftest import BEN, World


async def test_somebody_new_in_slack_is_found_by_the_verified_address(both_worlds: World) -> None:
    async with both_worlds.store.transaction() as uow:
        await a_person(uow, "Ben", roles=["manager"])
    ben = both_worlds.person("ben@example.org")
    assert (await ben.command("/herald", "book tea")).ok
    assert ben.modal() is not None
    assert both_worlds.methods() == ["users.info", "views.open"]
    await ben.command("/herald", "help")
    assert both_worlds.methods().count("users.info") == 1
    async with both_worlds.store.reading() as uow:
        person = await uow.people.by_slack_id("U0BEN")
        assert person is not None
        assert person.email == "ben@example.org"


@pytest.mark.parametrize("who", ["ben@example.org", "gil@elsewhere.example"])
async def test_a_stranger_gets_the_numbers_at_once_and_a_way_in(both_worlds: World, who: str) -> None:
    ben = both_worlds.person(who)
    await ben.command("/herald", "book tea")
    answer = ben.ephemeral()[-1]
    assert answer.sees("Ring 999 now if a child is in immediate danger.")
    assert answer.sees("01632 960001")
    assert "https://herald.example.org/sign-in" in str(answer.blocks)
    await ben.open_home()
    assert ben.home().sees("01632 960002")
    assert "https://herald.example.org/sign-in" in str(ben.home().blocks)
    await ben.say("hello")
    await both_worlds.deliver()
    assert ben.messages()[-1].sees("Ring 999 now")
    assert ben.messages()[-1].sees("https://herald.example.org/sign-in")
    async with both_worlds.store.reading() as uow:
        waiting = await uow.people.strangers_waiting()
        assert [(request.email, request.slack_id) for request in waiting] == [(who, ben.member.id)]


async def test_the_coordinator_hears_of_a_stranger_once(world: World) -> None:
    ben = world.person("ben@example.org")
    for _ in range(3):
        await ben.command("/herald", "help")
    assert [delivery.kind for delivery in await world.outbox()] == ["people.stranger"]


async def test_somebody_who_has_left_is_no_longer_let_in(world: World) -> None:
    async with world.store.transaction() as uow:
        person = await uow.people.by_slack_id("U0ADA")
        assert person is not None
        person.leaves_on = date(2026, 11, 23)
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    assert ada.modal() is None
    assert ada.sees("Herald does not know you yet")


async def test_who_leaves_with_a_form_open_sees_nothing_of_theirs_when_closing_it(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    async with world.store.transaction() as uow:
        person = await uow.people.by_slack_id("U0ADA")
        assert person is not None
        person.leaves_on = date(2026, 11, 23)
    await ada.close()
    await world.settled()
    assert ada.home() is None


async def test_a_deactivated_or_nameless_account_is_a_stranger(world: World) -> None:
    async with world.store.transaction() as uow:
        await a_person(uow, "Ben")
    world.workspace.add(replace(BEN, email=""))
    ben = world.person("U0BEN")
    await ben.command("/herald", "book tea")
    assert ben.modal() is None
    assert ben.sees("Herald does not know you yet")


@pytest.mark.parametrize("fault", [Hang(3.0), Refuses("ratelimited"), Refuses("token_revoked")], ids=repr)
async def test_when_slack_does_not_say_who_it_is_nobody_is_guessed(world: World, fault: object) -> None:
    async with world.store.transaction() as uow:
        await a_person(uow, "Ben")
    world.workspace.faults.order("users.info", fault)
    ben = world.person("ben@example.org")
    answer = await ben.command("/herald", "book tea")
    assert answer.ok
    assert answer.seconds < 2.5
    assert ben.sees("Slack did not tell us who you are just now.")
    await ben.command("/herald", "book tea")
    assert ben.modal() is not None
