"""What other machines see of a running Herald: the shape of its mails, its addresses, and who is let in."""

import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from bot.keyring import Keyring
from handlers.files import apply_file
from handlers.surveys.opening import open_survey
from storage.tables.people import Person
from tests.clocks import MovingClock
from tests.drive import OnTheWeb
from tests.files.samples import SURVEY
from tests.journeys.test_booking import SESSIONS
from tests.world import World, a_world

DEADLINES = """herald_deadlines: 1
deadlines:
  - {id: s11, kind: custom, title: Section 11 return, owner: ben@example.org, due: 2026-11-26}
"""


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def a_busy_person(world: World) -> Person:
    """Somebody by e-mail only who signed in, booked a seat, is asked a survey and has a deadline."""
    ben = await world.person("Ben", agency_id="northmere-police")
    await world.person("Ada", agency_id="northmere-health", roles=["coordinator"])
    async with world.herald.store.transaction() as uow:
        for name, text in (("b.yaml", SESSIONS), ("s.yaml", SURVEY), ("d.yaml", DEADLINES)):
            await apply_file(uow, name=name, text=text)
        await open_survey(uow, survey_id="briefing-feedback-2026-q4")
    on = OnTheWeb(world, ben)
    await on.open("/briefings/signs-2026-12")
    await on.press("Book my seat")
    await world.tick()
    return ben


async def test_every_mail_keeps_every_rule_of_the_contract(world: World) -> None:
    ben = await a_busy_person(world)
    mails = world.sink.to(ben.email)
    subjects = [str(message_from_bytes(mail.raw, policy=policy.default)["Subject"]) for mail in mails]
    assert len(mails) >= 4, subjects
    domain = world.settings.mail.domain if world.settings.mail else ""
    seen = set()
    for mail in mails:
        letter = message_from_bytes(mail.raw, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
        assert re.fullmatch(rf"bounce\+[a-z0-9]+@{domain}", mail.sender)
        assert re.fullmatch(rf"reply\+[a-z0-9]+@{domain}", str(letter["Reply-To"]))
        assert letter["To"].addresses[0].addr_spec == ben.email
        assert len(letter["To"].addresses) == 1
        assert letter["Cc"] is None
        assert letter["Bcc"] is None
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["Date"].datetime == world.clock()
        seen.add(str(letter["Message-ID"]))
        for kind in ("plain", "html"):
            part = letter.get_body(preferencelist=(kind,))
            assert isinstance(part, EmailMessage)
            assert part["Content-Transfer-Encoding"] == "quoted-printable"
    assert len(seen) == len(mails)


async def test_nudges_can_be_left_with_one_press_and_confirmations_say_nothing_of_it(world: World) -> None:
    ben = await a_busy_person(world)
    nudge = world.letter(ben, "Section 11")
    assert nudge["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert nudge["List-Id"]
    assert world.letter(ben, "Sign in")["List-Unsubscribe"] is None
    path = "/" + str(nudge["List-Unsubscribe"]).split(">")[0].split("/", 3)[3]
    async with httpx.AsyncClient(base_url=world.settings.base_url, trust_env=False) as machine:
        assert (await machine.get(path)).status_code == 200
        async with world.herald.store.reading() as uow:
            kept = await uow.people.by_email(ben.email)
            assert kept is not None
            assert kept.nudges, "looking changes nothing"
        left = await machine.post(path, data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    async with world.herald.store.reading() as uow:
        kept = await uow.people.by_email(ben.email)
        assert kept is not None
        assert not kept.nudges


async def test_the_addresses_of_the_contract_answer_a_stranger_as_they_should(world: World) -> None:
    expected = {
        "/health/live": 200,
        "/health/ready": 200,
        "/metrics": 200,
        "/openapi.json": 200,
        "/bulletins": 200,
        "/sign-in": 200,
        "/me": 303,
        "/ops": 303,
        "/l/forged": 404,
        "/unsubscribe/forged": 404,
        "/bulletins/none": 404,
    }
    async with httpx.AsyncClient(base_url=world.settings.base_url, trust_env=False) as machine:
        found = {path: (await machine.get(path)).status_code for path in expected}
        unsigned = await machine.post("/slack/events", json={"type": "url_verification", "challenge": "x"})
        worker = await machine.get("/health/worker")
    assert found == expected
    assert unsigned.status_code == 401
    assert worker.status_code in (200, 503)
    assert worker.headers["content-type"].startswith("application/json")
