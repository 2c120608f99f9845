"""People at work while Herald is killed under them. What they were told was accepted goes into their notebook.

Each does what a person does: tries the same again when no answer comes, goes on from whatever stands on the screen, and
never writes the same words twice, so that a word found twice in the database was recorded twice.
"""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from bot.demo.slack import Delivery, SlackPerson
from tests.web.browser import TOP_LEVEL, Browser, Page

PATIENCE_S = 0.05
BUSY = "Please try again in a minute"
CHANGE = "Change my answers"
UNKNOWN = "?"
"""Stands for an answer whose receipt nobody saw: it may be there or not."""


@dataclass
class Notebook:
    """What was accepted: the person saw the next step or a receipt."""

    answers: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """Survey answers by person and survey."""
    pledges: dict[str, str] = field(default_factory=dict)
    """Reference to words."""
    escalations: dict[str, str] = field(default_factory=dict)
    """Reference to reason."""
    acknowledged: set[str] = field(default_factory=set)
    """Subjects of escalations that the manager took on."""
    booked: dict[tuple[str, str], str] = field(default_factory=dict)
    """The last thing that was accepted about a person's seat in a session: `held` or `given back`."""
    typed: dict[str, list[str]] = field(default_factory=dict)
    """Words of pledges that were taken in a direct message or by e-mail, by person."""
    done: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class OnTheWire(Browser):
    """A browser that really speaks HTTP, to a server that may die at any moment."""

    def __init__(self, url: str, *, cookie: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, headers=TOP_LEVEL, timeout=15, cookies={"herald": cookie})

    async def see(self, path: str) -> Page:
        """Opens a page, however long it takes."""
        return Page(await self._insist(lambda: self.http.get(path, follow_redirects=True)))

    async def do(self, page: Page, button: str, **answers: str) -> Page:
        """Presses a button until there is an answer, then looks at where it leads."""
        answer = await self._insist(lambda: self.send(page, button, follow=False, **answers))
        if answer.is_redirect:
            return await self.see(answer.headers["location"])
        return Page(answer)

    async def _insist(self, attempt: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        while True:
            try:
                answer = await attempt()
                if answer.status_code != 503:
                    return answer
            except httpx.TransportError:
                pass
            await asyncio.sleep(PATIENCE_S)


@dataclass
class Desk:
    """Somebody in front of Slack who presses until there is an answer."""

    slack: SlackPerson
    notes: Notebook

    async def insist(self, attempt: Callable[[], Awaitable[Delivery | None]]) -> Delivery:
        """The same press again until Slack shows that it arrived."""
        while True:
            whispered = self._whispered()
            delivery = await attempt()
            if delivery is None:
                raise LookupError(f"the form holds it back: {self.slack.errors()}")
            if delivery.ok and not self._asked_to_wait(whispered):
                return delivery
            await asyncio.sleep(PATIENCE_S)

    async def submit(self, **answers: str) -> None:
        """Fills in the open form and sends it."""
        for key, given in answers.items():
            self.slack.fill(self._block(key), given)
        await self.insist(self.slack.submit)
        if self.slack.errors():
            raise LookupError(f"refused: {self.slack.errors()}")

    async def home(self) -> None:
        """Opens App Home until it is drawn."""
        await self.insist(self.slack.open_home)

    def _whispered(self) -> int:
        """How often Herald has asked to wait in words that stay on the screen."""
        return sum(message.sees(BUSY) for message in self.slack.ephemeral())

    def _asked_to_wait(self, whispered: int) -> bool:
        modal = self.slack.modal()
        in_front = modal is not None and modal.sees(BUSY)
        return in_front or self._whispered() > whispered or any(BUSY in error for error in self.slack.errors())

    def _block(self, key: str) -> str:
        view = self.slack.modal()
        found = [
            str(b["block_id"])
            for b in (view.blocks if view else ())
            if str(b.get("block_id", "")).startswith(f"{key}:")
        ]
        if not found:
            raise LookupError(f"nothing asks {key!r}; there is {view.words if view else 'no form'!r:.300}")
        return found[0]


USEFUL = {"1": "1 – Not at all", "2": "2 – A little", "3": "3 – Very"}
Work = Callable[[], Awaitable[None]]
NUMBERS = itertools.count(1)


async def busy(name: str, notes: Notebook, work: Work) -> None:
    """Does the same kind of work again and again until it is over. A surprise is noted, and the person begins anew."""
    while not notes.over.is_set():
        try:
            await work()
        except (LookupError, AssertionError) as surprise:
            notes.surprises.append(f"{name}: {surprise}"[:600])
        await asyncio.sleep(0.01)


def answering(desk: Desk, email: str, *, surveys: Callable[[], int], dice: random.Random) -> Work:
    """Answers one survey after the other in Slack; who has none left waits for the next."""

    async def work() -> None:
        slack, notes = desk.slack, desk.notes
        left = [n for n in range(1, surveys() + 1) if "why" not in notes.answers.get((email, f"views-{n}"), {})]
        if not left:
            await asyncio.sleep(0.1)
            return
        number = left[0]
        key = (email, f"views-{number}")
        while slack.modal() is not None:
            await slack.close(everything=True)
        await desk.home()
        words = await opening(desk, f"Views {number}")
        if words == CHANGE:  # its last answer arrived though the person was not told
            notes.answers.setdefault(key, {})["why"] = UNKNOWN
            return
        if slack.sees("How useful are the briefings?"):
            useful = dice.choice(("1", "2", "3"))
            await desk.submit(useful=USEFUL[useful])
            notes.answers.setdefault(key, {})["useful"] = useful
            notes.done["survey step"] += 1
        why = f"Send the slides before, number {next(NUMBERS)}"
        await desk.submit(why=why)
        notes.answers.setdefault(key, {})["why"] = why
        notes.done["survey"] += 1

    return work


async def opening(desk: Desk, title: str) -> str:
    """Presses whatever App Home offers for a survey; which button that was."""
    for words in ("Answer", "Continue", CHANGE):
        try:
            await desk.insist(lambda words=words: desk.slack.press(words, where="home", beside=title))  # type: ignore[misc]
        except LookupError:
            continue
        return words
    raise LookupError(f"App Home has nothing for {title}")


def raising(desk: Desk) -> Work:
    """Raises one disagreement after the other in Slack."""
    accepted = ""  # the reason that stands in the talk, perhaps from before a form was lost

    async def work() -> None:
        nonlocal accepted
        slack, notes = desk.slack, desk.notes
        while slack.modal() is not None:
            await slack.close(everything=True)
        await desk.insist(lambda: slack.command("/herald", "escalate"))
        number = next(NUMBERS)
        reason = f"The plan was closed too early, number {number}"
        steps = (
            {"danger": "No"},
            {"consulted": "Yes"},
            {"other_agency": "Northmere Council", "kind": "Delay", "urgency": "Standard"},
            {"own_reference": f"NH-{number}", "reason": reason},
        )
        for step in steps:
            view = slack.modal()
            asked = view is not None and any(
                str(b.get("block_id", "")).startswith(next(iter(step))) for b in view.blocks
            )
            if asked:
                await desk.submit(**step)
                accepted = step.get("reason", accepted)
                notes.done["escalation step"] += 1
        await desk.submit()
        reference = _reference("E", slack.modal().words if slack.modal() else "")  # type: ignore[union-attr]
        notes.escalations[reference] = accepted
        notes.done["escalation"] += 1
        await slack.close(everything=True)

    return work


def managing(desk: Desk) -> Work:
    """The manager takes on whatever comes."""

    async def work() -> None:
        slack, notes = desk.slack, desk.notes
        await desk.home()
        home = slack.home()
        if home is None or not home.sees("I have this"):
            await asyncio.sleep(0.05)
            return
        for reference in references("E", home.words):
            with contextlib.suppress(LookupError):  # what is taken on already has no such button any more
                await desk.insist(
                    lambda reference=reference: slack.press("I have this", where="home", beside=reference)
                )  # type: ignore[misc]
                break
        else:
            raise LookupError(f"nothing of this can be taken on: {home.words:.400}")
        notes.acknowledged.add(reference)
        notes.done["acknowledged"] += 1

    return work


def pledging(browser: OnTheWire, notes: Notebook) -> Work:
    """Makes one pledge after the other on the web, each in words of its own."""

    async def work() -> None:
        text = f"I will ask the young person first, number {next(NUMBERS)}"
        page = await browser.do(await browser.see("/pledge"), "Make a pledge")
        page = await browser.do(page, "Continue", **{"q.pick": "own_words"})
        page = await browser.do(page, "Continue", **{"q.own": text})
        notes.done["pledge step"] += 1
        page = await browser.do(page, "Continue", **{"q.visibility": "private", "q.plan_with": "My team"})
        page = await browser.do(page, "Make this pledge")
        notes.pledges[_reference("P", page.text)] = text
        notes.done["pledge"] += 1

    return work


def booking(browser: OnTheWire, email: str, notes: Notebook, *, dice: random.Random) -> Work:
    """Books seats that are nearly gone, takes what is offered, gives it back."""

    async def work() -> None:
        session = f"session-{dice.choice((1, 2))}"
        page = await browser.see(f"/briefings/{session}")
        offered = [b.get_text(strip=True) for b in page.soup.select("main form button")]
        for words, after in STEPS:
            if words in offered:
                await browser.do(page, words)
                notes.booked[(email, session)] = after
                notes.done[words] += 1
                return
        raise AssertionError(f"nothing can be done with {session}: {offered} {page.text:.200}")

    return work


STEPS = (
    ("Accept", "held"),
    ("Take it", "held"),
    ("Book my seat", "held"),
    ("Join the waiting list", "held"),
    ("Cancel", "given back"),
    ("Leave the list", "given back"),
)
"""The buttons of a session's page, and what stands afterwards."""


def references(letter: str, text: str) -> list[str]:
    """The references of this kind in a text, each once, in order. Raises LookupError where there is none."""
    words = [word.strip(".,:;()“”*") for word in text.split()]
    found = list(dict.fromkeys(word for word in words if word.startswith(f"{letter}-20")))
    if not found:
        raise LookupError(f"no reference in {text!r:.400}")
    return found


def _reference(letter: str, text: str) -> str:
    return references(letter, text)[0]
