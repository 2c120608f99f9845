"""A talk held in a direct message, question by question, as a person lives it: slips, second thoughts and silences."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from bot.demo.slack import SlackPerson
from digests.talks import say_once
from handlers.words import AND_ELSE
from storage.tables.conversations import Conversation
from tests.demo_slack.test_page import Hand
from tests.drive import OnDirectMessage
from tests.slack import every_kind
from tests.slack.conftest import World

HOSTILE = "<!channel> & <@U0BEN> \u202e=SUM(1) <script>x</script>"
ORDER = [question.key for question in every_kind.FLOW.questions()]


class Typist(OnDirectMessage):
    """Ada in a direct message with the door under test; the outbox is drained after everything she does."""

    def __init__(self, world: World, slack: SlackPerson) -> None:
        self._tests = world
        self.slack = slack

    async def _settle(self) -> None:
        await self._tests.settled()
        await self._tests.deliver()

    async def up_to(self, question: str) -> None:
        """Answers everything before one question."""
        await self.write("pledge")
        for _ in range(len(ORDER) + 1):
            if self.asked() == question:
                return
            await self.write(every_kind.TYPED.get(self.asked(), "continue"))
        raise AssertionError(f"{question} is not asked; the last message is {self.last()!r}")


@pytest.fixture
async def ada(world: World) -> AsyncIterator[Typist]:
    with every_kind.plugged_in():
        yield Typist(world, world.person("ada@example.org"))


async def test_every_kind_of_question_is_asked_and_answered_by_typing(ada: Typist) -> None:
    await ada.write("pledge")
    assert "It takes a minute." in ada.last()
    for number, key in enumerate(ORDER, start=1):
        if key == "beds":
            assert "Look around for a moment." in ada.last()
            await ada.write("continue")
            assert "The next ones are in your own words." in ada.last()
        assert ada.asked() == key
        assert f"question {number} of {len(ORDER)}" in ada.last()
        await ada.write(every_kind.TYPED[key])
    assert "check your answers" in ada.last()
    await ada.write("Send.")
    assert "Your garden is noted" in ada.last()
    assert "G-2026-0001" in ada.last()
    (ending,) = every_kind.GIVEN
    assert (ending.answers, ending.surface) == (every_kind.MEANT, "dm")


async def test_a_question_that_is_asked_again_at_once_is_not_introduced_again(ada: Typist) -> None:
    await ada.write("pledge")
    for text in ("purple", "help"):
        await ada.write(text)
        assert (ada.asked(), "It takes a minute." in ada.last()) == (ORDER[0], False)
    await ada.write("save")
    await ada.write("continue")
    assert "It takes a minute." in ada.last()


async def test_the_answers_of_a_form_and_of_a_direct_message_are_equal(ada: Typist) -> None:
    await ada.up_to("beds")
    await ada.press("Open the form")
    for key in ("beds", "with", "why"):
        ada.slack.fill(f"{key}:{_revision(ada)}", every_kind.TYPED[key])
    ada.slack.fill(f"since:{_revision(ada)}", "2024-03-27")
    await ada.slack.submit()
    await ada.slack.submit()
    assert ada.sees("Your garden is noted")
    assert every_kind.GIVEN[0].answers == every_kind.MEANT
    assert every_kind.GIVEN[0].surface == "modal"


def _revision(ada: Typist) -> str:
    view = ada.slack.modal()
    assert view is not None
    return next(str(block["block_id"]).rpartition(":")[2] for block in view.blocks if block["type"] == "input")


async def test_a_press_is_the_same_answer_and_an_old_press_changes_nothing(ada: Typist) -> None:
    await ada.write("pledge")
    await ada.press("Yes")
    assert ada.asked() == "fruit"
    await ada.press("No")
    assert "That has been answered already" in ada.last()
    assert ada.asked() == "fruit"
    await ada.up_to("since")
    await ada.write("27.3.2024")
    await ada.press("Send it")
    await ada.press("Send it")
    assert "already recorded" in ada.last()
    assert [ending.answers["tree"] for ending in every_kind.GIVEN] == ["yes"]


async def test_the_same_message_many_times_at_once_is_one_answer(ada: Typist) -> None:
    await ada.write("pledge")
    ada.slack.copies = 10
    await ada.write("yes")
    assert ada.asked() == "fruit"
    await ada.press("Open the form")
    ada.slack.copies = 1
    await ada.slack.send_again(times=5, retry=1)
    assert [message.sees("Which fruit grows there?") for message in ada.slack.messages()].count(True) == 1


async def test_a_question_to_herald_is_answered_and_then_the_same_question_asked_again(ada: Typist) -> None:
    await ada.up_to("sun")
    await ada.write("what do I owe?")
    assert "What needs you" in ada.last()
    assert ada.asked() == "sun"
    await ada.up_to("why")
    await ada.write("what do I owe?")
    assert "What needs you" in ada.last()
    assert "please write it once more" in ada.last()
    await ada.write("what do I owe?")
    assert ada.asked() == "since", "said twice, it is the answer"


async def test_danger_is_answered_first_and_the_answer_is_kept_all_the_same(ada: Typist) -> None:
    await ada.up_to("why")
    await ada.write("We were told of an emergency protection order.")
    assert "Ring 999 now if a child is in immediate danger." in ada.last()
    assert ada.asked() == "since"
    await ada.write("a child is being hurt now")
    assert "Ring 999 now if a child is in immediate danger." in ada.last()
    assert ada.asked() == "since"
    assert AND_ELSE not in ada.slack.messages()[-3].words


async def test_what_can_identify_a_person_is_stored_nowhere(ada: Typist, world: World) -> None:
    await ada.up_to("why")
    await ada.write("Ring Mrs Smith on 01632 960 123 about NHS 943 476 5919")
    assert "can identify a person" in ada.last()
    assert "960 123" not in ada.last()
    assert ada.asked() == "why"
    async with world.store.reading() as uow:
        talk = (await uow.session.execute(select(Conversation))).scalars().one()
        assert "why" not in uow.conversations.snapshot(talk).answers
    assert not any("960 123" in str(row.facts) or "5919" in str(row.facts) for row in await world.outbox())


async def test_no_answer_stands_in_the_outbox_and_no_own_words_in_slack(ada: Typist, world: World) -> None:
    await ada.up_to("since")
    await ada.write("27 March 2024")
    assert "written, 29 characters; your words stay out of Slack's history" in ada.last()
    for row in await world.outbox():
        assert "It is quiet" not in str(row.facts)
        assert "quince" not in str(row.facts).casefold()
    from_herald = [message.words for message in ada.slack.messages() if message.author != ada.slack.member.id]
    assert not any("It is quiet" in words for words in from_herald)


async def test_after_half_an_hour_of_silence_herald_says_once_how_to_go_on(ada: Typist, world: World) -> None:
    await ada.up_to("sun")
    world.clock.move(minutes=31)
    assert [await say_once(world.store), await say_once(world.store)] == [1, 0]
    await world.deliver()
    assert "you are at question 4 of 8. Write continue to go on." in ada.last()
    world.clock.move(hours=3)
    await ada.write("what do I owe?")
    assert "“The garden” is put aside" in ada.last()
    assert "What needs you" in ada.last()
    await ada.write("continue")
    assert ada.asked() == "sun"
    assert "question 4 of 8" in ada.last()
    world.clock.move(minutes=31)
    await say_once(world.store)
    await ada.write("3")
    assert "Look around" in ada.last(), "an answer is an answer, however late"


async def test_a_talk_that_is_only_held_in_a_form_says_why_and_offers_it(ada: Typist) -> None:
    await ada.write("book tea")
    assert "For privacy this is only done in a form" in ada.last()
    await ada.press("Open the form")
    assert ada.sees("With milk?")


async def test_a_second_talk_puts_the_first_aside_and_nothing_falls_between(ada: Typist) -> None:
    await ada.up_to("fruit")
    await ada.write("escalate")
    assert ada.asked() == "fruit"
    assert "write save first" in ada.last()


async def test_the_page_of_the_stand_in_shows_a_question_and_its_buttons_work(ada: Typist, world: World) -> None:
    await ada.write("pledge")
    async with httpx.AsyncClient(base_url=world.stand_in.url, follow_redirects=True) as client:
        hand = Hand(client)
        await hand.go("/p/U0ADA/messages")
        assert "Is there a tree?" in hand.words
        await hand.press("Not sure", within="#latest")
        await world.deliver()
        await hand.go("/p/U0ADA/messages")
        assert "Which fruit grows there?" in hand.words
        assert "5. Quince" in hand.words
    assert ada.asked() == "fruit"


async def test_hostile_words_are_harmless_words_and_too_many_are_said_to_be(ada: Typist, world: World) -> None:
    await ada.up_to("with")
    await ada.write(HOSTILE)
    assert ada.asked() == "why"
    async with world.store.reading() as uow:
        talk = (await uow.session.execute(select(Conversation))).scalars().one()
        assert uow.conversations.snapshot(talk).answers["with"] == HOSTILE.replace("\u202e", "")
    await ada.write("a" * 30_000)
    assert "to 500 characters; it has 30,000 now" in ada.last()
    assert ada.asked() == "why"
