"""An e-mail's way out: every answer of a relay ends in the state that is true."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from digests.outbox import Drained
from storage.tables.deliveries import DeliveryState
from tests.digests.conftest import House


async def test_a_message_leaves_once_and_says_who_it_is_for(house: House) -> None:
    ada = await house.person("Ada")
    await house.tell(ada, facts={"number": 7})
    await house.tell(ada, facts={"number": 7})
    assert await house.drain().run_once() == Drained(sent=1, left=0)
    assert await house.drain().run_once() == Drained(sent=0, left=0)
    [mail] = house.sink.mails
    assert mail.recipient == "ada@example.org"
    letter = message_from_bytes(mail.raw, policy=SMTP)
    row = await house.row()
    assert (row.state, row.message_id) == (DeliveryState.SENT, letter["Message-ID"])
    assert letter["Date"].datetime == row.message_date
    assert row.sent_at == house.clock.now
    assert await house.outcomes(row) == ["accepted"]


ENDINGS = {
    "250 2.0.0 fine": (DeliveryState.SENT, None),
    "421 4.3.2 shutting down": (DeliveryState.QUEUED, timedelta(seconds=1)),
    "450 4.2.1 mailbox busy": (DeliveryState.QUEUED, timedelta(minutes=1)),
    "452 4.3.1 try later": (DeliveryState.QUEUED, timedelta(minutes=1)),
    "550 5.1.1 no such person": (DeliveryState.FAILED, None),
    "552 5.3.4 too big": (DeliveryState.FAILED, None),
    "554 5.7.1 policy": (DeliveryState.QUEUED, timedelta(minutes=1)),
    "554 5.6.0 bad content": (DeliveryState.FAILED, None),
}


@pytest.mark.parametrize("reply", ENDINGS)
async def test_every_answer_to_a_recipient_ends_in_its_state(sqlite_house: House, reply: str) -> None:
    state, wait = ENDINGS[reply]
    sqlite_house.sink.refuse("RCPT", reply)
    await sqlite_house.tell(await sqlite_house.person("Ada"))
    await sqlite_house.drain().run_once()
    row = await sqlite_house.row()
    assert row.state == state
    if wait is not None:
        assert row.due_at == sqlite_house.clock.now + wait
    assert row.lease is None
