"""An edition in its forms: the same words everywhere, readable by everybody, harmless whatever names hold."""

from datetime import UTC, datetime

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from bot.files.bulletin import parse_bulletin
from bot.files.partnership import parse_partnership
from bot.files.pictures import picture_facts
from bot.keyring import Keyring
from bot.rendering.bulletin import (
    Asked,
    Bookable,
    Edition,
    Owed,
    Picture,
    Reader,
    archive_fragment,
    lint_email,
    lint_text,
)
from bot.rendering.mime import compile_letter, splice, wire_bytes
from bot.rendering.mime.splice import filled
from bot.rendering.slack_limits import check_message
from bot.settings import MailSettings
from digests.compose import Addressee, Desk, Stamp
from digests.compose_bulletin import blank_letter, edition_slack, links_of, preview, values_for
from digests.messages.kinds import Writing
from tests.bulletins.conftest import TEXT, a_picture, part, read_mail
from tests.factories import PARTNERSHIP

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
STAMP = Stamp(7, "<0123456789abcdef@herald.example.org>", NOW)
DESK = Desk(
    Writing(parse_partnership(PARTNERSHIP).value, NOW, "https://herald.example.org"),
    MailSettings(smtp_url="", sender="Northmere <herald@herald.example.org>", domain="herald.example.org"),
    Keyring(("a secret of the test run, long enough for anything",)),
    live=True,
)
WITH_PICTURE = TEXT.replace("- Read it", '![A plan with four phases](plan.png "The plan")\n\n- Read it')
EDITION = Edition(
    file=parse_bulletin(WITH_PICTURE).value,
    content_hash="h",
    series_title="Northmere e-bulletin",
    from_name="Northmere partnership",
    pictures={"plan.png": Picture("https://herald.example.org/bulletins/x/images/y.png", 1200, 600)},
    bookable=(Bookable("b1", "Core groups <& more>", "Wednesday 9 December 2026, 12:30", "Online", "For level 2"),),
    released=True,
)
READER = Reader((Asked("s1", "Your view", "Friday"),), (Owed("3", "Section 11", "9 December 2026"),))


def to(name: str = "Ben Reader") -> Addressee:
    return Addressee("ben@example.org", name, 1, "U1", 0)


def test_all_forms_say_the_same_words() -> None:
    found = preview(EDITION, READER, to=to(), desk=DESK)
    page = BeautifulSoup(found.letter.html, "html.parser").get_text(" ")
    slack = str(found.slack.blocks)
    archive = BeautifulSoup(archive_fragment(EDITION), "html.parser").get_text(" ")
    for words in ("new guide", "Talk about it", "Core groups <& more>", "Wednesday 9 December 2026, 12:30"):
        assert words in page
        assert words in found.letter.text
        assert words in slack
        assert words in archive
    for words in ("Your view", "Section 11"):
        assert words in page
        assert words in found.letter.text
        assert words not in archive


def test_the_html_can_be_read_by_everybody_and_fits_every_mailbox() -> None:
    html = preview(EDITION, READER, to=to(), desk=DESK).letter.html
    assert lint_email(html) == ()
    soup = BeautifulSoup(html, "html.parser")
    assert [heading.name for heading in soup.find_all(["h1", "h2", "h3"])] == ["h1", *["h2"] * 5]  # contents, stories
    image = soup.find("img")
    assert image is not None
    assert (image["alt"], image["width"], image["height"]) == ("A plan with four phases", "552", "276")
    assert all(table.get("role") == "presentation" for table in soup.find_all("table"))
    assert '<table role="presentation" width="600"' in html  # for Outlook, in a comment
    assert all(not tag.get("class") or tag.get("style") for tag in soup.find_all(["p", "a", "td"]))
    assert "prefers-color-scheme: dark" in html
    assert "<script" not in html


def test_the_lint_finds_what_shuts_people_out() -> None:
    good = preview(EDITION, READER, to=to(), desk=DESK).letter.html
    assert "no description" in str(lint_email(good.replace(' alt="A plan with four phases"', "")))
    assert "not marked" in str(lint_email(good.replace('role="presentation"', "", 1)))
    assert "language" in str(lint_email(good.replace('<html lang="en-GB"', "<html", 1)))
    assert "no title" in str(lint_email(good.replace("<title>December e-bulletin</title>", "<title></title>")))
    assert "KB" in str(lint_email(good.replace("</body>", f"{'x' * 90_000}</body>")))
    assert "which is not there" in str(lint_email(good.replace('id="story-2"', "")))
    assert "same id" in str(lint_email(good.replace('id="story-2"', 'id="story-1"')))
    assert "color-scheme" in str(lint_email(good.replace('name="color-scheme"', 'name="other"')))
    assert "one level below" in str(lint_email(good.replace("<h2", "<h3").replace("</h2>", "</h3>")))
    assert "Outlook" in str(lint_email(good.replace("width: 100%", "display: flex", 1)))
    assert "smaller than 16" in str(lint_email(good.replace("font-size: 16px", "font-size: 12px", 1)))
    assert "<form>" in str(lint_email(good.replace("</body>", "<form></form></body>")))
    assert "no web page" in str(lint_email(good.replace('href="https://www.example.org', 'href="javascript:x')))


def test_the_lint_misses_no_address_in_the_text_part() -> None:
    letter = preview(EDITION, READER, to=to(), desk=DESK).letter
    assert lint_text(letter.text, html=letter.html) == ()
    assert "does not give the address https://www.example.org/guide" in str(
        lint_text(letter.text.replace("https://www.example.org/guide", ""), html=letter.html)
    )
    assert lint_text(" \n", html=letter.html) == ("The text part is empty.",)


def test_slack_would_take_it_and_nothing_in_it_addresses_anybody() -> None:
    text = TEXT.replace("Talk about it", "Talk <!channel> about *it* with @everyone")
    edition = Edition(parse_bulletin(text.replace("<!", "\\<!")).value, "h", "Northmere", "Northmere")
    message = edition_slack(edition, READER, to=to(), desk=DESK)
    assert not check_message(message.text, list(message.blocks))
    assert "<!channel>" not in str(message.blocks)


def test_a_long_edition_is_cut_in_slack_with_the_way_to_all_of_it() -> None:
    stories = "\n".join(f"# Story {number}\n{'Words and more words. ' * 200}\n" for number in range(40))
    edition = Edition(parse_bulletin(TEXT + stories).value, "h", "Northmere", "Northmere", released=True)
    message = edition_slack(edition, READER, to=to(), desk=DESK)
    assert not check_message(message.text, list(message.blocks))
    assert "https://herald.example.org/bulletins/2026-12-main" in str(message.blocks[-2])


@given(name=st.text(max_size=60), title=st.text(min_size=1, max_size=60), due=st.text(max_size=30))
def test_what_is_spliced_is_what_would_have_been_written_whole(name: str, title: str, due: str) -> None:
    reader = Reader((Asked("s1", title),), (Owed("3", title, due),))
    blank = blank_letter(EDITION, reader.shape, desk=DESK, date=NOW)
    values = values_for(reader, links_of(EDITION, desk=DESK), to=to(name), desk=DESK, stamp=STAMP)
    spliced = splice(compile_letter(blank.letter, blank.slots), values)
    one, other = read_mail(spliced), read_mail(wire_bytes(filled(blank.letter, blank.slots, values)))
    assert one.items()[:-1] == other.items()[:-1]  # the last is Content-Type with its boundary
    for kind in ("plain", "html"):
        assert part(one, kind) == part(other, kind)
    assert all(len(line) <= 998 for line in spliced.split(b"\r\n"))
    assert len(one["To"].addresses) == 1
    assert lint_email(part(one, "html")) == ()


def test_a_picture_is_known_by_its_bytes() -> None:
    facts = picture_facts(a_picture(30, 20))
    assert facts is not None
    assert (facts.media_type, facts.width, facts.height) == ("image/png", 30, 20)
    assert picture_facts(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>") is None
    assert picture_facts(b"\xff\xd8\xff\xe0\x00\x04AB\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03") is not None
    jpeg = picture_facts(b"\xff\xd8\xff\xe0\x00\x04AB\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03")
    assert jpeg is not None
    assert (jpeg.width, jpeg.height) == (30, 20)


@given(st.binary(max_size=80))
def test_no_bytes_confuse_the_reading_of_pictures(content: bytes) -> None:
    for head in (
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"RIFF\0\0\0\0WEBPVP8X",
    ):
        picture_facts(head + content)
