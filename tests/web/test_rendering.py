"""A prompt as a page: pure values."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import engine
from bot.conversation.flow import Choice, Flow, Kind, Question, Step
from bot.conversation.prompt import Prompt, prompt_for
from bot.conversation.reading import read
from bot.rendering.web import date_parts, raw_answers, step_view
from handlers.web.pages import environment

LONG = tuple(Choice(f"c{number}", f"Choice {number}") for number in range(1, 12))


def prompt(*questions: Question, title: str = "A page") -> Prompt:
    flow = Flow("f", "A talk", (Step("s", title, questions),))
    return prompt_for(flow, engine.begin(flow), conversation_id="x", revision=1)


def test_a_lone_question_is_the_heading_itself_when_it_says_the_same() -> None:
    same = step_view(prompt(Question("q", "Which day?", Kind.DATE), title="Which day"))
    assert (same.heading, same.fields[0].heading) == ("", True)
    other = step_view(prompt(Question("q", "Which day?", Kind.DATE), title="The walk"))
    assert (other.heading, other.fields[0].heading) == ("The walk", False)


def test_a_page_of_mere_words_still_has_a_heading() -> None:
    view = step_view(prompt(Question("q", "Thank you", Kind.INFO), title="Thank you"))
    assert view.heading == "Thank you"


@pytest.mark.parametrize(
    ("question", "control"),
    [
        (Question("q", "?", Kind.SINGLE, choices=LONG[:10]), "radios"),
        (Question("q", "?", Kind.SINGLE, choices=LONG), "select"),
        (Question("q", "?", Kind.MULTI, choices=LONG), "checkboxes"),
        (Question("q", "?", Kind.YES_NO), "radios"),
        (Question("q", "?", Kind.SCALE, choices=LONG[:5]), "scale"),
        (Question("q", "?", Kind.NUMBER), "number"),
        (Question("q", "?", Kind.TEXT_SHORT), "text"),
        (Question("q", "?", Kind.TEXT_LONG), "textarea"),
        (Question("q", "?", Kind.DATE), "date"),
        (Question("q", "?", Kind.INFO), "info"),
    ],
)
def test_every_kind_of_question_has_its_control(question: Question, control: str) -> None:
    assert step_view(prompt(question)).fields[0].control == control


def test_an_optional_question_says_so_and_long_text_says_how_long() -> None:
    [view] = step_view(prompt(Question("q", "?", Kind.TEXT_LONG, required=False, max_length=1500))).fields
    assert view.optional
    assert "1,500" in view.hint
    assert "Do not name a child" in view.hint


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(9999, 12, 31)), st.booleans())
def test_a_date_goes_through_its_three_boxes_and_back(day: date, in_words: bool) -> None:
    boxes = dict(zip(("day", "month", "year"), date_parts(day.isoformat()), strict=True))
    if in_words:
        boxes["month"] = f"{day:%B}".lower()
    raw = raw_answers({f"q.when.{part}": [value] for part, value in boxes.items()})
    assert read(Question("when", "?", Kind.DATE), raw["when"]) == day.isoformat()


@given(st.lists(st.text("0123456789", max_size=4), min_size=3, max_size=3))
def test_what_was_typed_into_a_date_comes_back_into_the_same_boxes(boxes: list[str]) -> None:
    raw = raw_answers({f"q.when.{part}": [value] for part, value in zip(("day", "month", "year"), boxes, strict=True)})
    assert list(date_parts(raw["when"])) == boxes


def test_only_fields_of_questions_are_answers() -> None:
    fields = {"csrf": ["t"], "revision": ["1"], "q.a": ["1"], "q.b": ["1", "2"], "q.c": [], "q.d.odd": ["x"]}
    assert raw_answers(fields) == {"a": "1", "b": ("1", "2")}


def test_in_a_sentence_pages_open_and_numbers_ring_and_everything_else_is_only_words() -> None:
    drawn = environment().from_string("{{ line|linked }}")
    said = drawn.render(line="Ring 999, or 01632 960001. <b>See</b> https://www.example.org/a?b=1&c=2.")
    assert '<a href="tel:999">999</a>, or <a href="tel:01632960001">01632 960001</a>.' in said
    assert '<a href="https://www.example.org/a?b=1&amp;c=2" rel="noreferrer">' in said
    assert "&lt;b&gt;See&lt;/b&gt;" in said
    for plain in ("E-2026-0999 by 2026-12-31, 09:00", "http://www.example.org", "javascript:alert(1)", 'https://"x'):
        assert "<a" not in drawn.render(line=plain)


def test_a_phone_rings_the_number_that_is_touched_and_other_words_stay_words() -> None:
    drawn = environment().from_string("{{ number|dial }}")
    assert drawn.render(number="01632 960001") == '<a href="tel:01632960001">01632 960001</a>'
    assert drawn.render(number="+44 (0)1632 960001").startswith('<a href="tel:+441632960001">')
    assert drawn.render(number="the duty <desk>") == "the duty &lt;desk&gt;"
