"""Hostile words in every box of every talk, at both doors: then every page, message, letter and file is looked at.

A new talk in `handlers/registry.TALKS` fails the first test until it is told how it begins; its boxes are found.
"""

import csv
import io
import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from bs4 import BeautifulSoup
from icalendar import Calendar
from openpyxl import load_workbook

from bot.conversation.prompt import Receipt
from bot.demo.slack.seen import Part
from bot.files.csv_guard import begins_like_a_formula
from bot.links import Purpose
from bot.logs import JsonLines
from digests.pledges import SWEEPS as PLEDGE_SWEEPS
from handlers.files import apply_file
from handlers.people_care import export_people
from handlers.registry import TALKS
from handlers.surveys.exporting import as_csv, as_html, as_xlsx
from handlers.surveys.opening import close_survey, open_survey
from handlers.surveys.results import results_of
from storage.tables.people import Person
from tests.attacks.northmere import DEADLINES, csrf_of, post_act, raised
from tests.attacks.typists import SlackTypist, WebTypist, Words
from tests.smtp_sink import Mail
from tests.surveys.asking import SURVEY
from tests.talking import talk
from tests.web.browser import Browser
from tests.web.routes import ROUTES
from tests.world import World

PIECES = (
    "=cmd|' /C calc'!A0",
    "<!channel> <!here> <@U1> <https://evil.invalid|NHS>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "@SUM(1)",
    "a\r\nBcc: everybody@evil.invalid",
    "+1\x0b\x0cb\u2028c\u2029d\x85e",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "-1\u202egnp.exe\u2066 \u200bzero\ufeff",
    "\t=1+1 a\x00b \x1b[31m",
    "\ud83d half of a pair \uffff",
    "*bold* _it_ ~s~ `c` :smile: &lt;b&gt; &amp;",
    "😀🏳️\u200d🌈 z̷a̷l̷g̷o̷",
)
RAW_ON_A_PAGE = ("<script>alert", "<img src=x", "\x00", "\u202e", "\u2066", "\ud83d", "\x1b", ">49<", "javascript:")
LIVE_IN_SLACK = re.compile(r"<!(?:channel|here|everyone)|<@U1>|<https?://evil")


def hostile(start: int) -> Callable[[int], str]:
    """As many of the pieces as a box takes, another one first each time."""
    turn = itertools.count(start)

    def words(longest: int) -> str:
        first = next(turn) % len(PIECES)
        said = ""
        for piece in (*PIECES[first:], *PIECES[:first]):
            if len(said) + len(piece) + 1 <= (longest or 40):
                said += piece + " "
        return said or PIECES[first][: longest or 40]

    return words


def endless(_longest: int) -> str:
    """100,000 characters."""
    return "and listen " * 9_091


@dataclass
class Scene:
    """Everybody with something to talk about."""

    world: World
    people: dict[str, Person]
    browsers: dict[str, Browser] = field(default_factory=dict)

    async def begins(self, flow: str, nth: int) -> tuple[Person, Purpose, str, str]:
        """Who talks, and the button that opens the talk: purpose, subject, choice. A new flow is added here."""
        store, people = self.world.herald.store, self.people
        match flow:
            case "survey":
                return people["Ada"], Purpose.SURVEY, "autumn", ""
            case "escalation":
                return people["Ada"], Purpose.RAISE, "", ""
            case "escalation-response":
                return people["May"], Purpose.ALERT, f"{await raised(store, people['Ada'])}/1", "answer"
            case "escalation-hand-on":
                return people["May"], Purpose.ALERT, f"{await raised(store, people['Ada'])}/1", "hand-on"
            case "escalation-withdraw" | "escalation-skip" | "escalation-hand-over":
                choice = flow.removeprefix("escalation-")
                return people["Ada"], Purpose.ESCALATION, f"{await raised(store, people['Ada'])}/1", choice
            case "escalation-reopen":
                return people["Ada"], Purpose.ESCALATION, f"{await self.withdrawn()}/1", "reopen"
            case "escalation-learning":
                await self.withdrawn()
                async with store.reading() as uow:
                    owed = await uow.deadlines.open_steps(owner_id=people["Lea"].id)
                return people["Lea"], Purpose.DEADLINE, str(owed[-1].step.id), "done"
            case "pledge":
                return people["Ada"], Purpose.PLEDGE, "", ""
            case "check-in":
                return people["Ada"], Purpose.CHECK_IN, await self.a_check_in(), "kept"
            case "booking":
                return people["Ada"], Purpose.BOOK, f"declared-{nth}", ""
            case "deadline-more-time" | "deadline-hand-over":
                async with store.reading() as uow:
                    (owned, *_) = await uow.deadlines.open_steps(owner_id=people["Ben"].id)
                choice = "more-time" if flow == "deadline-more-time" else "not-mine"
                return people["Ben"], Purpose.DEADLINE, str(owned.step.id), choice
        raise AssertionError(f"Say here how a talk of the kind {flow!r} begins.")

    async def browser(self, person: Person) -> Browser:
        """One browser for each person, signed in as of now."""
        browser = self.browsers.setdefault(person.name, await self.world.browser())
        async with self.world.herald.store.transaction() as uow:
            browser.http.cookies.set("herald", uow.signins.new_session(person_id=person.id, signed_in=True))
        return browser

    async def withdrawn(self) -> str:
        """An escalation that its raiser has withdrawn: it may be opened again, and a note on it is owed."""
        store, ada = self.world.herald.store, self.people["Ada"]
        reference = await raised(store, ada)
        await talk(store, ada, "escalation-withdraw", subject=reference, reason="We have spoken")
        return reference

    async def a_check_in(self) -> str:
        store, ada = self.world.herald.store, self.people["Ada"]
        await talk(store, ada, "pledge", pick="team_talk", visibility="team")
        self.world.clock.move(days=43)
        for sweep in PLEDGE_SWEEPS:
            await sweep.run(store)
        async with store.reading() as uow:
            newest = max(await uow.pledges.of(ada.id), key=lambda pledge: pledge.id)
        return f"{newest.reference}/w6"


DECLARED = "herald_briefings: 1\nbriefings:\n" + "".join(
    f"  - {{id: declared-{n}, title: Core groups {n}, kind: briefing, starts: 2027-03-0{n}T12:30, "
    f"ends: 2027-03-0{n}T13:30, place: Online, capacity: 20, approval: declared}}\n"
    for n in (1, 2, 3, 4)
)


async def a_scene(world: World) -> Scene:
    council: dict[str, Any] = {"agency_id": "northmere-council"}
    people = {
        "Ada": await world.person("Ada", slack=True, agency_id="northmere-health"),
        "May": await world.person("May", slack=True, roles=["manager", "practitioner"], **council),
        "Ben": await world.person("Ben", slack=True, agency_id="northmere-police", manager_email="lea@example.org"),
        "Bea": await world.person("Bea", agency_id="northmere-police"),
        "Lea": await world.person("Lea", slack=True, agency_id="northmere-police", roles=EVERY_ROLE),
    }
    async with world.herald.store.transaction() as uow:
        for name, text in (("b.yaml", DECLARED), ("d.yaml", DEADLINES), ("s.yaml", ALL_KINDS)):
            await apply_file(uow, name=name, text=text)
        await open_survey(uow, survey_id="autumn")
    return Scene(world, people)


EVERY_ROLE = ["coordinator", "publisher", "escalation-lead", "analyst", "auditor", "admin"]
ALL_KINDS = SURVEY.replace("min_group_comments: 10", "min_group_comments: 5")


async def opened_in_slack(typist: SlackTypist, button: tuple[Purpose, str, str]) -> None:
    """Presses the button as it would stand on App Home."""
    purpose, about, choice = button
    slack = typist.talk.slack
    await slack.open_home()
    home = slack.home()
    assert home is not None
    element = {"type": "button", "action_id": f"herald:act:{purpose.value}:{choice}", "value": about}
    element["text"] = {"type": "plain_text", "text": "Press"}
    await slack.act(home, Part({"type": "actions", "block_id": "b", "elements": [element]}, element), {})


async def look_everywhere(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    world = scene.world
    await world.tick()
    for message in world.stand_in.workspace.complaints:
        raise AssertionError(message)
    for call in world.stand_in.workspace.log:
        for text in parsed_by_slack(call.arguments):
            assert not LIVE_IN_SLACK.search(text), text
    for mail in world.sink.mails:
        a_letter_is_sound(mail)
    for name in ("Ada", "Lea"):
        await pages_are_sound(await scene.browser(scene.people[name]))
    await files_are_sound(scene)
    told = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert "evil" not in told
    assert "script>" not in told
    assert all(line.startswith("{") for line in told.splitlines())


def parsed_by_slack(found: Any) -> Iterator[str]:
    """Every text in a payload that Slack reads as mrkdwn: plain text objects are shown as they are."""
    if isinstance(found, dict):
        if found.get("type") == "plain_text":
            return
        for key, value in found.items():
            if key == "text" and isinstance(value, str):
                yield value
            yield from parsed_by_slack(value)
    elif isinstance(found, list):
        for value in found:
            yield from parsed_by_slack(value)
    elif isinstance(found, str) and found[:1] in "[{":
        try:
            yield from parsed_by_slack(json.loads(found))
        except ValueError:
            return


def a_letter_is_sound(mail: Mail) -> None:
    letter = message_from_bytes(mail.raw, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    assert len(letter.get_all("To", [])) == len(letter["To"].addresses) == 1
    assert letter["Bcc"] is letter["Cc"] is None
    assert set(letter.keys()) <= KNOWN_HEADERS, letter.keys()
    for part in letter.walk():
        if part.get_content_type() == "text/html":
            # the inliner writes "<" as it is inside of quoted attributes (HTML, 13.3), so the tree is looked at
            tags = BeautifulSoup(part.get_content(), "html.parser").find_all(True)
            assert not [tag for tag in tags if tag.name in ("script", "img", "iframe", "object")]
            assert not [name for tag in tags for name in tag.attrs if name.startswith("on")]
        if part.get_content_type() == "text/calendar":
            (event,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
            assert set(event) <= KNOWN_IN_EVENTS, set(event)


async def pages_are_sound(browser: Browser) -> None:
    paths = [route.pattern for route in ROUTES if route.method == "GET" and "{" not in route.pattern]
    for number in range(1, 4):
        paths += [f"/escalations/E-2026-{number:04d}", f"/escalations/E-2027-{number:04d}"]
    for path in (*paths, "/ops/surveys/autumn", "/ops/briefings/declared-1", "/briefings/declared-1"):
        page = await browser.open(path)
        assert page.status in (200, 403, 404, 409), (path, page.status)
        assert not [raw for raw in RAW_ON_A_PAGE if raw in page.response.text], path
        assert page.soup.find(["script", "iframe", "object", "img"]) is None or "/static/" in page.response.text, path


async def files_are_sound(scene: Scene) -> None:
    async with scene.world.herald.store.reading() as uow:
        rows = list(csv.reader(io.StringIO(await export_people(uow))))
    assert not [cell for row in rows for cell in row if begins_like_a_formula(cell)]


KNOWN_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "MIME-Version", "Content-Type"),
    *(
        "In-Reply-To",
        "References",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "X-Auto-Response-Suppress",
        "Content-Transfer-Encoding",
    ),
}
KNOWN_IN_EVENTS = {
    *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS"),
    *("ORGANIZER", "ATTENDEE", "URL", "TRANSP", "CLASS"),
}


async def test_every_box_of_every_talk_takes_it_as_words_or_says_what_to_do(
    sqlite_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = await a_scene(sqlite_world)
    refused: list[str] = []
    for first, flow in enumerate(sorted(TALKS, key=lambda flow: flow == "check-in")):  # that one takes six weeks
        for nth, words in enumerate((hostile(first), endless), start=1):
            refused += await in_slack(scene, flow, nth, words)
            refused += await on_the_web(scene, flow, nth + 2, words)
    assert len(refused) > 2 * len(TALKS)
    assert all(said.strip() for said in refused)
    await look_everywhere(scene, caplog)


async def in_slack(scene: Scene, flow: str, nth: int, words: Words) -> list[str]:
    who, purpose, about, choice = await scene.begins(flow, nth)
    typist = SlackTypist(scene.world, who, words)
    await opened_in_slack(typist, (purpose, about, choice))
    await typist.go_through()
    assert not typist.talk.sees("went wrong"), flow
    while typist.talk.slack.modal() is not None:
        await typist.talk.slack.close(everything=True)
    return typist.refused


async def on_the_web(scene: Scene, flow: str, nth: int, words: Words) -> list[str]:
    who, purpose, about, choice = await scene.begins(flow, nth)
    browser = await scene.browser(who)
    typist = WebTypist(scene.world, lambda longest: words(longest).encode("utf-8", "replace").decode())
    page = await post_act(browser, purpose.value, about, choice, csrf=await csrf_of(browser))
    assert (await typist.go_through(browser, page)).status == 200, flow
    return typist.refused


async def test_results_of_hostile_comments_are_words_in_every_file(sqlite_world: World) -> None:
    store = sqlite_world.herald.store
    pieces = (PIECES[0], PIECES[3], PIECES[7], PIECES[8], PIECES[9], PIECES[2], PIECES[5])
    people = [await sqlite_world.person(f"Ada {number}") for number in range(len(pieces))]
    await a_scene(sqlite_world)
    for person, piece in zip(people, pieces, strict=True):
        answers = {"why": piece, "useful": "1", "role": "frontline", "one_word": "=1+1"}
        assert isinstance(await talk(store, person, "survey", subject="autumn", **answers), Receipt), piece
    async with store.transaction() as uow:
        await close_survey(uow, survey_id="autumn")
        results = await results_of(uow, survey_id="autumn")
    assert len(results["comments"]["why"]) == len(people)
    (sheet,) = load_workbook(io.BytesIO(as_xlsx(results))).worksheets
    rows = [*csv.reader(io.StringIO(as_csv(results))), *([str(c or "") for c in row] for row in sheet.values)]
    assert not [cell for row in rows for cell in row if begins_like_a_formula(cell)]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert not [raw for raw in RAW_ON_A_PAGE if raw in as_html(results)]
