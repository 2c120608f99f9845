"""Following an edition in the browser: watched, paused, searched, downloaded, sent to those who missed it; a relay that
rests is explained on every page that shows sending."""

import json
from datetime import UTC, datetime

from digests import bulletins as sweeps
from handlers.connections import MAIL, TRY_MAIL_NOW
from tests.bulletins.conftest import ID, Office, SignIn

PAGE = f"/ops/bulletins/{ID}"


async def test_an_edition_is_watched_paused_and_let_go_on(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    for name in ("Ben Reader", "Cy Reader"):
        await office.reader(name)
    await office.released()
    author = await signed_in(office.author)
    page = await author.open(PAGE)
    assert "0 of 2 have it." in page.text
    assert page.response.headers.get("refresh") is None
    page = await author.open(f"{PAGE}/sending")
    assert page.response.headers["refresh"].startswith("10;")
    still = await author.open(f"{PAGE}/sending?refresh=off")
    assert "refresh" not in still.response.headers
    assert "let it look again by itself" in still.text
    page = await author.press(page, "Pause")
    assert page.path.startswith(f"{PAGE}/sending")
    assert "nobody else gets it until somebody lets it go on" in page.text
    await office.send()
    assert office.sink.mails == []
    page = await author.press(page, "Go on sending")
    await office.send()
    page = await author.open(f"{PAGE}/sending")
    assert page.heading == "Sent"
    assert "2 of 2 have it." in page.text
    assert "refresh" not in page.response.headers


async def test_who_got_it_is_filtered_searched_downloaded_and_sent_again(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.readers(101)
    cy = await office.reader("Cy Closed")
    office.sink.refuse("RCPT", "550 5.2.1 closed for now", recipient=cy.email, times=1)
    await office.released()
    await office.send()
    author = await signed_in(office.author)
    page = await author.open(f"{PAGE}/recipients")
    assert "1 to 100" in page.text
    assert "Page 1 of 2" in page.text
    page = await author.open(f"{PAGE}/recipients?page=99")
    assert "Reader 100" in page.text
    page = await author.open(f"{PAGE}/recipients?show=failed&find=closed")
    assert "Their mailbox is closed" in page.text
    assert "550 5.2.1 closed for now" in page.text
    table = (await author.open(f"{PAGE}/recipients.csv?show=failed")).response.text.splitlines()
    assert len(table) == 2
    assert "Cy Closed" in table[1]
    nobody = await author.press(page, "Send it again to those I ticked")
    assert nobody.errors == [
        ("#people", "Nobody is ticked. Tick those to whom it shall be sent again, then press the button.")
    ]
    page = await author.press(page, "Send it again to those I ticked", pick=[cy.id])
    assert "It is sent again" in page.text
    await office.send()
    assert len(office.sink.to(cy.email)) == 1
    one = await author.open(f"{PAGE}/recipients/{cy.id}")
    assert one.heading == "Cy Closed"
    assert "Refused for good" in one.text
    assert (await author.open(f"{PAGE}/recipients/{office.author.id}")).status == 404


async def test_a_publisher_sends_it_to_those_who_missed_it_and_a_coordinator_cannot(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.released()
    await office.send()
    await office.reader("Jo Joined")
    author, publisher = await signed_in(office.author), await signed_in(office.publisher)
    page = await author.open(f"{PAGE}/missed")
    assert "They joined the audience after it was sent" in page.text
    assert "A publisher can send it to them." in page.text
    refused = await author.http.post(f"{PAGE}/missed", data={"csrf": author.http.cookies.get("x", "")})
    assert refused.status_code == 403
    page = await publisher.press(await publisher.open(f"{PAGE}/missed"), "Send it to them")
    assert "On its way to those who missed it" in page.text or "on its way to those who missed it" in page.text
    await office.send()
    assert len(office.sink.mails) == 2
    assert "Nobody has missed it." in (await publisher.open(f"{PAGE}/missed")).text


async def test_a_missed_edition_is_given_a_new_time_on_its_page(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.apply()
    await office.approve()
    office.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    await sweeps.release(office.store)
    publisher = await signed_in(office.publisher)
    assert "Not sent: December e-bulletin" in (await publisher.open("/ops")).text
    page = await publisher.open(PAGE)
    assert "It was not sent" in page.text
    page = await publisher.open(f"{PAGE}/send?when=at&at=2026-12-04T17:00")
    assert page.status == 422
    assert "Give a later not_after too" in page.text
    page = await publisher.open(f"{PAGE}/send?when=at&at=2026-12-04T17:00&not_after=2026-12-05T17:00")
    page = await publisher.press(page, "Send it then to 1 person")
    assert page.status == 200
    office.clock.set(datetime(2026, 12, 4, 17, 1, tzinfo=UTC))
    await sweeps.release(office.store)
    await office.send()
    assert len(office.sink.to("ben.reader@example.org")) == 1


async def test_a_resting_relay_is_explained_on_every_page_and_can_be_tried(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.released()
    light = {
        "state": "open",
        "reason": "the relay refuses us",
        "last_reply": "535 5.7.8 authentication failed",
        "retry_at": "2026-11-30T10:05:00+00:00",
    }
    async with office.store.transaction() as uow:
        await uow.switches.set(MAIL, json.dumps(light))
    publisher = await signed_in(office.publisher)
    for path in (PAGE, f"{PAGE}/sending", "/ops", "/ops/outbox"):
        page = await publisher.open(path)
        assert "The relay does not accept our name and password. Check HERALD_SMTP_URL." in page.text, path
        assert "10:05" in page.text, path
    for path in ("/ops", PAGE):
        office.clock.move(seconds=1)
        await publisher.press(await publisher.open(path), "Try now")
        async with office.store.reading() as uow:
            assert await uow.switches.value(TRY_MAIL_NOW) == office.clock().isoformat()
