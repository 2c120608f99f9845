"""Slack refusing, silent or babbling while Herald writes to people: each message ends right, and nobody is pestered."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.demo.slack import Garbled, Hang, Member, RateLimited, Refuses, Reset, ServerError
from bot.demo.slack.faults import Fault
from digests.outbox import Drain
from digests.second_way import change_ways
from digests.slack_door import FIRST_REST, LONGEST_REST, SlackDoor
from digests.slack_sender import Later, Posted, Resting, ShutOut, SlackOutcome, Unclear, Unreachable, Unwanted
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from storage.tables.people import Person
from tests.clocks import A_TUESDAY
from tests.digests.conftest import House
from tests.digests.test_rules_of_sending import running

FOR_GOOD = ("user_not_found", "channel_not_found", "msg_blocks_too_long", "messages_tab_disabled", "is_archived")
TOKEN = ("token_revoked", "invalid_auth", "account_inactive", "missing_scope")


def posts(house: House) -> int:
    """How often Slack was asked to post."""
    assert house.slack is not None
    return len(house.slack.workspace.calls("chat.postMessage"))


def seen(house: House) -> int:
    """How many messages the person sees in Slack."""
    assert house.slack is not None
    return len(house.slack.workspace.messages.channels["D0ADA"])


def ends(rows: list[Delivery]) -> list[tuple[str, str]]:
    return [(row.channel, row.state) for row in rows]


async def drain_for(house: House, drain: Drain, *, minutes: float, step_s: float = 15) -> None:
    """The same worker, with its sweep for alerts, while time goes by."""
    for _ in range(round(minutes * 60 / step_s)):
        house.clock.move(seconds=step_s)
        await change_ways(house.store)
        await drain.run_once()


@pytest.mark.parametrize("code", FOR_GOOD)
async def test_what_slack_never_takes_is_mailed_at_once_and_asked_once(
    slack_house: House, ada: Person, code: str
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", Refuses(code), times=100)
    await slack_house.tell(ada)
    await drain_for(slack_house, slack_house.drain(), minutes=2, step_s=30)
    assert ends(await slack_house.rows()) == [
        (Channel.SLACK, DeliveryState.FAILED),
        (Channel.EMAIL, DeliveryState.SENT),
    ]
    assert posts(slack_house) == 1


@pytest.mark.parametrize("code", TOKEN)
async def test_a_token_that_slack_refuses_is_on_show_at_once(slack_house: House, ada: Person, code: str) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("*", Refuses(code), times=100)
    drain = slack_house.drain()
    await slack_house.tell(ada)
    await drain.run_once()
    assert f"Slack refuses Herald ({code})" in drain.problem()
    async with slack_house.store.reading() as uow:
        assert code in (await uow.switches.value("relay:slack") or "")
    assert [mail.recipient for mail in slack_house.sink.mails] == ["ada@example.org"]


DOUBTFUL = (Hang(3.0), Hang(3.0, done=True), Reset(), Reset(done=True), Garbled(), Garbled(done=True))


@pytest.mark.parametrize("fault", DOUBTFUL, ids=repr)
async def test_an_answer_that_never_came_is_asked_for_again_and_ends_well(
    slack_house: House, ada: Person, fault: Fault
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", fault)
    await slack_house.tell(ada)
    drain = slack_house.drain(slack_timeout_s=0.2)
    await drain.run_once()
    doubtful = await slack_house.row()
    assert (doubtful.state, doubtful.doubts) == (DeliveryState.QUEUED, 1)
    slack_house.clock.move(seconds=61)
    await drain.run_once()
    assert (await slack_house.row()).state == DeliveryState.SENT
    assert seen(slack_house) == (2 if fault.done else 1), "at most those in flight arrive twice"  # type: ignore[union-attr]  # all of DOUBTFUL say whether


@pytest.mark.parametrize("seconds", [1, 30, 120])
async def test_the_patience_that_slack_asks_for_is_kept_for_everybody(
    slack_house: House, ada: Person, seconds: int
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", RateLimited(retry_after=seconds))
    ben = await slack_house.person("Ben", slack_id="U0BEN")
    drain = slack_house.drain(slack_hands=1)
    await slack_house.tell(ada, "hello:1")
    await slack_house.tell(ben, "hello:2")
    await drain.run_once()
    assert posts(slack_house) == 1, "the limit is the workspace's"
    slack_house.clock.move(seconds=seconds - 1)
    await drain.run_once()
    assert posts(slack_house) == 1
    slack_house.clock.move(seconds=1.5)
    await drain.run_once()
    assert posts(slack_house) == 3
    assert [(await slack_house.row(f"hello:{n}")).state for n in (1, 2)] == [DeliveryState.SENT] * 2
    assert [(await slack_house.row(f"hello:{n}")).attempts for n in (1, 2)] == [1, 1]


@pytest.mark.parametrize(
    "fault", [ServerError(503), Refuses("internal_error"), Reset(), Garbled(), RateLimited(1)], ids=repr
)
async def test_a_slack_that_only_fails_is_not_asked_in_a_tight_loop(
    slack_house: House, ada: Person, fault: Fault
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("*", fault, times=100_000)
    for number in range(12):
        person = await slack_house.person(f"P{number}", slack_id=f"U{number}")
        await slack_house.tell(person, f"hello:{number}")
    drain = slack_house.drain()
    await drain_for(slack_house, drain, minutes=2, step_s=20)
    assert posts(slack_house) <= 120
    if fault == RateLimited(1):
        return  # Slack asked for one second each time: one try in each is what it asked for
    assert posts(slack_house) <= 10


@pytest.mark.parametrize(
    "fault", [Hang(3.0), ServerError(500), RateLimited(120), Refuses("token_revoked"), Reset()], ids=repr
)
async def test_alerts_for_slack_only_take_e_mail_within_a_minute(slack_house: House, ada: Person, fault: Fault) -> None:
    assert slack_house.slack is not None
    workspace = slack_house.slack.workspace
    workspace.faults.order("*", fault, times=100_000)
    for number in range(4):  # one for each of four people, since a channel takes one message a second
        person = await slack_house.person(f"P{number}", slack_id=f"U{number}")
        workspace.add(Member(f"U{number}", person.name, person.email))
        key = f"E-2026-000{number}"
        await slack_house.tell(person, key, kind="alert", lane=Lane.ALERT, channels=(Channel.SLACK,))
    drain = slack_house.drain(slack_timeout_s=0.1)
    await drain.run_once()
    await drain_for(slack_house, drain, minutes=1)
    assert sorted(mail.recipient for mail in slack_house.sink.mails) == [f"p{n}@example.org" for n in range(4)]
    for number in range(4):
        in_slack, by_mail = await slack_house.rows(f"E-2026-000{number}")
        assert (in_slack.state, by_mail.state) == (DeliveryState.QUEUED, DeliveryState.SENT)
    workspace.faults.clear()
    await drain_for(slack_house, drain, minutes=6, step_s=60)
    assert [len(workspace.messages.channels[f"D{n}"]) for n in range(4)] == [1] * 4
    assert len(slack_house.sink.mails) == 4, "once each, however long Slack was away"


async def test_a_slack_that_hangs_holds_up_nothing_behind_it(slack_house: House, ada: Person) -> None:
    """Twelve alerts at fifteen seconds each would be three minutes: after two silences nobody waits for it."""
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("*", Hang(30.0), times=100)
    for number in range(12):
        await slack_house.alert(ada, f"E-2026-{number:04}")
    async with running(slack_house.drain(slack_timeout_s=0.3)):
        async with asyncio.timeout(5):
            while len(slack_house.sink.mails) < 12:  # noqa: ASYNC110 - the relay is another machine
                await asyncio.sleep(0.02)
            while (await slack_house.rows("E-2026-0011"))[0].attempts == 0:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert posts(slack_house) <= 4


ANSWERS: tuple[SlackOutcome, ...] = (Posted("D/1"), Unwanted("user_not_found"), Later("ratelimited", 5.0))
SILENCES: tuple[SlackOutcome, ...] = (Unreachable("reset"), Unclear("TimeoutError"), Later("HTTP 503"))


@pytest.mark.parametrize("silence", SILENCES, ids=repr)
@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_the_door_rests_after_two_silences_lets_one_try_and_opens_at_any_answer(
    silence: SlackOutcome, answer: SlackOutcome
) -> None:
    door, now = SlackDoor(), A_TUESDAY
    door.after(silence, now)
    assert door.instead(now) is None
    assert door.light()["state"] == "half-open"
    door.after(silence, now)
    assert isinstance(door.instead(now), Resting)
    door.after(silence, now)  # it was under way
    assert rests_for(door, now) == FIRST_REST
    now += FIRST_REST
    assert door.instead(now) is None
    assert isinstance(door.instead(now), Resting), "one at a time"
    door.after(answer, now)
    assert door.instead(now) is None
    assert (door.problem, door.light()["state"]) == ("", "closed")


def test_rests_grow_to_a_quarter_of_an_hour_and_a_refused_token_says_so() -> None:
    door, now = SlackDoor(), A_TUESDAY
    rests = []
    for _ in range(8):
        door.after(ShutOut("token_revoked"), now)
        rests.append(rests_for(door, now))
        now += rests[-1]
        assert door.instead(now) is None
    assert [rest.total_seconds() for rest in rests] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert rests[-1] == LONGEST_REST
    assert door.instead(now) == Resting("token_revoked", 20.0, refused=True)
    assert "token_revoked" in door.problem


def rests_for(door: SlackDoor, now: datetime) -> timedelta:
    return datetime.fromisoformat(door.light()["retry_at"]) - now
