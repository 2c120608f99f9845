"""What is typed, heard question by question and step by step: every command in every kind of question."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.conversation.typed import example_for
from handlers.typed import Heard, Said, hear
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_partnership, a_person
from tests.slack import every_kind

ORDER = [question.key for question in every_kind.FLOW.questions()]
BY_MAIL = (
    "Hello,\n1. yes\n2) Quince\n3: apple, plum\n4 - 2\n\nThank you",
    "continue",
    "1. 4\n2. My neighbour\n3. It is quiet.\nAnd things grow.\n4. 27/03/2024",
)


@dataclass
class Ada:
    """Ada, writing; `last` is what was said back."""

    store: Store
    person: Person
    surface: Surface = Surface.DM
    last: Heard = Heard(None)  # noqa: RUF009 - frozen
    number: int = 0
    step: str = ""

    async def write(self, text: str, *, again: bool = False) -> Heard:
        self.number += not again
        talk = self.prompt.conversation_id if self.surface is Surface.EMAIL and self.step else ""
        said = Said(text, self.surface, "test", f"{self.surface}{self.number}", talk, step=self.step)
        async with self.store.transaction() as uow:
            self.last = await hear(uow, person=self.person, said=said)
        self.step = self.last.shown.step if isinstance(self.last.shown, Prompt) else ""
        return self.last

    @property
    def prompt(self) -> Prompt:
        assert isinstance(self.last.shown, Prompt), self.last
        return self.last.shown

    @property
    def asked(self) -> str:
        return self.last.question

    @property
    def said(self) -> str:
        notice = self.last.shown.lines if isinstance(self.last.shown, Notice | Receipt) else ()
        return " ".join((*self.last.first, *notice))

    async def up_to(self, question: str) -> None:
        for text in ("pledge", *(every_kind.TYPED[key] for key in ORDER)):
            while self.asked == "" and text != "pledge":
                await self.write("continue")
            if self.asked == question:
                return
            await self.write(text)


@pytest.fixture
async def ada(store: Store) -> AsyncIterator[Ada]:
    async with store.transaction() as uow:
        await a_partnership(uow)
        person = await a_person(uow, "Ada")
    with every_kind.plugged_in():
        yield Ada(store, person)


async def test_every_command_works_in_every_kind_of_question(ada: Ada) -> None:
    for question in ORDER:
        await ada.up_to(question)
        await ada.write("HELP.")
        assert ("restart – begin again" in ada.said, ada.asked) == (True, question)
        await ada.write("save")
        assert "your answers so far are kept" in ada.said
        await ada.write("Continue")
        assert ada.asked == question
        await ada.write("skip")
        if question in ("tools", "with"):
            assert ada.asked == ORDER[ORDER.index(question) + 1]
            await ada.write("back")
        else:
            assert "cannot be skipped" in ada.said
        assert ada.asked == question
        await ada.write("restart")
        assert "Write restart again" in ada.said
        await ada.write("restart!")
        assert ("Begun again" in ada.said, ada.asked) == (True, ORDER[0])
        await ada.write("back")
        assert "first question" in ada.said
        await ada.write("Stop")
        assert "Nothing was sent" in ada.said
        assert (await ada.write("continue")).shown == Notice(
            "There is nothing to go on with.", ("Write help to see what you can say.",)
        )
    assert every_kind.GIVEN == []


async def test_three_misses_bring_the_choices_then_an_example_then_other_ways(ada: Ada) -> None:
    for question in every_kind.FLOW.questions():
        if question.key in ("with", "why"):
            continue
        await ada.up_to(question.key)
        await ada.write("xyzzy")
        assert ("could not take that" in ada.said, ada.asked, ada.last.ways) == (True, question.key, False)
        await ada.write("xyzzy")
        assert f"A right answer looks like this: {example_for(question)}" in ada.said
        assert (await ada.write("xyzzy")).ways
        await ada.write(example_for(question))
        assert ada.asked != question.key
        await ada.write("stop")


async def test_the_word_that_began_a_talk_leads_back_to_where_it_stands(ada: Ada) -> None:
    await ada.up_to("fruit")
    await ada.write("pledge")
    assert ("in the middle of this already" in ada.said, ada.asked) == (True, "fruit")
    await ada.write("escalate")
    assert ("write save first" in ada.said, ada.asked) == (True, "fruit")


async def test_restart_is_forgotten_when_something_else_is_written(ada: Ada) -> None:
    await ada.up_to("fruit")
    await ada.write("restart")
    await ada.write("help")
    await ada.write("restart")
    assert "Write restart again" in ada.said
    await ada.write("pear")
    assert ada.asked == "tools"


async def test_one_answer_is_changed_from_the_check_and_the_check_shown_again(ada: Ada) -> None:
    await ada.up_to("since")
    await ada.write("27 March 2024")
    await ada.write("2")
    assert ada.asked == "fruit"
    await ada.write("cherry")
    assert ada.prompt.checking
    await ada.write("change 5")
    assert ada.asked == "beds"
    await ada.write("keep")
    assert ada.prompt.checking
    await ada.write("nonsense")
    assert "number of the answer that you want to change" in ada.said
    assert (await ada.write("send", again=False)).shown.title == "Your garden is noted"  # type: ignore[union-attr] # a Receipt
    assert (await ada.write("send", again=True)).shown is None, "what came in before was answered then"
    assert [ending.answers for ending in every_kind.GIVEN] == [{**every_kind.MEANT, "fruit": "cherry"}]


async def test_a_reply_answers_a_whole_step_and_the_answers_are_the_same(ada: Ada) -> None:
    ada.surface = Surface.EMAIL
    await ada.write("pledge")
    for text in BY_MAIL:
        await ada.write(text)
        assert ada.last.errors == {}
    assert ada.prompt.checking
    await ada.write("Send.\n\nBest wishes\nAda")
    (ending,) = every_kind.GIVEN
    assert (ending.answers, ending.surface) == (every_kind.MEANT, "email")


async def test_what_can_be_read_of_a_reply_is_kept_and_only_the_rest_asked_again(ada: Ada) -> None:
    ada.surface = Surface.EMAIL
    await ada.write("pledge")
    await ada.write("1. yes\nso it is\n2. banana\n4. 2")
    assert list(ada.last.errors) == ["fruit"]
    assert "line 2 of your answer belongs" in ada.said
    assert [field.question.key for field in ada.prompt.fields if field.answered] == ["tree", "sun"]
    await ada.write("2. pear\n3. skip")
    assert ada.prompt.step == "pause"


async def test_a_reply_to_an_earlier_mail_never_overwrites_a_newer_answer(ada: Ada) -> None:
    ada.surface = Surface.EMAIL
    await ada.write("pledge")
    await ada.write(BY_MAIL[0])
    for late, answer in ((BY_MAIL[0], "already recorded"), ("2. Fig", "newer answers stand")):
        ada.step = "choosing"
        await ada.write(late)
        assert answer in ada.said
        assert ada.prompt.step == "pause"


async def test_a_talk_goes_from_mail_to_messages_and_back_with_its_answers(ada: Ada) -> None:
    ada.surface = Surface.EMAIL
    await ada.write("pledge")
    await ada.write("1. yes\n4. 2")
    ada.surface, ada.step = Surface.DM, ""
    await ada.write("continue")
    assert ada.asked == "fruit", "the first one that has no answer"
    await ada.write("quince")
    assert ada.asked == "tools"
    await ada.write("1, 3")
    await ada.write("continue")
    await ada.write("4")
    mail = Ada(ada.store, ada.person, Surface.EMAIL, ada.last, number=100, step=ada.prompt.step)
    await mail.write("2. My neighbour\n3. It is quiet.\nAnd things grow.\n4. 27.3.2024")
    assert mail.prompt.checking
    await ada.write("continue")
    await ada.write("send")
    assert every_kind.GIVEN[0].answers == every_kind.MEANT
