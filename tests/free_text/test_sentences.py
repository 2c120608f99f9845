"""What people write, and what they get: always something useful, danger first, and words alone change nothing."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation.prompt import Notice
from bot.files.partnership import parse_partnership
from bot.keyring import Keyring
from bot.rendering.slack_limits import check_message
from bot.rendering.slack_note import note_message
from digests.compose import compose_note
from digests.messages.kinds import Writing
from handlers.acts import Listing, Opens
from handlers.files import apply_file
from handlers.typed.telling import listing_facts
from handlers.words import understand
from storage.deliveries import SendingPolicy
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import booked, people, the_partnership
from tests.clocks import A_TUESDAY, MovingClock
from tests.databases import SqliteTemplate
from tests.factories import PARTNERSHIP

CORE = {"id": "core", "title": "Core groups and conferences", "starts": "2026-11-26T12:30", "ends": "2026-11-26T13:30"}
LEVELS = {
    "id": "levels",
    "title": "Levels of need and support",
    "starts": "2026-12-09T12:30",
    "ends": "2026-12-09T13:30",
}
SIGNS = {"id": "signs", "title": "Signs of Safety", "starts": "2026-12-10T12:30", "ends": "2026-12-10T13:30"}
AGAIN = {**SIGNS, "id": "signs-again", "starts": "2027-01-14T12:30", "ends": "2027-01-14T13:30"}
DEADLINES = """herald_deadlines: 1
deadlines:
  - {id: near, kind: custom, title: Section 11 return, owner: OWNER, due: 2026-11-27}
  - {id: far, kind: custom, title: Annual report, owner: OWNER, due: 2027-02-26}
"""

DANGER, HELP, RING = "says If a child is in danger now", "lists How Herald can help", "says Whom to ring"
NOTHING, GLAD = "says There is nothing to answer here just now", "says Gladly"
BOOK, BOTH_SIGNS = "opens booking", "lists Which one do you mean?: signs, signs-again"
NEXT = "lists The next sessions: core, levels, signs"
CANCEL, TO_CANCEL = "lists Which booking shall we cancel?: levels, signs-again", "lists Cancel this booking?: "
MY, NO_SURVEY = "lists What needs you, and what is yours: near", "says No survey waits for you"
DUE = "lists Your deadlines: near, far"

SENTENCES = {
    # danger before everything else
    "999": DANGER,
    "a child is in danger": DANGER,
    "A CHILD IS IN DANGER RIGHT NOW!!!": DANGER,
    "there is an emergancy, book somebody": DANGER,
    "she is being hurt at home, what do I do": DANGER,
    "please help he hit a child": DANGER,
    "is she unsafe?": DANGER,
    # whom to ring
    "who do I ring?": RING,
    "Who can I call about this": RING,
    "what is the phone number": RING,
    "number for the front door please": RING,
    "MASH": RING,
    # booking by title
    "book": BOOK,
    "Book!": BOOK,
    "BOOK ME ON SIGNS OF SAFETY": BOTH_SIGNS,
    "book signs of safety": BOTH_SIGNS,
    "I'd like to book onto signs of safety, please": BOTH_SIGNS,
    "boook sings of saftey": BOTH_SIGNS,
    "signs of safety": BOTH_SIGNS,
    "book levels of need": "opens booking levels",
    "Levels of Need": "opens booking levels",
    "lvels of need": "opens booking levels",
    "can I have a place on core groups": "opens booking core",
    "sign me up for core groups and conferences": "opens booking core",
    "book levels": "opens booking levels",
    "book the signs-again session": "opens booking signs-again",
    "book neglect": "lists We did not find that session: core, levels, signs",
    # booking by day
    "book me on signs of safety in december": "opens booking signs",
    "Book me on Signs of Safety in December.": "opens booking signs",
    "book signs of safety in january please": "opens booking signs-again",
    "book signs of safety 14 january": "opens booking signs-again",
    "book sings of safty in Janury": "opens booking signs-again",
    "signs of safety in december": "opens booking signs",
    "book me a place on thursday": "opens booking core",
    "book me a place this week": "opens booking core",
    "can i get a seat tomorrow?": "lists Nothing is tomorrow: core, levels, signs",
    "book me on something in december": "lists These are in December 2026. Which one do you mean?: levels, signs",
    "book december": "lists These are in December 2026. Which one do you mean?: levels, signs",
    "any briefings in december?": "lists These are in December 2026. Which one do you mean?: levels, signs",
    "what training is there next month": "lists These are next month. Which one do you mean?: levels, signs",
    "book 9/12": "opens booking levels",
    "book the one on 10 December": "opens booking signs",
    "book me in on the 9th of december": "opens booking levels",
    "book core groups in january": "lists We found nothing like that in January 2027: core",
    "book me in for july": "lists Nothing is in July 2027: core, levels, signs",
    # the next one
    "next briefing": NEXT,
    "when is the next briefing?": NEXT,
    "what's the next session": NEXT,
    "next signs of safety": "opens booking signs",
    "book the next signs of safety": "opens booking signs",
    # deadlines
    "deadlines": DUE,
    "Deadlines?": DUE,
    "deadlnes": DUE,
    "what is due?": DUE,
    "what's due this week": "lists Your deadlines: near",
    "what is due in february": DUE,
    "what's due today": "says Nothing of yours is due today",
    "what reviews are overdue": DUE,
    # mine
    "my": MY,
    "what do I owe?": MY,
    "What do i owe": MY,
    "what needs me": MY,
    "anything outstanding?": MY,
    "my to do list": MY,
    # the others
    "survey": NO_SURVEY,
    "I want to give my view": NO_SURVEY,
    "surevy": NO_SURVEY,
    "is there a questionnaire": NO_SURVEY,
    "pledge": "opens pledge",
    "I want to make a plegde": "opens pledge",
    "I promise to share this": "opens pledge",
    "escalate": "opens escalation",
    "I disagree with social care": "opens escalation",
    "we want to challenge a decision": "opens escalation",
    "escalation!!": "opens escalation",
    # help and courtesies
    "": HELP,
    "help": HELP,
    "hello": HELP,
    "Hi!": HELP,
    "what can you do?": HELP,
    "thank you": GLAD,
    "thanks very much": GLAD,
    "ok": GLAD,
    # answers that nobody asked for
    "stop": NOTHING,
    "STOP!": NOTHING,
    "yes": NOTHING,
    "2": NOTHING,
    "skip": NOTHING,
    # nothing near
    "helo wrld": HELP,
    "look at the weather": HELP,
    "bore da": HELP,
    "dzień dobry": HELP,
    "🫖": HELP,
    "?!": HELP,
    "=cmd|' /C calc'!A0": HELP,
    "<!channel> <script>alert(1)</script>": HELP,
}
CANCELLING = {
    "cancel": CANCEL,
    "cancel my booking": CANCEL,
    "cancel my december booking": TO_CANCEL + "levels",
    "cancel signs of safety": TO_CANCEL + "signs-again",
    "I can't come on 9 december": TO_CANCEL + "levels",
    "sorry, can’t make it in January": TO_CANCEL + "signs-again",
    "please cnacel levels of need": TO_CANCEL + "levels",
    "cancel july": CANCEL,
    "book levels of need": "lists You have this already: levels",
}


@dataclass(frozen=True)
class House:
    """A partnership with four sessions; Ada has nothing but deadlines, Ben has two bookings."""

    store: Store
    ada: Person
    ben: Person
    runner: asyncio.Runner

    def answer(self, person: Person, text: str) -> Opens | Listing | Notice:
        """What Herald answers to these words."""
        return self.runner.run(_answer(self.store, person, text))

    def in_short(self, answer: Opens | Listing | Notice) -> str:
        """`opens FLOW SUBJECT`, `lists TITLE: what its buttons are about`, `says TITLE`."""
        match answer:
            case Opens():
                return f"opens {answer.flow} {answer.subject}".strip()
            case Notice():
                return f"says {answer.title}"
        names = self.runner.run(_names(self.store))
        about = ", ".join(names.get(need.buttons[0].about, need.title) for need in answer.needs if need.buttons)
        return f"lists {answer.title}: {about}" if about else f"lists {answer.title}"


async def _answer(store: Store, person: Person, text: str) -> Opens | Listing | Notice:
    async with store.reading() as uow:
        return await understand(uow, person, text)


async def _names(store: Store) -> dict[str, str]:
    """What the buttons of a list may be about, by the ids of the files."""
    async with store.reading() as uow:
        everybody = await uow.people.present()
        bookings = [pair for person in everybody for pair in await uow.briefings.open_of(person.id)]
        steps = await uow.deadlines.open_steps()
        sessions = await uow.briefings.upcoming()
    return {
        **{each.id: each.id for each in sessions},
        **{booking.reference: briefing.id for booking, briefing in bookings},
        **{str(owned.step.id): owned.deadline.id for owned in steps},
    }


async def _furnished(store: Store) -> tuple[Person, Person]:
    await the_partnership(store, CORE, LEVELS, SIGNS, AGAIN)
    ada, ben = await people(store, 2)
    async with store.transaction() as uow:
        await apply_file(uow, name="deadlines.yaml", text=DEADLINES.replace("OWNER", ada.email))
    await booked(store, ben, "levels")
    await booked(store, ben, "signs-again")
    return ada, ben


@pytest.fixture(scope="module")
def house(sqlite_template: SqliteTemplate, keyring: Keyring) -> Iterator[House]:
    with sqlite_template.fresh() as url, asyncio.Runner() as runner:
        store = Store(url, clock=MovingClock(), keyring=keyring, sending=SendingPolicy(live=True, slack=True))
        yield House(store, *runner.run(_furnished(store)), runner)
        runner.run(store.close())


@pytest.mark.parametrize("said", SENTENCES)
def test_every_sentence_gets_what_it_means(house: House, said: str) -> None:
    assert house.in_short(house.answer(house.ada, said)) == SENTENCES[said]


@pytest.mark.parametrize("said", CANCELLING)
def test_a_booking_is_found_by_its_title_or_its_day(house: House, said: str) -> None:
    assert house.in_short(house.answer(house.ben, said)) == CANCELLING[said]


def test_the_table_is_a_real_one() -> None:
    assert len(SENTENCES) + len(CANCELLING) >= 100


WORDS = st.sampled_from(
    [
        "book",
        "cancel",
        "my",
        "deadlines",
        "survey",
        "pledge",
        "escalate",
        "help",
        "in",
        "on",
        "next",
        "december",
        "thursday",
        "9",
        "2026",
        "31/2",
        "signs",
        "of",
        "safety",
        "999",
        "<!channel>",
        "*bold*",
        "`x`",
        "due",
        "stop",
        "may",
    ]
)
WRITING = Writing(parse_partnership(PARTNERSHIP), A_TUESDAY, "https://herald.example.org")
ANYTHING = st.one_of(st.text(max_size=3000), st.lists(WORDS, max_size=12).map(" ".join))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=ANYTHING)
def test_any_text_gets_an_answer_that_slack_can_show(house: House, said: str) -> None:
    answer = house.answer(house.ben, said)
    if isinstance(answer, Opens):
        assert answer.flow in ("booking", "pledge", "escalation", "survey")
        return
    note = compose_note("talk.words", listing_facts(answer), writing=WRITING)
    text, blocks = note_message(note, link_for=lambda _button: "https://herald.example.org/l/token")
    assert text.strip()
    assert check_message(text, blocks) == []
