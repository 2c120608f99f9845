"""Whatever is written in an edition, and whoever reads it: the final bytes can be read by everybody, everywhere."""

from dataclasses import replace

import html5lib
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.audience import Audience
from bot.files.bulletin_advice import advise, length_of
from bot.files.bulletin_model import (
    BriefingsBlock,
    BulletinFile,
    Bullets,
    DeadlinesBlock,
    DoneBlock,
    Image,
    Numbers,
    Paragraph,
    PledgeBlock,
    PreviousBlock,
    Span,
    Story,
    Subheading,
    SurveysBlock,
)
from bot.rendering.bulletin import (
    Asked,
    Bookable,
    Earlier,
    Edition,
    Owed,
    Picture,
    Reader,
    Surround,
    archive_fragment,
    email_html,
    email_text,
    page_for,
)
from bot.rendering.bulletin.account import Done, FinishedStep, HeardSurvey, HeldSession, Pledged
from bot.rendering.bulletin.lint import ADVISED_BYTES
from bot.rendering.bulletin.rehearsal import fullest_html
from bot.rendering.slack_limits import check_message
from bot.rules.calendar import WorkingCalendar
from digests.compose import Addressee
from digests.compose_bulletin import edition_slack, links_of, values_for
from tests.bulletins.conftest import part, read_mail
from tests.bulletins.demo_editions import STAMP, TOLD_AT, WRITING, DemoEditions, copy_of
from tests.bulletins.fitness import assert_fit_to_send
from tests.bulletins.test_rendering import DESK

LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
WORDS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=80),
    st.sampled_from(
        ["&amp; <b>", "From the team", ".", "=", "</p>", "-- ", "{{ name }}", "x" * 1200, "“so” – 5 < 6", "# 1."]
    ),
).filter(lambda text: bool(text.strip()))
LINKS = st.sampled_from(
    [
        "https://www.example.org/guide?a=1&b=2#part",
        "http://www.example.org/" + "long/" * 200,
        "mailto:stalls@example.org",
    ]
)
LINK_WORDS = WORDS.map(lambda words: f" the page about {words}")  # words of two letters make links too small to touch
SPAN = st.one_of(
    st.builds(Span, WORDS, st.booleans(), st.booleans()),
    st.builds(Span, LINK_WORDS, st.booleans(), st.booleans(), LINKS),
)
SPANS = st.lists(SPAN, min_size=1, max_size=4).map(tuple)
ITEMS = st.lists(SPANS, min_size=1, max_size=4).map(tuple)
BLOCKS = st.one_of(
    st.builds(Paragraph, SPANS),
    st.builds(Subheading, WORDS),
    st.builds(Bullets, ITEMS),
    st.builds(Numbers, ITEMS, st.integers(0, 99)),
    st.builds(Image, st.just("plan.png"), WORDS, st.one_of(st.just(""), WORDS)),
    st.builds(BriefingsBlock, st.integers(1, 20), st.sampled_from(["", "briefing", "learning event"])),
    st.sampled_from([SurveysBlock(), DeadlinesBlock(), PreviousBlock(), PledgeBlock(), PledgeBlock("p1"), DoneBlock()]),
)
PARTS = st.lists(BLOCKS, min_size=1, max_size=5).map(tuple)
STORIES = st.lists(st.builds(Story, WORDS, PARTS), min_size=1, max_size=5).map(tuple)
FILES = st.builds(
    BulletinFile,
    id=st.just("2026-12-main"),
    series=st.just("main"),
    title=WORDS,
    audience=st.just(Audience(series=("main",))),
    stories=STORIES,
    opening=st.one_of(st.just(()), PARTS),
    summary=st.one_of(st.just(""), WORDS),
)
READERS = st.builds(
    Reader,
    st.lists(st.builds(Asked, st.just("s1"), WORDS, WORDS), max_size=3).map(tuple),
    st.lists(st.builds(Owed, st.just("3"), WORDS, WORDS), max_size=3).map(tuple),
)
NAMES = st.one_of(
    WORDS, st.text(max_size=90), st.sampled_from(["", "\r\nBcc: x@example.org", "\u202eabc", " ", "@@to@@"])
)
SESSIONS = (
    Bookable("b1", "Core groups <& more>", "Wednesday 9 December 2026, 12:30", "Online", "For level 2"),
    Bookable("b2", "A day together", "Friday 8 January 2027, 9:00", "Town Hall", kind="learning event"),
    Bookable("b3", "Neglect", "Friday 5 March 2027, 12:30", "Online", opens="5 January 2027"),
)
DONE = Done(
    "",
    "3 November 2026",
    (HeldSession("Neglect <&>", "9 November 2026", 11, 4),),
    (FinishedStep("Six-month report", "10 November 2026", in_time=True),),
    (HeardSurvey("Sharing", 395, None),),
)


def an_edition(file: BulletinFile) -> Edition:
    """The file with something in each of its live blocks."""
    return Edition(
        file=file,
        content_hash="h",
        series_title="Northmere <e-bulletin> & more",
        from_name="Northmere partnership",
        pictures={"plan.png": Picture("https://herald.example.org/bulletins/x/images/y.png", 1200, 600)},
        bookable=SESSIONS,
        earlier=(Earlier("November <&>", "/bulletins/2026-11-main"),),
        pledged=(Pledged("p1", 43, 12, 6, 5),),
        done=(DONE,),
        released=True,
    )


def own(edition: Edition, reader: Reader) -> Reader:
    """What of this reader's the edition shows."""
    surveys, deadlines = edition.personal
    return Reader(reader.surveys if surveys else (), reader.deadlines if deadlines else ())


def test_every_edition_of_the_demo_is_fit_to_send(demo_editions: DemoEditions) -> None:
    assert len(demo_editions.ids) == 9
    assert len(demo_editions.copies) == 18
    for copy in demo_editions.copies:
        assert_fit_to_send(copy.raw, copy.file)


def test_one_edition_of_the_demo_has_the_shape_of_a_real_one(demo_editions: DemoEditions) -> None:
    copy = next(copy for copy in demo_editions.copies if copy.edition == WRITING)
    html = BeautifulSoup(part(read_mail(copy.raw), "html"), "html.parser")
    links = {str(a["href"]) for a in html.find_all("a") if "www.example.org" in str(a["href"])}
    booking = [a.get_text() for a in html.find_all("a") if a.get_text().startswith("Book ")]
    later = [li for li in html.find_all("li") if "Booking opens on" in li.get_text()]
    assert 1500 <= length_of(copy.file).words <= 1700, "what the author wrote; the live blocks come on top"
    assert len(links) >= 15
    assert (len(booking), len(later)) == (2, 8)
    assert len(html.find_all("img", alt=True)) == 1
    assert "Call 999" in html.get_text(" ")


def test_the_real_sized_edition_of_the_demo_is_one_that_its_own_checks_like(demo_editions: DemoEditions) -> None:
    file = next(copy.file for copy in demo_editions.copies if copy.edition == WRITING)
    calendar = WorkingCalendar()
    length = length_of(file)
    said = [each.words for each in advise(file, leaves=calendar.local_date(TOLD_AT), calendar=calendar)]
    assert [words for words in said if "is a Sunday" not in words] == [], "awareness weeks end on a Sunday"
    assert length.ease is not None
    assert length.ease.age <= 12
    assert len(fullest_html(file).encode()) < ADVISED_BYTES


@settings(max_examples=25, deadline=None)
@given(file=FILES, reader=READERS, name=NAMES)
def test_whatever_an_edition_says_it_is_fit_to_send(file: BulletinFile, reader: Reader, name: str) -> None:
    edition = an_edition(file)
    to = Addressee("ben@example.org", name, 1, "U1", 0)
    raw = copy_of(edition, own(edition, reader), to=to, desk=DESK)
    assert_fit_to_send(raw, file)
    slack = edition_slack(edition, own(edition, reader), to=to, desk=DESK)
    assert not check_message(slack.text, list(slack.blocks))
    archive = f"<!doctype html><title>x</title>{archive_fragment(edition)}"
    html5lib.HTMLParser(strict=True).parse(archive)


@settings(max_examples=25, deadline=None)
@given(file=FILES, reader=READERS, name=NAMES)
def test_a_spliced_copy_says_what_would_have_been_drawn_for_that_reader_alone(
    file: BulletinFile, reader: Reader, name: str
) -> None:
    edition = an_edition(file)
    reader = own(edition, reader)
    to = Addressee("ben@example.org", name, 1, "U1", 0)
    copy = read_mail(copy_of(edition, reader, to=to, desk=DESK))
    values = values_for(reader, links_of(edition, desk=DESK), to=to, desk=DESK, stamp=STAMP)
    around = Surround(
        base_url=DESK.writing.base_url,
        sender=DESK.writing.partnership.name,
        name=values["name"],
        online=f"{DESK.writing.base_url}/bulletins/{edition.id}",
        leave=values["leave"],
        preferences=f"{values['leave']}#choose",
        opinions=values["opinions"],
    )
    alone = page_for(edition, reader, links=values, around=around)
    assert tree(part(copy, "html")) == tree(email_html(alone))
    assert part(copy, "plain").split() == email_text(alone).split()


def tree(html: str) -> str:
    """The HTML as a browser understands it, however it was escaped."""
    found = html5lib.parse(html, treebuilder="dom", namespaceHTMLElements=False)
    return str(found.toxml())


def test_an_edition_without_a_summary_or_contents_is_as_fit(demo_editions: DemoEditions) -> None:
    short = BulletinFile("b", "main", "T", Audience(everyone=True), (Story("S", (Paragraph((Span("x"),)),)),))
    for file in (short, replace(short, opening=(Subheading("Before anything"),))):
        edition = an_edition(file)
        assert_fit_to_send(copy_of(edition, Reader(), to=Addressee("b@example.org", "B", 1, "", 0), desk=DESK), file)
