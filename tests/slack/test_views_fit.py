"""Whatever people and files write, Slack takes what is drawn: every limit, every escape, never an empty text."""

import html
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation.flow import Choice, Kind, Question
from bot.conversation.prompt import CheckRow, Field, Notice, Prompt, Receipt
from bot.links import Button, Purpose
from bot.rendering.note import Note
from bot.rendering.slack import errors_for_ack, modal, notice_view, receipt_view
from bot.rendering.slack_blocks import escape, shorten
from bot.rendering.slack_home import Home, home, listing, listing_view, stranger_home
from bot.rendering.slack_limits import check_message, check_view
from bot.rendering.slack_note import note_message
from bot.rendering.slack_reading import BrokenView, input_blocks, read_submission
from bot.rules.identifiers import Kind as Identifier
from bot.rules.identifiers import Span
from handlers.acts import Need

HOSTILE = st.sampled_from(
    ["<!channel>", "<https://evil.example|NHS>", "&lt;", " ", "\n\n", "*bold* _it_ `code`", "\u202e\u200b", "🫖" * 40]
)
WRITTEN = st.one_of(st.text(max_size=200), HOSTILE, st.integers(1, 3).map(lambda n: "A long word " * (n * 300)))
SHORT = st.one_of(st.text(min_size=1, max_size=75), HOSTILE).filter(lambda text: 0 < len(text) <= 75)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def questions(draw: Any, key: str) -> Question:
    kind = draw(st.sampled_from(list(Kind)))
    fewest = 1 if kind is Kind.SINGLE else 2
    values = draw(st.lists(st.text(min_size=1, max_size=170), min_size=fewest, max_size=30, unique=True))
    choices = tuple(Choice(value, draw(SHORT), draw(WRITTEN)) for value in values)
    return Question(
        key,
        draw(WRITTEN),
        kind,
        help=draw(WRITTEN),
        required=draw(st.booleans()),
        choices=choices if kind in (Kind.SINGLE, Kind.MULTI, Kind.SCALE) else (),
        max_length=draw(st.integers(1, 3000)),
        minimum=draw(st.none() | st.integers(-5, 5)),
        maximum=draw(st.none() | st.integers(5, 10**9)),
        sensitive=draw(st.booleans()),
    )


@st.composite
def fields(draw: Any, key: str) -> Field:
    question = draw(questions(key))
    chosen = [choice.value for choice in question.choices]
    values = [st.none(), WRITTEN, st.dates().map(date.isoformat), st.integers().map(str)]
    if chosen:
        values += [st.sampled_from(chosen), st.lists(st.sampled_from(chosen)).map(tuple)]
    found = (Span(0, 1, Identifier.EMAIL),) if question.kind is Kind.TEXT_LONG and draw(st.booleans()) else ()
    return Field(question, draw(st.one_of(values)), draw(st.just("") | WRITTEN), found)


STEPS = st.sampled_from([f"step-{place}" for place in range(6)])


@st.composite
def prompts(draw: Any) -> Prompt:
    rows = draw(st.lists(st.builds(CheckRow, STEPS, WRITTEN, WRITTEN, st.booleans()), max_size=12)) * draw(
        st.integers(1, 6)
    )
    checking = draw(st.booleans())
    return Prompt(
        conversation_id="abcDEF_-12345678",
        revision=draw(st.integers(1, 999)),
        flow="any",
        title=draw(WRITTEN),
        short_title=draw(WRITTEN),
        step="check-answers" if checking else "one.two:three",
        step_title=draw(WRITTEN),
        intro=tuple(draw(st.lists(WRITTEN, max_size=3))),
        fields=() if checking else tuple(draw(fields(f"q{place}")) for place in range(draw(st.integers(0, 6)))),
        rows=tuple(sorted(rows, key=lambda row: row.step)) if checking else (),
        submit=draw(WRITTEN),
        place=(1, draw(st.integers(1, 9))),
        can_go_back=draw(st.booleans()),
        notice=draw(WRITTEN),
    )


@SLOW
@given(prompts(), st.booleans())
def test_any_step_is_a_form_that_slack_takes(prompt: Prompt, link: bool) -> None:
    typed = {field.question.key: field.value for field in prompt.fields}
    for shown in (modal(prompt), modal(prompt, link="https://herald.example.org/l/x" if link else "", typed=typed)):
        assert check_view(shown) == []
        assert shown["private_metadata"] == f"abcDEF_-12345678.{prompt.revision}.{prompt.step}"


@SLOW
@given(prompts())
def test_errors_always_belong_to_boxes_of_the_form(prompt: Prompt) -> None:
    asked = {field.question.key for field in prompt.fields if field.question.kind is not Kind.INFO}
    boxes = set(input_blocks(modal(prompt)))
    for block, error in errors_for_ack(prompt).items():
        assert error
        assert block in boxes or block.rpartition(":")[0] not in asked


@SLOW
@given(prompts())
def test_a_sensitive_answer_from_the_store_never_reaches_slack(prompt: Prompt) -> None:
    written = [
        replace(field, value="top secret", question=replace(field.question, sensitive=True))
        for field in prompt.fields
        if field.question.kind in (Kind.TEXT_LONG, Kind.TEXT_SHORT)
    ]
    rows = tuple(replace(row, ask="Asked", shown="top secret", sensitive=True) for row in prompt.rows)
    plain = replace(
        prompt, title="", short_title="", step_title="", intro=(), notice="", fields=tuple(written), rows=rows
    )
    drawn = modal(plain)
    assert "top secret" not in str(drawn)
    assert str(drawn).casefold().count("written, 10 characters") == len(written) + len(rows)
    boxes = [
        block for block in drawn["blocks"] if block["type"] == "input" and not block["block_id"].startswith("herald:")
    ]
    assert all(box["optional"] for box in boxes)


@SLOW
@given(WRITTEN, st.lists(WRITTEN, max_size=8), WRITTEN)
def test_receipts_and_notices_fit(title: str, lines: list[str], reference: str) -> None:
    assert check_view(receipt_view(Receipt(title, reference, tuple(lines)), practice=title.strip())) == []
    for link in ("", "https://herald.example.org/x?a=1&b=<2>"):
        assert check_view(notice_view(Notice(title, tuple(lines), urgent=True), link=link)) == []


BUTTONS = st.builds(Button, WRITTEN, st.sampled_from(list(Purpose)), st.text(max_size=80), st.text(max_size=60))
NEEDS = st.builds(Need, WRITTEN, WRITTEN, st.lists(BUTTONS, max_size=4).map(tuple), st.booleans())


@SLOW
@given(st.lists(NEEDS, max_size=60), st.lists(NEEDS, max_size=60), st.lists(WRITTEN, max_size=3), st.booleans())
def test_home_and_listings_fit_however_much_there_is(
    needs: list[Need], mine: list[Need], lines: list[str], on: bool
) -> None:
    starts = [("book", "Book a briefing"), ("help", "Help")]
    page = Home(
        needs,
        mine,
        starts,
        [*lines, "Ring 999"],
        by_email=on,
        nudges=on,
        link="https://x.example",
        practice="Practice" if on else "",
    )
    assert check_view(home(page)) == []
    assert check_message("What is yours", listing("Yours", needs, lines, link="https://x.example")) == []
    assert check_view(listing_view("Yours", needs, lines)) == []
    assert check_view(stranger_home(["Ring 999", *lines], link="https://x.example/sign-in")) == []


NOTES = st.builds(
    Note,
    subject=WRITTEN,
    paragraphs=st.lists(WRITTEN, max_size=6).map(tuple),
    rows=st.lists(st.tuples(WRITTEN, WRITTEN), max_size=14).map(tuple),
    buttons=st.lists(BUTTONS, max_size=60).map(tuple),
    after=st.lists(WRITTEN, max_size=3).map(tuple),
)


@SLOW
@given(NOTES)
def test_any_note_is_a_message_that_slack_takes(note: Note) -> None:
    text, blocks = note_message(note, link_for=lambda button: f"https://herald.example.org/l/{button.purpose.value}")
    assert check_message(text, blocks) == []
    assert "<" not in text
    marked = [
        part["text"]
        for block in blocks
        if block["type"] == "context"
        for part in block["elements"]
        if part["type"] == "mrkdwn"
    ]
    assert marked == (
        ["<https://herald.example.org/l/" + note.buttons[0].purpose.value + "|or on the web>"] if note.buttons else []
    )


@given(WRITTEN, st.integers(2, 100))
def test_a_shortened_text_fits_and_is_never_empty(text: str, most: int) -> None:
    short = shorten(text, most)
    assert short.strip()
    assert len(short) <= max(most, 1)
    if text.strip() and len(text.strip()) <= most:
        assert short == text.strip()


@given(st.text())
def test_escaped_text_holds_no_control_syntax_and_loses_nothing(text: str) -> None:
    escaped = escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    if "&" not in text:
        assert html.unescape(escaped) == text


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.dictionaries(
            st.text(max_size=5),
            st.none() | st.dictionaries(st.sampled_from(["value", "selected_date"]), st.none() | st.text()),
        ),
        max_size=3,
    ),
    st.text(max_size=40),
)
def test_a_strange_view_is_refused_or_read_but_never_breaks(values: Any, metadata: str) -> None:
    view = {"private_metadata": metadata, "state": {"values": values}}
    try:
        sent = read_submission(view)
    except BrokenView:
        return
    assert sent.conversation_id
    assert sent.revision >= 0
