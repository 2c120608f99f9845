"""Slack's own payloads with any part missing or of another kind, well signed: never a server error, nothing broken."""

import logging
import random
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.demo.slack import Parcel, Signing
from handlers import conversations
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from tests.attacks.mutants import RETYPED, changed, opened, parts, wrapped
from tests.drive import OnSlack
from tests.world import World


async def recorded(world: World) -> dict[str, Parcel]:
    """One parcel of every kind that Slack sends, as a person causes them."""
    nan = await world.person("Nan", slack=True, agency_id="northmere-health")
    talk = OnSlack(world, nan)
    found: dict[str, Parcel] = {}

    def keep(name: str) -> None:
        assert talk.slack.last is not None
        found[name] = talk.slack.last

    await talk.slack.open_home()
    await talk.slack.open_home()
    keep("home")
    await talk.slack.say("help")
    keep("message")
    await talk.start("pledge")
    keep("command")
    await talk.answer(pick="Something else, in my own words")
    keep("choice")
    await talk.answer(own="I will listen first")
    keep("words")
    await talk.slack.press("herald:back")
    keep("back")
    await talk.slack.close()
    keep("closed")
    await world.tick()
    await talk.slack.open_home()
    await talk.slack.press("Continue", where="home")
    keep("press")
    return found


def mutants(parcel: Parcel, *, dice: random.Random, each: int) -> Iterator[tuple[str, Parcel]]:
    payload = opened(parcel)
    for at in parts(payload):
        for to in dice.sample(RETYPED, each) if each < len(RETYPED) else RETYPED:
            yield f"{at} -> {to!r}", wrapped(changed(payload, at, to), like=parcel)


async def assert_sound(world: World) -> None:
    """Every talk can still be shown to its owner, nobody new is known, and the audit chain is whole."""
    async with world.herald.store.transaction() as uow:
        people = list((await uow.session.execute(select(Person))).scalars())
        assert [person.name for person in people] == ["Nan"]
        for talk in list((await uow.session.execute(select(Conversation))).scalars()):
            assert talk.person_id == people[0].id
            await conversations.show(uow, person=people[0], conversation_id=talk.id)
        while await uow.audit.seal():
            pass
        assert (await uow.audit.verify()).first_bad is None


@pytest.mark.parametrize("each", [1, pytest.param(len(RETYPED), marks=pytest.mark.nightly)])
async def test_no_part_of_a_payload_can_break_the_door(
    sqlite_world: World, each: int, caplog: pytest.LogCaptureFixture
) -> None:
    world, dice = sqlite_world, random.Random(3)
    door = world.herald.slack
    assert door is not None
    caplog.set_level(logging.ERROR)
    wrong: list[str] = []
    for name, parcel in (await recorded(world)).items():
        for what, mutant in mutants(parcel, dice=dice, each=each):
            headers = world.stand_in.door._signature(mutant.body, Signing())
            answered = await door.hear(headers={**headers, "content-type": mutant.content_type}, body=mutant.body)
            if answered.status >= 500 or answered.status in (401, 403):
                wrong.append(f"{name} {what}: {answered.status}")
    assert not wrong, "\n".join(wrong)
    await assert_sound(world)
