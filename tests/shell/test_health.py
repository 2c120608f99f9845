"""Health: ready means that a write gets through, the worker's health that it really goes round, metrics stay private."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.app import Herald, build
from bot.clock import system_clock
from bot.exposition import gauge
from bot.keyring import Keyring
from bot.settings import MailSettings, Settings
from storage import schema
from storage.deliveries import Message
from storage.tables.deliveries import Delivery, DeliveryAttempt, Lane
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person

TOKEN = "a-token-for-metrics"


def settings_for(url: str, state: Path) -> Settings:
    return Settings(
        database_url=url,
        base_url="http://127.0.0.1:8000",
        keyring=Keyring(("s" * 40,)),
        mail=MailSettings("smtp://127.0.0.1:9"),
        slack=None,
        live=True,
        state_dir=state,
        metrics_token=TOKEN,
    )


@pytest.fixture
async def herald(database_url: str, clock: MovingClock, tmp_path: Path) -> AsyncIterator[Herald]:
    clock.set(system_clock())  # PostgreSQL has a clock of its own, which readiness compares with ours
    built = build(settings_for(database_url, tmp_path), clock=clock)
    yield built
    await built.close()


@pytest.fixture
def store(herald: Herald) -> Store:
    return herald.store


@pytest.fixture
async def browser(herald: Herald) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=herald.site)
    async with httpx.AsyncClient(transport=transport, base_url="http://herald") as client:
        yield client


async def test_it_is_alive_even_when_nothing_else_works(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/health/live")).json() == {"status": "ok"}


async def test_it_is_ready_when_a_write_gets_through(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/health/ready")
    assert answer.status_code == 200, answer.text
    assert answer.json()["schema"] == schema.newest()


async def test_a_clock_that_went_back_is_a_reason_not_to_be_ready(
    browser: httpx.AsyncClient, store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        await uow.switches.beat("one")
    clock.move(minutes=-5)
    answer = await browser.get("/health/ready")
    assert answer.status_code == 503
    assert "NTP" in answer.json()["problems"][0]


async def test_an_empty_database_is_a_reason_not_to_be_ready(tmp_path: Path) -> None:
    herald = build(settings_for(f"sqlite:///{tmp_path}/empty.db", tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=herald.site), base_url="http://herald") as client:
        answer = await client.get("/health/ready")
    await herald.close()
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database is empty. Run: herald migrate"]


async def test_a_worker_that_no_longer_goes_round_is_noticed(
    browser: httpx.AsyncClient, store: Store, clock: MovingClock
) -> None:
    assert (await browser.get("/health/worker")).status_code == 503
    async with store.transaction() as uow:
        await uow.switches.beat("one")
    assert (await browser.get("/health/worker")).status_code == 200
    clock.move(minutes=5)
    answer = await browser.get("/health/worker")
    assert answer.status_code == 503
    assert "300 s ago" in answer.json()["problems"][0]


async def test_an_alert_that_waits_too_long_is_noticed(
    browser: httpx.AsyncClient, store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, "Ada")
        await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key="k", lane=Lane.ALERT))
    clock.move(seconds=61)
    async with store.transaction() as uow:
        await uow.switches.beat("one")
    answer = await browser.get("/health/worker")
    assert answer.status_code == 503
    assert answer.json()["oldest_unsent_alert_s"] == 61.0
    assert "An alert has been waiting for 61 s" in answer.json()["problems"][0]


async def test_what_waits_is_told_for_each_lane_and_each_worker_by_itself(
    browser: httpx.AsyncClient, store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, "Ada")
        for lane in (Lane.PROMPT, Lane.BULLETIN):
            await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key=lane.value, lane=lane))
        later = clock.now + timedelta(hours=1)
        await uow.deliveries.tell(ada, Message("people.stranger", "later", lane=Lane.ROUTINE, due_at=later))
        await uow.switches.beat("one")
    clock.move(seconds=30)
    async with store.transaction() as uow:
        await uow.switches.beat("two")
    said = (await browser.get("/health/worker")).json()
    assert said["oldest_unsent_s"] == {"alert": 0.0, "prompt": 30.0, "routine": 0.0, "bulletin": 30.0}
    assert [worker["last_cycle_age_s"] for worker in said["workers"]] == [0.0, 30.0]
    metrics = (await browser.get("/metrics")).text.splitlines()
    assert 'herald_oldest_unsent_seconds{lane="prompt"} 30' in metrics
    assert 'herald_oldest_unsent_seconds{lane="alert"} 0' in metrics


async def test_what_the_worker_complains_of_is_passed_on(browser: httpx.AsyncClient, store: Store) -> None:
    async with store.transaction() as uow:
        await uow.switches.beat("one", problem="Mail rests: the relay refuses (554).")
    answer = await browser.get("/health/worker")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["Mail rests: the relay refuses (554)."]


async def test_metrics_count_deliveries_by_lane_and_state(browser: httpx.AsyncClient, store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, "Ada")
        await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key="k"))
    text = (await browser.get("/metrics")).text
    assert 'herald_deliveries{lane="prompt",state="queued"} 1' in text.splitlines()
    assert "example.org" not in text


async def test_metrics_tell_what_became_of_messages_and_how_long_alerts_took(
    browser: httpx.AsyncClient, store: Store, clock: MovingClock
) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, "Ada")
        await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key="k", lane=Lane.ALERT))
        [row] = (await uow.session.execute(select(Delivery))).scalars()
        uow.session.add(DeliveryAttempt(delivery_id=row.id, at=uow.now, outcome="refused"))
        row.state, row.sent_at = "sent", uow.now + timedelta(seconds=7)
        uow.mail.record(outcome="taken")
    lines = (await browser.get("/metrics")).text.splitlines()
    channel = "slack" if ada.slack_id else "email"
    assert f'herald_attempts{{channel="{channel}",outcome="refused"}} 1' in lines
    assert 'herald_inbound_mails{outcome="taken",reason=""} 1' in lines
    assert 'herald_alert_handover_seconds_bucket{le="5"} 0' in lines
    assert 'herald_alert_handover_seconds_bucket{le="10"} 1' in lines
    assert "herald_alert_handover_seconds_sum 7" in lines
    assert "herald_survey_replies 0" in lines


def test_large_numbers_are_written_out() -> None:
    assert gauge("n", "Many.", [({}, 12_345_678)])[-1] == "n 12345678"
    assert gauge("n", "Odd.", [({"a": 'x"\n'}, 0.5)])[-1] == 'n{a="x\\"\\n"} 0.5'


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 200),
        (("::1", 1), {}, 200),
        (("203.0.113.9", 1), {}, 401),
        (("203.0.113.9", 1), {"Authorization": f"Bearer {TOKEN}"}, 200),
        (("203.0.113.9", 1), {"Authorization": "Bearer wrong"}, 401),
        (("203.0.113.9", 1), {"Authorization": f"Basic {TOKEN}"}, 401),
        (("127.0.0.1", 1), {"X-Forwarded-For": "203.0.113.9"}, 401),
        (("127.0.0.1", 1), {"Forwarded": "for=127.0.0.1"}, 401),
    ],
)
async def test_metrics_are_for_this_machine_or_the_token(
    herald: Herald, client: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(app=herald.site, client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://herald") as asking:
        assert (await asking.get("/metrics", headers=headers)).status_code == status
