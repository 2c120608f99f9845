"""Herald dies at a named step: before a commit, after it and before the answer, between the relay's yes and the record."""

import email
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.clock import system_clock
from bot.demo.slack import Workspace
from storage.tables.deliveries import Delivery, DeliveryState
from tests.campaigns.crew import OnTheWire
from tests.campaigns.northmere import SECRET, Northmere
from tests.campaigns.process import Running
from tests.operations.test_many_workers import until
from tests.smtp_sink import running_sink
from tests.web.browser import Page

pytestmark = pytest.mark.nightly
WORDS = "I will ask the young person first"
ADDRESS = "pledging.0@example.org"


@pytest.mark.parametrize("step", ["before-commit", "after-commit", "record"])
async def test_a_death_at_this_step_loses_nothing_and_records_nothing_twice(
    database_url: str, tmp_path: Path, step: str
) -> None:
    northmere = Northmere(database_url, Workspace([], clock=system_clock))
    await northmere.settle_in(readers=1)
    mark = tmp_path / "die-now"
    async with running_sink() as sink:
        settings = {
            "HERALD_DATABASE_URL": database_url,
            "HERALD_SECRET_KEY": SECRET,
            "HERALD_SMTP_URL": sink.url,
            "HERALD_MAIL_FROM": "herald@northmere.example.org",
            "HERALD_MODE": "live",
            "HERALD_STATE_DIR": str(tmp_path / "state"),
        }
        dying = Running(("serve", step, str(mark)), settings, tmp_path, module="tests.campaigns.at_step")
        settings["HERALD_BASE_URL"] = dying.url
        healthy = Running(("serve",), settings, tmp_path, port=dying.port)
        browser = OnTheWire(dying.url, cookie=await northmere.cookie(ADDRESS))
        try:
            await dying.start()
            page = await browser.do(await browser.see("/pledge"), "Make a pledge")
            page = await browser.do(page, "Continue", **{"q.pick": "own_words"})
            page = await browser.do(page, "Continue", **{"q.own": WORDS})
            page = await browser.do(page, "Continue", **{"q.visibility": "private"})
            mark.touch()
            if step == "record":
                await browser.do(page, "Make this pledge")
            else:
                with pytest.raises(AssertionError, match="no answer"):
                    await press_once(browser, page)
            assert dying.process is not None
            assert await dying.process.wait() == -9
            await healthy.start()
            page = await browser.do(page, "Make this pledge")
            assert "P-2" in page.text
            store = northmere.store()

            async def arrived() -> bool:
                async with store.reading() as uow:
                    query = select(Delivery.state).where(Delivery.kind == "pledge.made")
                    states = (await uow.session.execute(query)).scalars().all()
                return bool(sink.to(ADDRESS)) and states in ([DeliveryState.SENT], [DeliveryState.QUEUED])

            await until(arrived)
            assert (await healthy.stop())[0] == 0
            async with store.reading() as uow:
                assert [pledge.text for pledge, _ in await uow.pledges.everything()] == [WORDS]
                [row] = (await uow.session.execute(select(Delivery).where(Delivery.kind == "pledge.made"))).scalars()
            await store.close()
        finally:
            await dying.kill()
            await healthy.kill()
            await browser.close()
    copies = [email.message_from_bytes(mail.raw) for mail in sink.to(ADDRESS)]
    assert {letter["Message-ID"] for letter in copies} == {row.message_id}
    assert len(copies) <= row.doubts + 1
    assert (row.state, row.doubts) == (DeliveryState.SENT, 0), "the journal knew that the relay had said yes"


async def press_once(browser: OnTheWire, page: Page) -> None:
    """One press, to which nobody answers any more."""
    try:
        await browser.press(page, "Make this pledge")
    except httpx.TransportError as gone:
        raise AssertionError("no answer") from gone
