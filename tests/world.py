"""The whole of Herald on real ports, with a stand-in Slack and a real SMTP server around it, that a test can restart."""

import contextlib
import email
import email.policy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path

from bot.app import Herald, build
from bot.demo.serving import listener, serving
from bot.demo.slack import Member, SlackPerson, StandIn, Workspace, running_stand_in
from bot.keyring import Keyring
from bot.mail_door import listening_for_mail
from bot.settings import MailSettings, Settings, SlackSettings
from handlers.files import apply_file
from storage.tables.people import Person
from tests.clocks import MovingClock
from tests.factories import PARTNERSHIP, a_person
from tests.ports import free_port
from tests.smtp_sink import Sink, running_sink
from tests.web.browser import Browser

SIGNING_SECRET = "the signing secret of the world of the tests"
LINK = re.compile(r"https?://[^\s<>\"]+/(?:l|sign-in|unsubscribe)/[^\s<>\"]+")


@dataclass
class World:
    """Herald and everything outside of it."""

    settings: Settings
    clock: MovingClock
    stand_in: StandIn
    sink: Sink
    herald: Herald
    port: int
    browsers: list[Browser] = field(default_factory=list)
    mail_port: int = 0
    _listening: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def start(self) -> None:
        """Serves Herald on its port."""
        await self._listening.enter_async_context(serving(self.herald.site, on=listener(self.port), lifespan="on"))
        await self._listening.enter_async_context(self.herald.listening())
        mail = await self._listening.enter_async_context(listening_for_mail(self.herald.store, self.settings))
        self.mail_port = 0 if mail is None else mail.port

    async def stop(self) -> None:
        """Stops the process as a signal would."""
        await self._listening.aclose()
        await self.herald.close()

    async def restart(self) -> None:
        """A new process on the same database: nothing that was only in memory is left."""
        await self.stop()
        self.herald = in_a_hurry(self.settings, clock=self.clock)
        for browser in self.browsers:
            browser.move_to(self.herald.site)
        await self.start()

    async def tick(self) -> None:
        """Does everything that is due now, and sends what waits."""
        for _ in range(3):
            await self.herald.tick()

    async def person(self, name: str, *, slack: bool = False, **given: object) -> Person:
        """Somebody in the register; with `slack` also a member of the workspace."""
        slack_id = f"U{name.upper()}" if slack else None
        async with self.herald.store.transaction() as uow:
            person = await a_person(uow, name, slack_id=slack_id, **given)
        if slack_id is not None:
            self.stand_in.workspace.add(Member(slack_id, name, person.email))
        return person

    def slack(self, person: Person) -> SlackPerson:
        """The person in front of Slack."""
        return self.stand_in.person(person.email)

    def letters(self, person: Person) -> list[EmailMessage]:
        """Every e-mail that reached a person, the oldest first."""
        found = [email.message_from_bytes(mail.raw, policy=email.policy.default) for mail in self.sink.to(person.email)]
        return [letter for letter in found if isinstance(letter, EmailMessage)]

    def letter(self, person: Person, subject: str) -> EmailMessage:
        """The latest e-mail to a person whose subject contains these words."""
        for letter in reversed(self.letters(person)):
            if subject in str(letter["Subject"]):
                return letter
        said = [str(letter["Subject"]) for letter in self.letters(person)]
        raise AssertionError(f"no e-mail about {subject!r}; there are {said}")

    async def browser(self) -> Browser:
        """A browser that nobody has signed in with."""
        browser = Browser(self.herald.site, base_url=self.settings.base_url)
        self.browsers.append(browser)
        return browser

    async def signed_in(self, person: Person) -> Browser:
        """A browser in which this person asked for a link, opened the mail, and signed in."""
        browser = await self.browser()
        asked = await browser.open("/sign-in")
        await browser.press(asked, "Send me a link", email=person.email)
        await self.tick()
        page = await browser.open(path_of(links_in(self.letter(person, "Sign in"))[0]))
        await browser.press(page, "Sign in")
        return browser


def links_in(letter: EmailMessage) -> list[str]:
    """The links of a letter's text part, in order."""
    body = letter.get_body(preferencelist=("plain",))
    return LINK.findall(str(body.get_content())) if body is not None else []


def path_of(link: str) -> str:
    """A link without its host."""
    return "/" + link.split("/", 3)[3]


def in_a_hurry(settings: Settings, *, clock: MovingClock) -> Herald:
    """Herald as it is built, but for the second between two Slack messages to one person: nobody waits for it here."""
    return replace(build(settings, clock=clock), slack_per_second=1000.0)


@contextlib.asynccontextmanager
async def a_world(
    url: str, *, clock: MovingClock, keyring: Keyring, folder: Path, socket_mode: bool = False
) -> AsyncIterator[World]:
    """Northmere on the given database, served on a free port; Slack comes in signed, or by Socket Mode."""
    port = free_port()
    workspace = Workspace([], clock=clock)
    async with running_stand_in(workspace=workspace, signing_secret=SIGNING_SECRET) as stand_in, running_sink() as sink:
        base_url = f"http://127.0.0.1:{port}"
        stand_in.door.url = base_url
        stand_in.sockets.on = socket_mode
        slack = SlackSettings(stand_in.bot_token, SIGNING_SECRET, api_url=stand_in.api_url)
        if socket_mode:
            slack = replace(slack, signing_secret="", app_token=stand_in.app_token)
        settings = Settings(
            database_url=url,
            base_url=base_url,
            keyring=keyring,
            mail=MailSettings(
                smtp_url=sink.url,
                sender="herald@northmere.example.org",
                domain="northmere.example.org",
                listen="127.0.0.1:0",
            ),
            slack=slack,
            live=True,
            state_dir=folder / "state",
        )
        world = World(settings, clock, stand_in, sink, in_a_hurry(settings, clock=clock), port)
        async with world.herald.store.transaction() as uow:
            await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
        await world.start()
        try:
            yield world
        finally:
            await world.stop()
            for browser in world.browsers:
                await browser.close()
