"""People who fill in every box of whatever form is in front of them, without knowing which talk it is."""

from collections.abc import Callable
from datetime import date, timedelta

from bs4 import Tag

from bot.demo.slack.seen import Part, parts_of
from storage.tables.people import Person
from tests.drive import OnSlack
from tests.web.browser import Browser, Page
from tests.world import World

Words = Callable[[int], str]
"""What to type into a box that takes so many characters (0: nobody knows)."""
MOST_STEPS = 25


def a_day(world: World, refused: list[str]) -> date:
    """The day after tomorrow, or yesterday where a form has said that the day must be past."""
    past = any("on or before" in said for said in refused)
    return (world.clock.now + timedelta(days=-1 if past else 2)).date()


def fine(_longest: int) -> str:
    """Harmless words, where hostile ones were refused."""
    return "Fine"


class SlackTypist:
    """Goes through a talk in Slack's forms. `refused` are the words beside boxes on the way."""

    def __init__(self, world: World, person: Person, words: Words) -> None:
        self.talk = OnSlack(world, person)
        self.world = world
        self.words = words
        self.refused: list[str] = []

    async def go_through(self) -> None:
        """Answers every step of the form that is open, until there is nothing to send any more."""
        for _ in range(MOST_STEPS):
            view = self.talk.slack.modal()
            if view is None or not view.submit_words:
                return
            for words in (self.words, fine):
                for part in [part for part in parts_of(view.blocks) if part.is_input]:
                    self.fill(part, words)
                await self.talk.slack.submit(unchecked=True)
                if self.talk.slack.modal() is not view and not self.talk.slack.errors():
                    break
                self.refused += self.talk.slack.errors()
                if not self.talk.slack.errors():
                    break
        raise AssertionError(f"the talk does not end: {self.refused[-3:]}")

    def fill(self, part: Part, words: Words) -> None:
        element = part.element
        match element["type"]:
            case "plain_text_input":
                self.talk.slack.fill(part.block_id, words(int(element.get("max_length", 0))))
            case "number_input":
                self.talk.slack.fill(part.block_id, "7")
            case "datepicker":
                self.talk.slack.fill(part.block_id, a_day(self.world, self.refused))
            case _:
                options = element.get("options") or [o for group in element["option_groups"] for o in group["options"]]
                wanted = [option["value"] for option in options]
                harmless = [value for value in wanted if value in ("own_words", "no")]
                self.talk.slack.fill(part.block_id, (harmless or wanted)[0])


class WebTypist:
    """Goes through a talk on web pages."""

    def __init__(self, world: World, words: Words) -> None:
        self.world = world
        self.words = words
        self.refused: list[str] = []

    async def go_through(self, browser: Browser, page: Page) -> Page:
        """Answers every step, until a page has no form of a talk."""
        for _ in range(MOST_STEPS):
            form = page.soup.select_one("main form[action^='/talk/']")
            if form is None:
                return page
            button = form.find("button")
            assert isinstance(button, Tag)
            for words in (self.words, fine):
                answers = self.answers(form, words)
                sent = await browser.press(page, button.get_text(strip=True), **answers)
                assert sent.status < 500, (sent.path, sent.text[:300])
                if not sent.errors:
                    break
                self.refused += [error for _, error in sent.errors]
            page = sent
        raise AssertionError(f"the talk does not end: {page.text[:300]}")

    def answers(self, form: Tag, words: Words) -> dict[str, str]:
        day = a_day(self.world, self.refused)
        dates = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
        found: dict[str, str] = {}
        for box in form.select("input[name^='q.'], textarea[name^='q.'], select[name^='q.']"):
            name, kind = str(box["name"]), str(box.get("type", ""))
            if name.rpartition(".")[2] in dates and name.count(".") == 2:
                found[name] = dates[name.rpartition(".")[2]]
            elif box.name == "select":
                offered = [str(option["value"]) for option in box.find_all("option") if option.get("value")]
                found[name] = offered[0]
            elif kind in ("radio", "checkbox"):
                value = str(box["value"])
                if name not in found or value in ("own_words", "no"):
                    found[name] = value
            elif "numeric" in str(box.get("inputmode", "")) or kind == "number":
                found[name] = "7"
            else:
                found[name] = words(int(str(box.get("maxlength", 0)) or 0))
        return found
