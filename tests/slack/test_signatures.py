"""Nothing comes in that Slack has not signed within five minutes: 401, never 500, and nothing changes."""

from datetime import timedelta

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.demo.slack import Parcel, Signing
from bot.demo.slack.door import FORM, JSON
from bot.demo.slack.payloads import command
from tests.slack.conftest import World


def an_order(world: World) -> Parcel:
    member = world.workspace.member("ada@example.org")
    return Parcel.command(command(world.workspace, member, name="/herald", text="book tea"))


FORGED = {
    "no signature": Signing(unsigned=True),
    "an empty signature": Signing(signature=""),
    "a short signature": Signing(signature="v0=abc"),
    "letters beyond ASCII": Signing(signature="v0=é"),
    "another secret": Signing(secret="somebody else's"),
    "a stamp of letters": Signing(timestamp="abc"),
    "no stamp": Signing(timestamp=""),
    "a stamp with a sign": Signing(timestamp="-1"),
    "a stamp of other digits": Signing(timestamp="١٢٣"),
    "a huge stamp": Signing(timestamp="9" * 400),
}


@pytest.mark.parametrize("signing", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_request_is_refused(world: World, signing: Signing) -> None:
    ada = world.person("ada@example.org")
    if signing.timestamp == "١٢٣" or signing.signature == "v0=é":
        answered = await world.door.hear(
            headers={
                "x-slack-request-timestamp": signing.timestamp or "1",
                "x-slack-signature": signing.signature or "v0=1",
            },
            body=an_order(world).body,
        )
        assert answered.status == 401
        return
    (answer,) = await ada.send_raw(an_order(world), signing=signing)
    assert answer.status == 401
    assert world.methods() == []
    async with world.store.reading() as uow:
        assert await uow.conversations.open_of(1) == []


@pytest.mark.parametrize("seconds", [-301, 301, -86400])
async def test_an_old_or_future_stamp_is_refused_even_with_a_good_signature(world: World, seconds: int) -> None:
    ada = world.person("ada@example.org")
    signing = Signing(at=world.clock() + timedelta(seconds=seconds))
    assert [answer.status for answer in await ada.send_raw(an_order(world), signing=signing)] == [401]
    signing = Signing(at=world.clock() + timedelta(seconds=seconds % 300 - 150))
    assert [answer.status for answer in await ada.send_raw(an_order(world), signing=signing)] == [200]


async def test_one_changed_byte_anywhere_is_noticed(world: World) -> None:
    ada = world.person("ada@example.org")
    honest = an_order(world)
    digest = world.stand_in.door._signature(honest.body, Signing())  # the bytes that an eavesdropper could replay
    for place in range(0, len(honest.body), 37):
        altered = bytearray(honest.body)
        altered[place] ^= 1
        answered = await world.door.hear(headers=digest, body=bytes(altered))
        assert answered.status == 401
    assert (await world.door.hear(headers={**digest, "content-type": FORM}, body=honest.body)).status == 200
    assert ada.modal() is not None


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"payload=%7B", b"payload=1", b"\xff\xfe", b"", b"payload=null", b'{"event": 3}'],
    ids=repr,
)
@pytest.mark.parametrize("kind", [FORM, JSON])
async def test_signed_nonsense_is_refused_without_breaking_anything(world: World, body: bytes, kind: str) -> None:
    ada = world.person("ada@example.org")
    (answer,) = await ada.send_raw(Parcel(body, kind))
    assert 400 <= answer.status < 500
    assert world.methods() == []


async def test_a_body_beyond_all_measure_is_refused_unread(world: World) -> None:
    ada = world.person("ada@example.org")
    (answer,) = await ada.send_raw(Parcel(b"x" * 1_000_001, FORM))
    assert answer.status == 413


async def test_the_bolt_app_lets_nothing_in_that_was_not_verified(world: World) -> None:
    honest = an_order(world)
    request = AsyncBoltRequest(body=honest.body.decode(), headers={"content-type": honest.content_type})
    assert (await world.door.bolt.async_dispatch(request)).status == 401


async def test_slack_may_check_the_address(world: World) -> None:
    ada = world.person("ada@example.org")
    (answer,) = await ada.send_raw(Parcel.event({"type": "url_verification", "challenge": "c-1", "token": "x"}))
    assert (answer.status, answer.json()) == (200, {"challenge": "c-1"})
