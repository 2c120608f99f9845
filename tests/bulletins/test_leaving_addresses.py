"""The operations team sees whose e-mail does not arrive, and mends it; the person reads it where they still can."""

import pytest

from digests import bulletins as sweeps
from storage.tables.people import Person
from tests.bulletins.conftest import ID, TEXT, Office, SignIn
from tests.factories import a_person
from tests.web.browser import Browser

NEXT = TEXT.replace(ID, "2027-01-main").replace("December", "January")


@pytest.fixture
async def lost(sqlite_office: Office) -> Person:
    """A reader whose mailbox the relay does not know, after an edition."""
    office = sqlite_office
    reader = await office.reader("Ben Reader")
    await office.reader("Cy Reader")
    office.sink.refuse("RCPT", "550 5.1.1 <ben.reader@example.org> no such person", recipient=reader.email)
    await office.released()
    await office.send()
    return reader


async def test_a_coordinator_finds_mends_and_the_next_edition_arrives(
    sqlite_office: Office, lost: Person, signed_in: SignIn
) -> None:
    office, ada = sqlite_office, await signed_in(sqlite_office.author)
    page = await ada.open("/ops")
    assert "E-mail to 1 address does not arrive any more" in page.text
    page = await ada.open("/ops/addresses")
    assert [each.get_text(strip=True) for each in page.soup.find_all("dd")] == [
        lost.email,
        "The mailbox does not exist",
        "30 November 2026",
        "December e-bulletin",
    ]
    page = await ada.press(page, "Change the address", email="ben")
    assert (page.status, page.errors) == (422, [("#email-3", "Write one whole e-mail address, like name@example.org.")])
    page = await ada.press(page, "Change the address", email="ben.new@example.org")
    assert "The address is changed" in page.text
    assert "Every address in the register works" in page.text
    await office.apply(NEXT)
    await office.approve("2027-01-main")
    async with office.store.transaction() as uow:
        row = await uow.bulletins.get("2027-01-main")
        assert row is not None
        row.send_at = uow.now
    assert await sweeps.release(office.store) == 1
    await office.send()
    assert len(office.sink.to("ben.new@example.org")) == 1


async def test_another_chance_is_given_once_and_kept_in_the_audit_log(
    sqlite_office: Office, lost: Person, signed_in: SignIn
) -> None:
    ben, ada = await signed_in(lost), await signed_in(sqlite_office.author)
    assert "We have stopped writing to ben.reader@example.org" in (await ben.open("/me")).text
    assert lost.email in (await ada.open("/ops/addresses/list.csv")).text
    page = await ada.press(await ada.open("/ops/addresses"), "Give this address another chance")
    assert "The address has another chance" in page.text
    assert "stopped writing" not in (await ben.open("/me")).text
    async with sqlite_office.store.reading() as uow:
        entries = await uow.audit.latest(limit=20, thing=f"person:{lost.id}")
    assert {entry.action for entry in entries} == {"address.suppressed", "address.another-chance"}
    assert not any("@" in str(entry.detail) for entry in entries)


async def test_a_publisher_may_look_and_nobody_else_of_the_readers(
    sqlite_office: Office, lost: Person, signed_in: SignIn, stranger: Browser
) -> None:
    page = await (await signed_in(sqlite_office.publisher)).open("/ops/addresses")
    assert (page.status, "another chance" in page.text) == (200, False)
    async with sqlite_office.store.transaction() as uow:
        reader = await a_person(uow, "Dee")
    assert (await (await signed_in(reader)).open("/ops/addresses")).status == 403
    assert (await stranger.open("/ops/addresses")).path.startswith("/sign-in")
