"""Hostile words typed in direct messages and in replies by e-mail: words or a kind answer, whatever the talk."""

import json
import logging

import pytest
from sqlalchemy import select

from bot.mail_door import mail_context
from handlers.mail.receiving import Arrived, receive
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from storage.tables.surveys import SurveyResponse
from tests.attacks.test_hostile_matrix import LIVE_IN_SLACK, PIECES, a_letter_is_sound, parsed_by_slack
from tests.mail.surveys import asked
from tests.mail.writing import reply_to
from tests.world import World

WAYS_ON = ("1", "2", "I will listen first", "skip", "send")
"""What gets a talk on, whichever question it asks."""


async def open_talks(world: World, person: Person) -> list[Conversation]:
    async with world.herald.store.reading() as uow:
        return list(await uow.conversations.open_of(person.id))


def slack_is_sound(world: World) -> None:
    assert world.stand_in.workspace.complaints == []
    for call in world.stand_in.workspace.log:
        for text in parsed_by_slack(call.arguments):
            assert not LIVE_IN_SLACK.search(text), text
        assert "\x00" not in json.dumps(call.arguments)


@pytest.mark.parametrize("word", ["pledge", "book", "survey"])
async def test_in_a_direct_message_every_question_hears_it_and_the_talk_goes_on(
    sqlite_world: World, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = sqlite_world
    caplog.set_level(logging.INFO)
    ada = await asked(world, slack=True, agency_id="northmere-health")
    slack = world.slack(ada)
    pieces = (*PIECES, "and listen " * 9_091)
    for piece in pieces if word == "survey" else pieces[::6]:  # outside of a talk each is answered, once a second
        for said in (word, piece):
            assert (await slack.say(said)).status == 200, said[:60]
    for turn in range(30):
        before = await open_talks(world, ada)
        if not before:
            break
        for said in (PIECES[turn % len(PIECES)], *WAYS_ON):
            assert (await slack.say(said)).status == 200, said
    assert await open_talks(world, ada) == []
    await world.tick()
    assert not slack.sees("Something went wrong")
    slack_is_sound(world)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "evil" not in caplog.text


async def test_in_a_reply_it_is_an_answer_or_asked_again_and_the_letter_back_is_sound(sqlite_world: World) -> None:
    world = sqlite_world
    ada = await asked(world)
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    for number, piece in enumerate((*PIECES, "and listen " * 9_091)):
        typed = piece.encode("utf-8", "replace").decode()
        body = (typed, f"1. {typed}\n2. {typed}", f"1. 5\n2. {typed}")[number % 3]
        mail = reply_to(world.letters(ada)[0], body, sender=ada.email)
        await receive(context, Arrived(mail.as_bytes(), (str(mail["To"]),), ada.email))
    await world.tick()
    for answer in ("1. 5\n2. 1", PIECES[2]):
        mail = reply_to(world.letters(ada)[-1], answer, sender=ada.email)
        await receive(context, Arrived(mail.as_bytes(), (str(mail["To"]),), ada.email))
        await world.tick()
    async with world.herald.store.reading() as uow:
        (kept,) = (await uow.session.execute(select(SurveyResponse))).scalars()
        assert uow.surveys.answers(kept)["why"] == PIECES[2]
    assert {mail.recipient for mail in world.sink.mails} == {ada.email}
    for mail in world.sink.mails:
        a_letter_is_sound(mail)


BROKEN_HEADERS = (
    b"Subject: =?utf-8?B?????=\r\n",
    b"Subject: x\r\nSubject: y\r\nBcc: everybody@evil.invalid\r\n",
    b"Content-Type: text/plain; charset=\x00\r\n",
    b"Content-Type: multipart/mixed; boundary=\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n",
    b"References: " + b"<a@b> " * 20_000 + b"\r\n",
    b"X-Odd: \xff\xfe\r\n",
    b"Date: 99 Foo 99999\r\n",
)


@pytest.mark.parametrize("header", BROKEN_HEADERS, ids=range(len(BROKEN_HEADERS)))
async def test_a_reply_with_a_broken_header_breaks_nothing(sqlite_world: World, header: bytes) -> None:
    world = sqlite_world
    ada = await asked(world)
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. 1", sender=ada.email)
    (received,) = await receive(context, Arrived(header + mail.as_bytes(), (str(mail["To"]),), ada.email))
    assert received.outcome.value in ("taken", "passed-over", "refused")
    await world.tick()
    for sent in world.sink.mails:
        a_letter_is_sound(sent)
