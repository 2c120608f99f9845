"""A bulletin's way: written, approved by a second person, released at its time, one message for each reader."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from bot.demo.slack import Member, Workspace, running_stand_in
from bot.links import Purpose, read_link
from bot.rendering.bulletin import lint_email
from digests import bulletins as sweeps
from handlers.bulletins.releasing import Refused, cancel, pause, resume, schedule, send_test
from handlers.preferences import leave
from storage.bulletins import messages_about
from storage.tables.deliveries import DeliveryState
from storage.tables.surveys import Survey, SurveyInvitation
from tests.bulletins.conftest import BASE_URL, ID, TEXT, Office, part, read_mail
from tests.clocks import MovingClock


def tokens(text: str, path: str) -> list[str]:
    """The tokens of the links of a kind, in order, each once."""
    found = re.findall(rf"{re.escape(BASE_URL)}/{path}/([A-Za-z0-9._%-]+)", text)
    return [unquote(token) for token in dict.fromkeys(found)]


async def test_everybody_gets_one_message_with_their_own_links(office: Office) -> None:
    readers = [await office.reader(name) for name in ("Ben Reader", "Cy Reader", "Di Reader")]
    await office.apply()
    await office.approve()
    assert await sweeps.release(office.store) == 0  # its time has not come
    office.clock.move(days=1)
    assert await sweeps.release(office.store) == 1
    assert await sweeps.release(office.store) == 0
    await office.send()
    assert sorted(mail.recipient for mail in office.sink.mails) == sorted(reader.email for reader in readers)
    for reader in readers:
        [taken] = office.sink.to(reader.email)
        mail = read_mail(taken.raw)
        for kind in ("plain", "html"):
            assert f"Hello {reader.name}," in part(mail, kind)
            acting = [
                read_link(each.partition("?")[0], keyring=office.store.keyring, now=office.clock())
                for each in tokens(part(mail, kind).replace("&amp;", "&"), "l")
            ]
            assert {link.person_id for link in acting} == {reader.id}
            booked = [link.about for link in acting if link.purpose is Purpose.BOOK]
            assert booked == ["levels-of-need", "signs-of-safety", "core-groups"]
            assert [link.about for link in acting if link.purpose is Purpose.PLEDGE] == ["priority:p1"]
    status = await office.status()
    assert (status.state, status.recipients, status.sent, status.queued) == ("sent", 3, 3, 0)


async def test_the_headers_are_those_of_a_good_bulk_sender(office: Office) -> None:
    reader = await office.reader("Ben Reader")
    await office.released()
    await office.send()
    [taken] = office.sink.mails
    mail = read_mail(taken.raw)
    assert mail["List-Id"] == "<main.herald.example.org>"
    assert mail.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    [leaving] = mail.get_all("List-Unsubscribe") or []
    one_click, by_mail = leaving.strip("<>").split(">,<")
    assert one_click.startswith("https://")
    assert by_mail == f"mailto:{mail['Reply-To'].replace('reply+', 'leave+')}?subject=leave"
    link = read_link(one_click.rpartition("/")[2], keyring=office.store.keyring, now=office.clock())
    assert (link.purpose, link.person_id, link.about) == (Purpose.UNSUBSCRIBE, reader.id, "series:main")
    assert mail["Precedence"] == "bulk"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"].startswith("reply+")
    assert mail["From"] == "Northmere partnership <herald@herald.example.org>"
    assert taken.sender.startswith("bounce+")
    assert all(len(line) <= 998 for line in taken.raw.split(b"\r\n"))
    async with office.store.reading() as uow:
        [row] = await uow.deliveries.about(f"bulletin:{ID}")
        assert (row.ledger_key, row.lane) == (f"bulletin:{ID}:{reader.id}:email", "bulletin")
        assert mail["Message-ID"] == row.message_id
        assert row.message_date is not None
        assert mail["Date"].datetime == row.message_date
    assert not lint_email(part(mail, "html"))
    assert "SIGNS OF SAFETY" not in part(mail, "plain")
    assert "new guide (https://www.example.org/guide)" in part(mail, "plain")


async def test_who_wrote_it_cannot_approve_it_and_neither_can_just_anybody(office: Office) -> None:
    async with office.store.transaction() as uow:
        person = await uow.people.get(office.author.id)
        assert person is not None
        person.roles = ["coordinator", "publisher"]
    office.author.roles = ["coordinator", "publisher"]
    await office.apply()
    with pytest.raises(Refused, match="A second person"):
        await office.approve(by=office.author)
    reader = await office.reader("Ben Reader")
    with pytest.raises(Refused, match="not a publisher"):
        await office.approve(by=reader)
    await office.approve()
    assert (await office.status()).state == "approved"


async def test_a_publisher_who_changed_a_word_is_an_author_too(office: Office) -> None:
    await office.apply()
    await office.apply(
        TEXT.replace("December* edition", "December* number").replace("Read it", "Read"), by=office.publisher
    )
    with pytest.raises(Refused, match="changed it last"):
        await office.approve()


async def test_any_change_voids_the_approval(office: Office) -> None:
    await office.reader("Ben Reader")
    assert (await office.apply()).outcome == "created"
    await office.approve()
    assert (await office.apply()).outcome == "unchanged"
    assert (await office.status()).state == "approved"
    changed = await office.apply(TEXT.replace("Read it", "Read it twice"))
    assert (changed.outcome, "approval is void" in changed.note) == ("changed", True)
    office.clock.move(days=1)
    assert await sweeps.release(office.store) == 0
    assert (await office.status()).state == "draft"


async def test_whoever_leaves_between_freezing_and_sending_gets_nothing(office: Office) -> None:
    ben, cy = await office.reader("Ben Reader"), await office.reader("Cy Reader")
    await office.released()
    async with office.store.transaction() as uow:
        await leave(uow, person_id=ben.id, what="series:main")
    await office.send()
    assert [mail.recipient for mail in office.sink.mails] == [cy.email]
    status = await office.status()
    assert (status.state, status.sent, status.suppressed) == ("sent", 1, 1)
    async with office.store.reading() as uow:
        [held] = await uow.bulletins.recipients.page(messages_about(ID), states=[DeliveryState.SUPPRESSED])
    assert (held.person.email, held.row.last_reply) == (ben.email, "this person left the series")


async def test_whoever_left_before_is_not_even_frozen(office: Office) -> None:
    ben = await office.reader("Ben Reader")
    await office.reader("Cy Reader")
    async with office.store.transaction() as uow:
        await leave(uow, person_id=ben.id, what="series:main")
    await office.released(TEXT.replace("{series: main}", "{everyone: true}"))
    async with office.store.reading() as uow:
        rows = await uow.deliveries.about(f"bulletin:{ID}")
    assert ben.id not in {row.person_id for row in rows}
    assert len(rows) == 3  # Cy, the author and the publisher


async def test_an_edition_that_could_not_begin_in_time_asks_instead_of_going(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.apply()
    await office.approve()
    office.clock.move(days=10)
    assert await sweeps.release(office.store) == 1
    assert (await office.status()).state == "missed"
    await office.send()
    told = sorted(mail.recipient for mail in office.sink.mails)
    assert told == sorted([office.author.email, office.publisher.email])
    with pytest.raises(Refused, match="not_after"):
        async with office.store.transaction() as uow:
            await schedule(uow, bulletin_id=ID)


async def test_what_still_waits_at_not_after_stays_behind_and_is_named(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.released()
    office.clock.move(days=4)
    await sweeps.end(office.store)
    status = await office.status()
    assert (status.state, status.cancelled, status.sent) == ("sent", 1, 0)
    await office.send()
    assert not office.sink.mails


async def test_pausing_works_within_a_second_and_resuming_goes_on_where_it_stopped(office: Office) -> None:
    for number in range(60):
        await office.reader(f"Reader {number}")
    await office.released()
    office.sink.wait("BODY", 0.05)
    stop = asyncio.Event()
    working = asyncio.create_task(office.drain().run_forever(stop))
    try:
        await office.taken(5)
        async with office.store.transaction() as uow:
            await pause(uow, bulletin_id=ID)
        await asyncio.sleep(1.0)
        stopped_at = len(office.sink.mails)
        await asyncio.sleep(0.7)
        assert len(office.sink.mails) == stopped_at < 60
        status = await office.status()
        assert (status.state, status.sent + status.queued) == ("paused", 60)
        office.sink.behave()
        async with office.store.transaction() as uow:
            await resume(uow, bulletin_id=ID)
        await office.taken(60)
    finally:
        stop.set()
        await working
    await sweeps.end(office.store)
    assert len({mail.recipient for mail in office.sink.mails}) == len(office.sink.mails) == 60
    assert (await office.status()).state == "sent"


async def test_a_cancelled_edition_stops_for_good(office: Office) -> None:
    for name in ("Ben Reader", "Cy Reader"):
        await office.reader(name)
    await office.released()
    async with office.store.transaction() as uow:
        await cancel(uow, bulletin_id=ID)
    await office.send()
    assert not office.sink.mails
    status = await office.status()
    assert (status.state, status.cancelled, status.queued) == ("cancelled", 2, 0)


async def test_names_that_try_something_stay_names(office: Office) -> None:
    hostile = (
        "Eve\r\nBcc: everybody@example.org",
        "<script>alert(1)</script>",
        "Abc\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
        "=?utf-8?q?x?= {{ name }} HrldSlot0leave0tolSdlrH",
    )
    for number, name in enumerate(hostile):
        await office.reader(name, email=f"hostile{number}@example.org")
    await office.released()
    await office.send()
    assert len(office.sink.mails) == len(hostile)
    for taken in office.sink.mails:
        mail = read_mail(taken.raw)
        assert mail["Bcc"] is None
        assert len(mail["To"].addresses) == 1
        assert mail["To"].addresses[0].addr_spec == taken.recipient
        assert "<script" not in part(mail, "html")
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in part(mail, "html") + part(mail, "plain") + mail["To"]
        assert not lint_email(part(mail, "html"))


async def test_a_reader_sees_the_surveys_and_deadlines_that_are_theirs_alone(office: Office) -> None:
    ben, cy = await office.reader("Ben Reader"), await office.reader("Cy Reader")
    async with office.store.transaction() as uow:
        survey = Survey(
            id="feedback", version=1, title="Your view", mode="named", document="", content_hash="", state="open"
        )
        survey.owner, survey.applied_at, survey.closes_at = "coordinator", uow.now, uow.now + timedelta(days=7)
        await uow.surveys.add(survey)
        uow.session.add(SurveyInvitation(survey_id="feedback", person_id=ben.id, invited_at=uow.now, about=""))
    await office.released()
    await office.send()
    to_ben, to_cy = (part(read_mail(office.sink.to(who.email)[0].raw), "plain") for who in (ben, cy))
    assert "Your view" in to_ben
    assert "Your view" not in to_cy
    assert "No survey is waiting for you." in to_cy
    links = [
        read_link(each, keyring=office.store.keyring, now=office.clock())
        for each in tokens(to_ben, "l")
        if "survey." in each
    ]
    assert [(link.person_id, link.about) for link in links] == [(ben.id, "feedback")]


async def test_a_test_goes_to_one_person_and_says_so(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.apply()
    async with office.store.transaction() as uow:
        await send_test(uow, bulletin_id=ID, to=office.author, by=office.author)
    await office.drain().run_once()
    [taken] = office.sink.mails
    mail = read_mail(taken.raw)
    assert taken.recipient == office.author.email
    assert mail["Subject"] == "[Test] December e-bulletin"
    assert "This is a test." in part(mail, "plain")
    assert (await office.status()).recipients == 0


async def test_an_address_that_a_relay_refused_for_good_is_counted_and_not_tried(office: Office) -> None:
    gone = await office.reader("Gone Reader")
    await office.reader("Ben Reader")
    office.sink.refuse("RCPT", "550 5.1.1 no such person", recipient=gone.email)
    await office.released()
    await office.send()
    assert (await office.status()).failed == 1
    await office.apply(TEXT.replace(ID, "second"))
    await office.approve("second")
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id="second")
    await sweeps.release(office.store)
    status = await office.status("second")
    assert (status.recipients, status.suppressed, status.queued) == (2, 1, 1)


async def test_what_was_sent_cannot_be_changed_any_more(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.released()
    with pytest.raises(Exception, match="E270") as refused:
        await office.apply(TEXT.replace("Read it", "Read it now"))
    assert "id of its own" in str(refused.value)
    async with office.store.reading() as uow:
        rows = await uow.deliveries.about(f"bulletin:{ID}")
    assert {row.state for row in rows} == {DeliveryState.QUEUED}


async def test_whoever_chose_slack_gets_it_there_and_everybody_else_by_mail(office: Office, clock: MovingClock) -> None:
    members = [Member("U0ADA", "Sam", "sam.reader@example.org"), Member("U0BEN", "Ben", "ben.reader@example.org")]
    async with running_stand_in(workspace=Workspace(members, clock=clock), signing_secret="s" * 20) as office.slack:
        sam = await office.reader("Sam Reader", slack_id="U0ADA", prefers="slack")
        ben = await office.reader("Ben Reader", slack_id="U0BEN")
        await office.released()
        await office.send()
        assert [mail.recipient for mail in office.sink.mails] == [ben.email]
        [message] = office.slack.workspace.messages.channels["D0ADA"]
    blocks = str(message.blocks)
    assert "Signs of Safety: what changed" in blocks
    assert "herald:act:book:book" in blocks
    assert "<https://www.example.org/guide|new guide>" in blocks
    assert (await office.status()).sent == 2
    assert sam.prefers == "slack"
