"""Titles and names in files, with anything written as an escape: refused in their place, or harmless in what is sent."""

import io
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from bot.files.problems import FileProblems
from bot.rules.storable import one_line
from handlers.files import apply_file
from storage.unit_of_work import Store
from tests.attacks.test_hostile_matrix import RAW_ON_A_PAGE, a_letter_is_sound
from tests.factories import PARTNERSHIP
from tests.journeys.test_booking import SESSIONS
from tests.journeys.test_survey import SURVEY
from tests.talking import talk
from tests.world import World

DEADLINES = 'herald_deadlines: 1\ndeadlines:\n  - {id: s11, kind: custom, title: "@", owner: ben@example.org, due: 2027-01-20}\n'
BULLETIN = """---
herald_bulletin: 1
id: b-1
series: main
title: "@"
audience: {series: main}
send_at: 2026-12-01T09:00
not_after: 2026-12-03T17:00
---
# A story
Words.
"""
FILES = {
    "partnership": PARTNERSHIP.replace("name: Northmere Safeguarding Children Partnership", 'name: "@"'),
    "agency": PARTNERSHIP.replace("name: Northmere Police", 'name: "@"'),
    "sender": PARTNERSHIP.replace("from_name: Northmere partnership", 'from_name: "@"'),
    "session": SESSIONS.replace("title: Signs of Safety", 'title: "@"'),
    "place": SESSIONS.replace("place: Online", 'place: "@"'),
    "survey": SURVEY.replace("title: Winter views", 'title: "@"'),
    "label": SURVEY.replace("label: Not at all", 'label: "@"'),
    "deadline": DEADLINES,
    "bulletin": BULLETIN,
}
UNSEEN = (
    "a\\r\\nBcc: x@evil.invalid",
    "a\\u2028b",
    "a\\x0bb",
    "a\\0b",
    "\\u202eevil",
    "\\ud800",
    "\\x85b",
    "\\x1b[31m",
)


@pytest.mark.parametrize("kind", FILES)
async def test_a_character_that_nobody_sees_is_refused_where_it_stands(sqlite_store: Store, kind: str) -> None:
    async with sqlite_store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
    text = FILES[kind]
    line = 1 + text[: text.index('"@"')].count("\n")
    for unseen in UNSEEN:
        with pytest.raises(FileProblems) as refused:
            async with sqlite_store.transaction() as uow:
                await apply_file(uow, name=f"{kind}.yaml", text=text.replace('"@"', f'"{unseen}"'))
        assert ("E109", line) in [(problem.code, problem.line) for problem in refused.value.problems], unseen


async def test_titles_that_look_like_orders_are_titles_in_slack_in_letters_and_in_calendars(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    title = "<!channel> <script>alert(1)</script> =1+1 {{7*7}}"
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="p.yaml", text=FILES["sender"].replace('"@"', f'"{title}\\nBcc: x@evil.invalid"'))
        await apply_file(uow, name="b.yaml", text=FILES["session"].replace('"@"', f'"{title}\\nand more"'))
    ada = await world.person("Ada", agency_id="northmere-health")
    ben = await world.person("Ben", slack=True, agency_id="northmere-police")
    for person in (ada, ben):
        await talk(world.herald.store, person, "booking", subject="signs-2026-12", confirm="book")
    await world.tick()
    assert {mail.recipient for mail in world.sink.mails} == {ada.email}
    for mail in world.sink.mails:
        a_letter_is_sound(mail)
        letter = message_from_bytes(mail.raw, policy=SMTP)
        assert isinstance(letter, EmailMessage)
        assert "<!channel>" in str(letter["Subject"])
    assert world.slack(ben).messages()
    assert world.stand_in.workspace.complaints == []
    for call in world.stand_in.workspace.calls("chat.postMessage"):
        assert "<!channel>" not in str(call.arguments["text"])
    browser = await world.signed_in(ada)
    for path in ("/briefings", "/briefings/signs-2026-12", "/me", "/bookings"):
        assert not [raw for raw in RAW_ON_A_PAGE if raw in (await browser.open(path)).response.text]


@pytest.mark.parametrize("text", ["a\r\nBcc: x", "a\u2028b", " a \t b ", "a\x85b\x00c", "\ud83d", "Zoë 李 🏳️\u200d🌈"])
def test_one_line_is_one_line(text: str) -> None:
    made = one_line(text)
    assert len(io.StringIO(made).readlines()) <= 1
    assert len(made.splitlines()) <= 1
    assert made == made.strip()
    made.encode()
