"""The page without a browser: plain forms and links, as somebody without JavaScript uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp

from bot.demo.slack import StandIn, build_stand_in
from bot.rendering.slack_mrkdwn import SAFE_SCHEMES, to_html
from tests.demo_slack import showcase

Json = dict[str, Any]


class Hand:
    """Somebody who follows links and sends forms, nothing else."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = BeautifulSoup()
        self.status = 0

    async def go(self, path: str) -> None:
        self._took(await self.client.get(path))

    async def press(self, words: str, *, within: str = "body", **answers: str | list[str]) -> None:
        """Presses a button by its words, the form filled as it stands plus `answers` by label."""
        button = next(b for b in self.page.select(f"{within} button") if words in b.get_text(" ", strip=True))
        form = button.find_parent("form")
        assert isinstance(form, Tag)
        fields = _fields(form)
        for label, answer in answers.items():
            name = str(_labelled(form, label.replace("_", " "))["name"])
            fields[name] = answer
        if button.get("name"):
            fields[str(button["name"])] = str(button.get("value", ""))
        method = str(form.get("method", "get"))
        if method == "post":
            self._took(await self.client.post(str(form["action"]), data=fields))
        else:
            self._took(await self.client.get(str(form["action"]), params=fields))

    def _took(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.url = str(answer.url)
        self.page = BeautifulSoup(answer.text, "html.parser")

    @property
    def words(self) -> str:
        return " ".join(self.page.get_text(" ").split())


def _fields(form: Tag) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for control in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(control["name"]), control.get("type")
        if kind in ("radio", "checkbox"):
            if control.has_attr("checked"):
                fields.setdefault(name, [])
                fields[name] = [*([fields[name]] if isinstance(fields[name], str) else fields[name]), control["value"]]
        elif control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            fields[name] = str(chosen["value"]) if chosen else ""
        else:
            fields[name] = control.get_text() if control.name == "textarea" else str(control.get("value", ""))
    return fields


def _labelled(form: Tag, words: str) -> Tag:
    for label in form.select("label"):
        if label.get_text(" ", strip=True).startswith(words):
            found = form.find(id=str(label["for"]))
            assert isinstance(found, Tag)
            return found
    raise LookupError(words)


@pytest.fixture
async def hand(stand_in: StandIn) -> AsyncIterator[Hand]:
    async with httpx.AsyncClient(base_url=stand_in.url, follow_redirects=True) as client:
        yield Hand(client)


async def test_a_person_is_found_by_name_or_agency(hand: Hand) -> None:
    await hand.go("/")
    assert "4 people" in hand.words
    await hand.press("Search", Name="police")
    assert "1 person for “police”" in hand.words
    assert "Ben Manager" in hand.words
    await hand.go("/?q=nobody")
    assert "Nobody here matches" in hand.words
    await hand.go("/p/U0NOBODY/home")
    assert (hand.status, "This person is not here" in hand.words) == (404, True)


async def test_app_home_opens_and_its_button_opens_a_form(hand: Hand, app: AsyncApp) -> None:
    showcase.install(app)
    await hand.go("/p/U0ADA/home")
    assert "has not shown you a Home page yet" in hand.words
    await hand.press("Open Home")
    assert "Good morning, Ada" in hand.words
    await hand.press("Answer", within="main")
    dialog = hand.page.select_one("[role=dialog]")
    assert dialog is not None
    assert dialog.h1 is not None
    assert dialog.h1.get_text() == "Working together"
    assert hand.page.select_one(".desk[inert]") is not None


async def test_a_form_is_filled_sent_refused_and_accepted_without_javascript(
    hand: Hand, app: AsyncApp, stand_in: StandIn
) -> None:
    heard = showcase.install(app)
    await hand.go("/p/U0ADA/messages")
    await hand.press("Send", Message="/herald survey")
    await hand.press("Send", within="[role=dialog]", How_many="7", Your_sector="1")
    assert "Please complete this required field." in hand.words
    assert str(hand.page.title).startswith("<title>Error: Working together")
    await hand.press("Send", within="[role=dialog]", What_is="a child")
    assert "Please leave out the name." in hand.words
    assert "One answer needs another look." in hand.words
    await hand.press("Send", within="[role=dialog]", What_is="Line one\r\nLine two")
    assert "Your reference is S-2026-0001 ." in hand.words
    values = heard[-1]["view"]["state"]["values"]
    assert values["what-is-working-well"]["answer"]["value"] == "Line one\nLine two"
    assert values["how-many-years"]["answer"]["value"] == "7"
    assert values["your-sector"]["answer"]["selected_option"]["value"] == "police"
    await hand.press("Close", within="[role=dialog]")
    assert stand_in.person("U0ADA").modal() is None


async def test_a_button_inside_a_form_keeps_what_was_typed(hand: Hand, app: AsyncApp) -> None:
    heard = showcase.install(app)
    await hand.go("/p/U0ADA/messages")
    await hand.press("Send", Message="/herald survey")
    await hand.press("Back", within="[role=dialog]", What_is="Half a sentence")
    assert heard[-1]["actions"][0]["action_id"] == "back"
    box = hand.page.select_one("[role=dialog] textarea")
    assert box is not None
    assert box.get_text() == "Half a sentence"


async def test_everything_in_a_message_can_be_pressed_or_chosen(hand: Hand, app: AsyncApp) -> None:
    heard = showcase.install(app)
    await hand.go("/p/U0ADA/messages")
    await hand.press("Send", Message="show me")
    assert "Two briefings have places" in hand.words
    await hand.press("Book a place", within="#latest")
    assert heard[-1]["actions"][0]["value"] == "sos"
    await hand.press("Cancel my place", within="#latest")
    assert "Somebody on the list is offered it." in hand.words
    assert heard[-1]["actions"][0]["action_id"] == "book"
    await hand.press("Yes, cancel")
    assert heard[-1]["actions"][0]["action_id"] == "cancel"
    await hand.press("Read more", within="#latest")
    assert "https://example.org/more" in hand.words
    assert heard[-1]["actions"][0]["action_id"] == "more"


async def test_menus_and_choices_are_reported_with_what_was_chosen(
    hand: Hand, app: AsyncApp, stand_in: StandIn
) -> None:
    heard = showcase.install(app)
    await stand_in.person("U0ADA").say("show me")
    await hand.go("/p/U0ADA/messages")
    form = hand.page.select_one("#latest form")
    assert form is not None
    fields = _fields(form)
    pick, dots = (f"part row/{name}" for name in ("pick", "dots"))
    for do, more, value in (
        ("choose row/pick", {pick: "1"}, "tue"),
        ("choose row/dots", {dots: "0"}, "not for me"),
    ):
        fields |= more
        await hand.client.post(str(form["action"]), data={**fields, "do": do})
        assert heard[-1]["actions"][0]["selected_option"]["value"] == value
    radio = form.select_one("input[type=radio]")
    assert radio is not None
    name = str(radio["name"])
    await hand.client.post(str(form["action"]), data={**fields, name: ["", "1"], "do": name.replace("part", "choose")})
    assert heard[-1]["actions"][0]["selected_option"]["value"] == "e-mail"
    assert heard[-1]["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "tue"


async def test_a_choice_that_has_gone_and_a_message_that_has_changed_do_no_harm(
    hand: Hand, app: AsyncApp, stand_in: StandIn
) -> None:
    heard = showcase.install(app)
    await stand_in.person("U0ADA").say("show me")
    for wrong in (
        {"place": "1.000001", "do": "press row/cancel"},
        {"place": stand_in.person("U0ADA").messages()[-1].ts, "do": "press row/nothing"},
        {"place": stand_in.person("U0ADA").messages()[-1].ts, "do": "choose row/pick", "part row/pick": "99"},
        {},
    ):
        answer = await hand.client.post("/p/U0ADA/act", data=wrong)
        assert answer.status_code == 200
    assert [body["actions"][0]["selected_option"] for body in heard] == [None]


async def test_an_app_that_is_away_is_said_kindly(hand: Hand, stand_in: StandIn) -> None:
    stand_in.door.url = "http://127.0.0.1:9"
    await hand.go("/p/U0ADA/messages")
    await hand.press("Send", Message="/herald help")
    assert "The app did not respond. Try again in a moment." in hand.words


async def test_words_from_the_app_never_become_markup(hand: Hand, app: AsyncApp) -> None:
    showcase.install(app)
    await hand.go("/p/U0ADA/messages")
    await hand.press("Send", Message="<b>show</b> & tell")
    assert "<b>show</b> & tell" in hand.words
    assert hand.page.select("li b, li script") == []


async def test_the_page_is_strict_about_scripts_and_other_sites(hand: Hand) -> None:
    await hand.go("/p/U0ADA/messages")
    assert "script-src 'self'" in hand.headers["content-security-policy"]
    assert "unsafe" not in hand.headers["content-security-policy"]
    assert hand.page.select("[style], style, script:not([src])") == []
    foreign = await hand.client.post("/p/U0ADA/say", data={"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    for name in ("stand-in.css", "stand-in.js"):
        assert (await hand.client.get(f"/static/{name}")).status_code == 200
    assert (await hand.client.get("/static/../server.py")).status_code == 404


async def test_every_control_has_a_label_and_every_id_is_used_once(
    hand: Hand, app: AsyncApp, stand_in: StandIn
) -> None:
    showcase.install(app)
    ada = stand_in.person("U0ADA")
    await ada.say("show me")
    await ada.open_home()
    for act in ("messages", "home", "modal"):
        if act == "modal":
            await ada.command("/herald", "survey")
            await ada.submit()
        await hand.go(f"/p/U0ADA/{'home' if act == 'home' else 'messages'}")
        ids = [str(tag["id"]) for tag in hand.page.select("[id]")]
        assert len(ids) == len(set(ids))
        labels = {str(label["for"]) for label in hand.page.select("label[for]")}
        for control in hand.page.select("input:not([type=hidden]), select, textarea"):
            assert control.get("aria-label") or control.get("id") in labels, control
        for image in hand.page.select("img"):
            assert image.get("alt")


async def test_the_stand_in_works_under_a_path_of_the_demos_site(stand_in: StandIn) -> None:
    site = FastAPI()
    door = stand_in.door
    inner = build_stand_in(workspace=stand_in.workspace, app_url="", signing_secret="", door=door)
    site.mount("/demo/slack", inner)
    transport = httpx.ASGITransport(app=site)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", follow_redirects=True) as client:
        hand = Hand(client)
        await hand.go("/demo/slack")
        assert "Ada Practitioner" in hand.words
        links = [str(a["href"]) for a in hand.page.select(".faces a, link[rel=stylesheet]")]
        assert all(link.startswith("/demo/slack/") for link in links)
        assert [(await client.get(link)).status_code for link in links] == [200] * len(links)
        await hand.go("/demo/slack/p/U0ADA/messages")
        await hand.press("Send", Message="hello")
        assert hand.url.endswith("/demo/slack/p/U0ADA/messages#latest")
        token = {"Authorization": f"Bearer {stand_in.bot_token}"}
        assert (await client.post("/demo/slack/api/auth.test", headers=token)).json()["ok"] is True


async def test_the_script_is_told_when_something_is_new(hand: Hand, stand_in: StandIn, app: AsyncApp) -> None:
    async def version() -> str:
        return str((await hand.client.get("/p/U0ADA/version")).json()["version"])

    before = await version()
    assert await version() == before
    await app.client.chat_postMessage(channel="U0BEN", text="For Ben")
    assert await version() == before
    await app.client.chat_postMessage(channel="U0ADA", text="For Ada")
    assert await version() != before


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("*bold* and _slanted_ and ~gone~", "<strong>bold</strong> and <em>slanted</em> and <s>gone</s>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`*code*`", "<code>*code*</code>"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
        ("<b>", "b"),
        ("<javascript:alert(1)|press>", "press"),
        (
            "*<https://example.org/?a=1&amp;b=2|Book>*",
            '<strong><a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">Book</a></strong>',
        ),
        ("&gt; quoted\nnot", '<span class="quote">quoted</span><br>not'),
        (":wave: hello :unknown:", "👋 hello :unknown:"),
        ("<@U0ADA> <!here>", '<span class="mention">@Ada</span> <span class="mention">@here</span>'),
        ("<!date^1>", "1"),
    ],
)
def test_mrkdwn_becomes_safe_html(words: str, shown: str) -> None:
    assert to_html(words, name_of=lambda _: "Ada") == shown


@given(st.text(alphabet="*_~`<>|@!#&;:/ab\n ") | st.text())
def test_no_text_whatever_becomes_foreign_markup(words: str) -> None:
    tags = BeautifulSoup(to_html(words), "html.parser").find_all(True)
    assert {tag.name for tag in tags} <= {"a", "br", "code", "em", "pre", "s", "span", "strong"}
    assert all(set(tag.attrs) <= {"class", "href", "rel", "target"} for tag in tags)
    assert all(str(tag["href"]).lower().startswith(SAFE_SCHEMES) for tag in tags if tag.name == "a")
