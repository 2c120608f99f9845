"""Texts that repeat earlier answers, and surveys in several languages: the words follow, the stored values do not."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import engine
from bot.conversation.conditions import Answer
from bot.conversation.flow import Flow, Surface
from bot.conversation.prompt import Prompt, Receipt, prompt_for
from bot.files.survey import parse_survey
from bot.flows.survey import LANGUAGE, survey_flow
from bot.rendering.slack import modal
from bot.rendering.web import step_view
from handlers import conversations
from storage.unit_of_work import Store
from tests.surveys.asking import SURVEY, a_register, opened, results
from tests.talking import talk

PIPED = """\
herald_survey: 1
id: piped
version: 1
title: Piped
purpose: To repeat what was said.
owner: coordinator
audience: {everyone: true}
privacy: {mode: confidential, retention_days: {replies: 365}}
pages:
  - id: p1
    questions:
      - id: role
        type: single
        text: What do you do?
        choices: [{value: frontline, label: Work with families}, {value: manager, label: Manage}]
      - {id: word, type: text_short, text: "One word?"}
      - {id: secret, type: text_short, text: "A secret?", sensitive: true}
  - id: p2
    questions:
      - {id: why, type: text_long, text: "You {role}, and said {word}. Why {{so}}?", help: "About {q.role}."}
      - {id: only, type: text_short, text: "Only for managers?", show_if: {question: role, is: manager}}
      - {id: last, type: info, text: "You said {only}."}
end: {text: Thank you.}
loop: {owner: coordinator, due_days: 28}
"""
TWO = """\
herald_survey: 1
id: two
version: 1
title: {en: How is it going?, ur: یہ کیسا چل رہا ہے؟, pl: Jak leci}
purpose: {en: To hear, ur: سننا, pl: Aby usłyszeć}
owner: coordinator
languages: [en, ur, pl]
audience: {everyone: true}
privacy: {mode: confidential, retention_days: {replies: 365}}
pages:
  - id: p1
    questions:
      - id: role
        type: single
        text: {en: What do you do, ur: آپ کیا کرتے ہیں, pl: Czym się zajmujesz}
        required: true
        choices:
          - {value: frontline, label: {en: Families, ur: خاندان, pl: Rodziny}}
          - {value: manager, label: {en: Manager, ur: منیجر, pl: Kierownik}}
      - {id: again, type: yes_no, text: {en: Again, ur: دوبارہ, pl: Ponownie}}
end: {text: {en: Thank you., ur: شکریہ۔, pl: Dziękujemy.}}
loop: {owner: coordinator, due_days: 28}
""".replace("{en: How is it going?,", '{en: "How is it going?",').replace("رہا ہے؟", "رہا ہے")


def step(text: str, answers: dict[str, Answer], key: str) -> tuple[Flow, Prompt]:
    flow = survey_flow(parse_survey(text).value, answers=answers)
    snapshot = engine.begin(flow, answers=answers).at(key)
    return flow, prompt_for(flow, snapshot, conversation_id="abc", revision=1)


def asks(prompt: Prompt) -> list[str]:
    return [field.question.ask for field in prompt.fields]


def test_words_of_earlier_answers_stand_in_later_texts() -> None:
    flow, prompt = step(PIPED, {"role": "manager", "word": "steady"}, "p2")
    assert asks(prompt)[0] == "You Manage, and said steady. Why {so}?"
    assert prompt.fields[0].question.help == "About Manage."
    assert [each.key for each in flow.steps] == ["p1", "p2", "p2-2"], "a text waits for an answer of its own page"


def test_what_was_not_answered_or_is_not_asked_is_three_dots() -> None:
    _, prompt = step(PIPED, {"role": "frontline", "only": "left over"}, "p2-2")
    assert asks(prompt) == ["You said …."]
    assert asks(step(PIPED, {}, "p2")[1])[0] == "You …, and said …. Why {so}?"


HOSTILE = st.text(st.characters(exclude_characters="¤"), max_size=80) | st.sampled_from(
    ["<!channel>", "{secret}", "{{role}}", "<script>alert(1)</script>", "{role", "*bold* <https://x.example.org|y>"]
)


@given(HOSTILE, st.text(min_size=5, max_size=30))
def test_an_answer_never_brings_another_one_with_it(word: str, secret: str) -> None:
    _, prompt = step(PIPED, {"role": "manager", "word": word, "secret": f"¤{secret}¤"}, "p2")
    assert asks(prompt)[0] == f"You Manage, and said {word}. Why {{so}}?"
    assert "¤" not in str(prompt)
    view: Any = modal(prompt)
    assert "¤" not in str(view)
    titles = [view["title"]["text"], *(b["text"]["text"] for b in view["blocks"] if b["type"] == "header")]
    assert titles == ["Piped"], "no Slack title shows what somebody wrote"
    assert all(block["label"]["type"] == "plain_text" for block in view["blocks"] if block["type"] == "input")


async def test_the_next_step_already_has_the_words_of_this_one(store: Store) -> None:
    (ada,) = await a_register(store, 1)
    await opened(store, PIPED, "piped")
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=ada, flow="survey", subject="piped", surface=Surface.WEB)
    assert isinstance(shown, Prompt)
    raw = {"role": "manager", "word": "steady"}
    reply = conversations.Reply(shown.conversation_id, shown.revision, shown.step, Surface.WEB, "t", "1", raw)
    async with store.transaction() as uow:
        following = await conversations.answer(uow, person=ada, reply=reply)
    assert isinstance(following, Prompt)
    assert asks(following)[0].startswith("You Manage, and said steady.")


async def test_the_language_is_asked_first_and_the_same_values_are_kept(store: Store) -> None:
    people = await a_register(store, 5)
    await opened(store, TWO, "two")
    for person, language in zip(people, ("pl", "Urdu", "en", "Polski", "ur"), strict=True):
        shown = await talk(store, person, "survey", subject="two", **{LANGUAGE: language}, role="manager", again="yes")
        assert isinstance(shown, Receipt)
    async with store.reading() as uow:
        kept = [reply.answers for reply in await uow.surveys.replies("two")]
    assert kept == [{"role": "manager", "again": "yes"}] * 5
    found = await results(store, "two")
    assert [each["text"] for each in found["questions"]] == ["What do you do", "Again"]


def test_a_step_is_in_the_chosen_language_and_runs_the_way_it_is_written() -> None:
    flow, prompt = step(TWO, {LANGUAGE: "pl"}, "p1")
    assert (asks(prompt), flow.title, prompt.language) == (["Czym się zajmujesz", "Ponownie"], "Jak leci", "pl")
    assert [choice.label for choice in prompt.fields[1].question.choices] == ["Tak", "Nie", "Nie wiem"]
    assert (step_view(prompt).language, step_view(prompt).direction) == ("pl", "ltr")
    assert step_view(step(TWO, {LANGUAGE: "ur"}, "p1")[1]).direction == "rtl"
    first = survey_flow(parse_survey(TWO).value).steps[0].questions[0]
    assert [choice.label for choice in first.choices] == ["English", "اردو", "Polski"]


def test_a_survey_in_one_language_is_as_it_was() -> None:
    flow = survey_flow(parse_survey(SURVEY).value)
    assert not flow.follows_answers
    assert flow.steps[0].key == "p1"
