"""A message's way to Slack: posted, rewritten, put off, or over to e-mail, within the rules and never twice."""

import asyncio
from datetime import timedelta

import pytest

from bot.demo.slack import Hang, RateLimited, Refuses, Reset, ServerError, StandIn
from digests.outbox import Drained
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.tables.people import Person
from tests.digests.conftest import House


def posted(house: House, channel: str = "D0ADA") -> list[str]:
    assert house.slack is not None
    return [message.words for message in house.slack.workspace.messages.channels[channel]]


async def test_somebody_in_slack_is_told_there_and_nowhere_else(house: House, slack: StandIn) -> None:
    house.slack = slack
    ada = await house.person("Ada", slack_id="U0ADA")
    await house.tell(ada, facts={"number": 7})
    assert await house.drain().run_once() == Drained(sent=1, left=0)
    [words] = posted(house)
    assert "Your number is 7." in words
    row = await house.row()
    assert row.accepted_as is not None
    assert row.accepted_as.startswith("D0ADA/")
    assert house.sink.mails == []


async def test_a_later_message_rewrites_the_earlier_one_in_its_place(slack_house: House, ada: Person) -> None:
    await slack_house.tell(ada, "offer:1", facts={"number": 1})
    await slack_house.drain().run_once()
    await slack_house.tell(ada, "offer:2", facts={"number": 2}, replaces="offer:1")
    await slack_house.drain().run_once()
    [words] = posted(slack_house)
    assert "Your number is 2." in words


async def test_what_cannot_be_rewritten_is_posted_anew(slack_house: House, ada: Person) -> None:
    await slack_house.tell(ada, "offer:1", facts={"number": 1})
    await slack_house.drain().run_once()
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.update", Refuses("message_not_found"))
    await slack_house.tell(ada, "offer:2", facts={"number": 2}, replaces="offer:1")
    await slack_house.drain().run_once()
    assert len(posted(slack_house)) == 2


async def test_patience_that_slack_asks_for_is_given_to_the_second(slack_house: House, ada: Person) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", RateLimited(retry_after=7))
    await slack_house.tell(ada)
    await slack_house.drain().run_once()
    row = await slack_house.row()
    assert (row.state, row.attempts, row.due_at) == (
        DeliveryState.QUEUED,
        0,
        slack_house.clock.now + timedelta(seconds=7),
    )
    slack_house.clock.move(seconds=8)
    await slack_house.drain().run_once()
    assert (await slack_house.row()).state == DeliveryState.SENT
    assert len(posted(slack_house)) == 1


@pytest.mark.parametrize(
    "code", ["user_not_found", "is_inactive", "messages_tab_disabled", "invalid_blocks", "what_is_this"]
)
async def test_what_slack_will_never_take_goes_by_email_at_once(slack_house: House, ada: Person, code: str) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", Refuses(code))
    await slack_house.tell(ada)
    assert (await slack_house.drain().run_once()).sent == 1
    assert [mail.recipient for mail in slack_house.sink.mails] == ["ada@example.org"]
    refused, mailed = await slack_house.rows()
    assert (refused.state, refused.last_reply) == (DeliveryState.FAILED, code)
    assert (mailed.channel, mailed.state) == (Channel.EMAIL, DeliveryState.SENT)


async def test_a_revoked_token_is_shown_and_everything_goes_by_email_without_asking_slack_each_time(
    slack_house: House, ada: Person
) -> None:
    assert slack_house.slack is not None
    workspace = slack_house.slack.workspace
    workspace.faults.order("*", Refuses("token_revoked"), times=100)
    drain = slack_house.drain(slack_hands=1)
    for number in range(5):
        await slack_house.tell(ada, f"hello:{number}")
    assert (await drain.run_once()).sent == 5
    assert len(slack_house.sink.mails) == 5
    assert len([call for call in workspace.log if call.method == "chat.postMessage"]) == 1
    assert "token_revoked" in drain.problem()
    async with slack_house.store.reading() as uow:
        assert "token_revoked" in (await uow.switches.value("relay:slack") or "")
    workspace.faults.clear()
    slack_house.clock.move(seconds=31)
    await slack_house.tell(ada, "hello:again")
    await drain.run_once()
    assert drain.problem() == ""
    assert len(posted(slack_house)) == 1


async def test_a_silence_after_posting_is_a_doubt_repeated_twice_and_then_left_to_email(
    slack_house: House, ada: Person
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", Hang(3.0), times=3)
    await slack_house.tell(ada)
    for minutes in (0, 1, 5):
        slack_house.clock.move(minutes=minutes)
        await slack_house.drain(slack_timeout_s=0.3).run_once()
    silent, mailed = await slack_house.rows()
    assert (silent.state, silent.doubts) == (DeliveryState.UNCERTAIN, 3)
    assert mailed.state == DeliveryState.SENT
    assert len(slack_house.sink.mails) == 1


async def test_a_connection_that_breaks_after_posting_is_a_doubt(slack_house: House, ada: Person) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", Reset(done=True))
    await slack_house.tell(ada)
    await slack_house.drain().run_once()
    row = await slack_house.row()
    assert (row.state, row.doubts, row.due_at) == (
        DeliveryState.QUEUED,
        1,
        slack_house.clock.now + timedelta(minutes=1),
    )


async def test_slack_out_of_order_for_minutes_means_email_after_the_third_try(slack_house: House, ada: Person) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("*", ServerError(503), times=50)
    await slack_house.tell(ada)
    for minutes in (0, 1, 5):
        assert slack_house.sink.mails == []
        slack_house.clock.move(minutes=minutes)
        await slack_house.drain().run_once()
    assert len(slack_house.sink.mails) == 1


async def test_nobody_listens_at_slacks_address(slack_house: House, ada: Person) -> None:
    assert slack_house.slack is not None
    slack_house.slack = StandIn(slack_house.slack.workspace, slack_house.slack.door, "http://127.0.0.1:9")
    await slack_house.tell(ada)
    await slack_house.drain().run_once()
    row = await slack_house.row()
    assert (row.state, row.doubts, row.attempts) == (DeliveryState.QUEUED, 0, 1)


async def test_an_alert_is_tried_hourly_and_never_given_up_while_its_email_has_left(
    slack_house: House, ada: Person
) -> None:
    assert slack_house.slack is not None
    slack_house.slack.workspace.faults.order("chat.postMessage", ServerError(), times=1000)
    await slack_house.alert(ada)
    for minutes in (0, 1, 5, 15, 60, 60, 60 * 60):
        slack_house.clock.move(minutes=minutes)
        await slack_house.drain().run_once()
    in_slack, by_mail = await slack_house.rows("E-2026-0001")
    assert (in_slack.lane, in_slack.state, in_slack.attempts) == (Lane.ALERT, DeliveryState.QUEUED, 7)
    assert in_slack.due_at == slack_house.clock.now + timedelta(hours=1)
    assert by_mail.state == DeliveryState.SENT
    assert len(slack_house.sink.mails) == 1


async def test_one_message_a_second_and_channel(slack_house: House, ada: Person) -> None:
    for number in range(3):
        await slack_house.tell(ada, f"hello:{number}", facts={"number": number})
    began = asyncio.get_running_loop().time()
    await slack_house.drain().run_once()
    assert asyncio.get_running_loop().time() - began >= 2.0
    assert len(posted(slack_house)) == 3


async def test_somebody_who_left_slack_since_is_mailed(slack_house: House, ada: Person) -> None:
    await slack_house.tell(ada)
    async with slack_house.store.transaction() as uow:
        person = await uow.people.get(ada.id)
        assert person is not None
        person.slack_id = None
    assert (await slack_house.drain().run_once()).sent == 1
    assert len(slack_house.sink.mails) == 1
