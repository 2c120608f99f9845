"""One person-shaped client for each surface, with the same verbs, so that one script proves them all.

`start` opens a talk, `answer` answers the step that is shown, `send` sends the check of answers, `sees` tells what the
person reads, `act` presses a button on what needs them.
"""

from datetime import date
from typing import Protocol

from bot.demo.slack import Delivery, SlackPerson
from bot.rendering.slack_question import ASKED
from storage.tables.people import Person
from tests.mail.writing import reply_to, send, text_of
from tests.web.browser import Browser, Page
from tests.world import World

Answer = str | list[str]


class Drive(Protocol):
    """A person on one surface."""

    async def start(self, word: str) -> None:
        """Begins a talk with one of the words of the contract: `pledge`, `escalate`, `book signs of safety`."""

    async def answer(self, **answers: Answer) -> None:
        """Answers the step that is shown: question key to the words chosen or typed."""

    async def answer_date(self, **answers: date) -> None:
        """Answers a step that asks for dates."""

    async def send(self) -> None:
        """Presses the button of the check of answers."""

    async def act(self, button: str) -> None:
        """Presses a button on what needs the person."""

    def sees(self, words: str) -> bool:
        """Whether these words are on the screen."""


class OnSlack:
    """A person in Slack: slash command, modal, App Home."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self.slack: SlackPerson = world.slack(person)

    async def start(self, word: str) -> None:
        await self.slack.command("/herald", word)

    async def answer(self, **answers: Answer) -> None:
        for key, given in answers.items():
            self.slack.fill(self._block(key), given)
        await self.slack.submit()

    async def answer_date(self, **answers: date) -> None:
        await self.answer(**{key: day.isoformat() for key, day in answers.items()})

    async def send(self) -> None:
        await self.slack.submit()

    async def act(self, button: str) -> None:
        await self.slack.open_home()
        await self.slack.press(button, where="home")

    def sees(self, words: str) -> bool:
        return self.slack.sees(words)

    def _block(self, key: str) -> str:
        view = self.slack.modal()
        if view is None:
            raise AssertionError(f"no modal is open; errors: {self.slack.errors()}")
        for block in view.blocks:
            if str(block.get("block_id", "")).startswith(f"{key}:"):
                return str(block["block_id"])
        raise AssertionError(f"the modal does not ask {key!r}: {[block.get('block_id') for block in view.blocks]}")


class OnDirectMessage:
    """A person who types to Herald in Slack, and presses the buttons below its questions."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self.slack: SlackPerson = world.slack(person)

    async def write(self, text: str) -> None:
        """Types something and waits for what comes back."""
        self._answered(await self.slack.say(text))
        await self._settle()

    async def press(self, button: str) -> None:
        """Presses a button below the newest message that has it."""
        self._answered(await self.slack.press(button, where="message"))
        await self._settle()

    async def start(self, word: str) -> None:
        await self.write(word)

    async def answer(self, **answers: Answer) -> None:
        """Answers questions one after the other, whatever order they are given in; those not named are skipped."""
        waiting = dict(answers)
        while waiting:
            key = self.asked()
            if key in waiting:
                given = waiting.pop(key)
                await self.write(", ".join(given) if isinstance(given, list) else given)
            elif key:
                await self.write("skip")
            else:
                raise AssertionError(f"nobody asks {sorted(waiting)}; the last message is {self.last()!r}")

    async def answer_date(self, **answers: date) -> None:
        await self.answer(**{key: f"{day.day} {day:%B %Y}" for key, day in answers.items()})

    async def send(self) -> None:
        """Skips what may be left out, then sends the check of answers."""
        while self.asked():
            await self.write("skip")
        await self.write("send")

    async def act(self, button: str) -> None:
        await self.press(button)

    def sees(self, words: str) -> bool:
        return self.slack.sees(words)

    def last(self) -> str:
        """The words of the newest message."""
        return self.slack.messages()[-1].words

    def asked(self) -> str:
        """The key of the question that the newest message asks; empty when it asks none."""
        names = (str(block.get("block_id", "")) for block in self.slack.messages()[-1].blocks)
        return next((name.removeprefix(ASKED) for name in names if name.startswith(ASKED)), "")

    async def _settle(self) -> None:
        await self._world.herald.tick()

    def _answered(self, delivery: Delivery) -> None:
        assert delivery.ok, delivery


STARTS = {
    "pledge": ("/pledge", "Make a pledge"),
    "escalate": ("/escalate", "Start"),
}
"""Where a talk of the contract's words begins on the web: the page, and its button."""


class OnTheWeb:
    """A person at a browser without scripts."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person
        self._browser: Browser | None = None
        self.page: Page | None = None

    async def browser(self) -> Browser:
        if self._browser is None:
            self._browser = await self._world.signed_in(self._person)
        return self._browser

    async def open(self, path: str) -> None:
        self.page = await (await self.browser()).open(path)

    async def press(self, button: str, **answers: Answer) -> None:
        assert self.page is not None, "nothing is open"
        self.page = await (await self.browser()).press(self.page, button, **answers)

    async def start(self, word: str) -> None:
        path, button = STARTS[word]
        await self.open(path)
        await self.press(button)

    async def answer(self, **answers: Answer) -> None:
        values = {f"q.{key}": self._value(key, given) for key, given in answers.items()}
        await self.press(self._button(), **values)

    async def answer_date(self, **answers: date) -> None:
        parts: dict[str, Answer] = {}
        for key, day in answers.items():
            parts |= {f"q.{key}.day": str(day.day), f"q.{key}.month": str(day.month), f"q.{key}.year": str(day.year)}
        await self.press(self._button(), **parts)

    async def send(self) -> None:
        await self.press(self._button())

    async def act(self, button: str) -> None:
        await self.open("/me")
        await self.press(button)

    def sees(self, words: str) -> bool:
        return self.page is not None and words in self.page.text

    def _button(self) -> str:
        assert self.page is not None
        form = self.page.soup.select_one("main form")
        assert form is not None, self.page.text
        button = form.find("button")
        assert button is not None
        return button.get_text(strip=True)

    def _value(self, key: str, given: Answer) -> Answer:
        """The value behind the words of a choice; typed text as it is."""
        if isinstance(given, list):
            return [str(self._value(key, each)) for each in given]
        assert self.page is not None
        for box in self.page.soup.select(f'input[type=radio][name="q.{key}"], input[type=checkbox][name="q.{key}"]'):
            label = self.page.soup.find("label", attrs={"for": box["id"]})
            if label is not None and label.get_text(strip=True) == given:
                return str(box["value"])
        for option in self.page.soup.select(f'select[name="q.{key}"] option'):
            if option.get_text(strip=True) == given:
                return str(option["value"])
        return given


class ByEmail:
    """A person who answers e-mails: every reply quotes the message, as mail programs do, and goes to its Reply-To."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    async def reply(self, text: str, *, to: int = -1) -> None:
        """Answers the latest e-mail, or that one of those received; then reads what comes back."""
        mail = reply_to(self._world.letters(self._person)[to], text, sender=self._person.email)
        await send(mail, port=self._world.mail_port, sender=self._person.email)
        await self._world.herald.tick()

    async def answer(self, *lines: str) -> None:
        """Answers the step of the latest e-mail: one line for each question, numbered where there are several."""
        said = lines[0] if len(lines) == 1 else "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))
        await self.reply(said)

    def sees(self, words: str) -> bool:
        """Whether the latest e-mail says this, line breaks aside."""
        letters = self._world.letters(self._person)
        return bool(letters) and " ".join(words.split()) in " ".join(text_of(letters[-1]).split())


SURFACES = (OnSlack, OnTheWeb)
