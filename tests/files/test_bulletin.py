"""What a bulletin file becomes."""

from datetime import UTC, datetime

from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_model import (
    Block,
    BriefingsBlock,
    Bullets,
    DeadlinesBlock,
    Image,
    Numbers,
    Paragraph,
    PledgeBlock,
    PreviousBlock,
    Span,
    Subheading,
    SurveysBlock,
)
from tests.files.samples import BULLETIN, KNOWN

TEXT = "Text, lists, links, images from the bulletin's own folder."


def blocks(markdown: str) -> tuple[Block, ...]:
    body = BULLETIN.split("# A story")[0]
    return parse_bulletin(f"{body}# Story\n{markdown}\n", KNOWN, images=["plan b.png"]).value.stories[0].blocks


def test_the_bulletin_of_the_contract_is_understood_whole() -> None:
    found = parse_bulletin(BULLETIN, KNOWN).value
    assert (found.id, found.series, found.title) == ("2026-12-main", "main", "December e-bulletin")
    assert found.send_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert found.audience.series == ("main",)
    (story,) = found.stories
    assert story.title == "A story per first-level heading"
    assert story.blocks == (
        Paragraph((Span(TEXT),)),
        BriefingsBlock(3),
        SurveysBlock(),
        DeadlinesBlock(),
        PledgeBlock("p1"),
        PreviousBlock(),
    )


def test_an_audience_that_is_left_out_is_the_series() -> None:
    text = BULLETIN.replace("audience: {series: main}          # or", "# or")
    assert parse_bulletin(text, KNOWN).value.audience.series == ("main",)


def test_emphasis_and_links_become_flat_spans() -> None:
    (found,) = blocks("Read **the [plan](https://example.org/plan)** _now_ or ask <https://example.org/a>.")
    assert found == Paragraph(
        (
            Span("Read "),
            Span("the ", strong=True),
            Span("plan", strong=True, href="https://example.org/plan"),
            Span(" "),
            Span("now", emphasis=True),
            Span(" or ask "),
            Span("https://example.org/a", href="https://example.org/a"),
            Span("."),
        )
    )


def test_an_address_that_was_only_pasted_becomes_a_link() -> None:
    (found,) = blocks("See https://example.org/a?b=1, please.")
    assert found == Paragraph(
        (Span("See "), Span("https://example.org/a?b=1", href="https://example.org/a?b=1"), Span(", please."))
    )


def test_lists_pictures_and_headings_inside_a_story() -> None:
    found = blocks('## Dates\n\n- one\n- two\n\n3. three\n4. four\n\n![A plan of the hall](plan%20b.png "The hall")')
    assert found == (
        Subheading("Dates"),
        Bullets(((Span("one"),), (Span("two"),))),
        Numbers(((Span("three"),), (Span("four"),)), 3),
        Image("plan b.png", "A plan of the hall", "The hall"),
    )


def test_text_before_the_first_heading_opens_the_bulletin() -> None:
    found = parse_bulletin(BULLETIN.replace("# A story", "Dear colleagues,\n\n# A story"), KNOWN).value
    assert found.opening == (Paragraph((Span("Dear colleagues,"),)),)


def test_angle_brackets_in_a_sentence_are_only_words() -> None:
    assert blocks("Children < 5 & their families") == (Paragraph((Span("Children < 5 & their families"),)),)


def test_each_picture_is_listed_once() -> None:
    text = BULLETIN.replace(TEXT, "![A](plan.png)\n\n![B](plan.png)")
    assert [image.file for image in parse_bulletin(text, KNOWN).value.images()] == ["plan.png"]
