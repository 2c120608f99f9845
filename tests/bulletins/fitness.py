"""What every edition must hold on its final bytes (reference/email-delivery.md section 1, "Standards")."""

from collections.abc import Iterator
from email.message import EmailMessage

import html5lib

from bot.files.bulletin_model import (
    Block,
    BulletinFile,
    Bullets,
    Image,
    Numbers,
    Paragraph,
    Subheading,
)
from bot.rendering.bulletin import LARGEST_BYTES, lint_email, lint_text
from tests.bulletins.conftest import part, read_mail

LONGEST_LINE = 998  # RFC 5321 4.5.3.1.6, without the line end


def assert_fit_to_send(raw: bytes, file: BulletinFile) -> None:
    """Readable by everybody, whole in every mailbox, and with one press to leave."""
    mail = read_mail(raw)
    html, text = part(mail, "html"), part(mail, "plain")
    html5lib.HTMLParser(strict=True).parse(html)
    assert lint_email(html) == ()
    assert lint_text(text, html=html) == ()
    assert len(html.encode()) < LARGEST_BYTES
    for word in words_of(file):
        assert word in text, word
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    assert_well_formed(mail)
    assert_one_press_to_leave(mail)


def assert_well_formed(mail: EmailMessage) -> None:
    """No defect anywhere, and nothing that a relay would have to encode anew."""
    for each in mail.walk():
        assert not each.defects
        assert not [defect for value in each.values() for defect in value.defects]
        assert each.is_multipart() or each["Content-Transfer-Encoding"] == "quoted-printable"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]


def assert_one_press_to_leave(mail: EmailMessage) -> None:
    """RFC 8058."""
    [leave] = mail.get_all("List-Unsubscribe", [])
    addresses = [address.strip() for address in str(leave).split(",")]
    assert sum(address.startswith("<https://") for address in addresses) == 1
    assert [str(each) for each in mail.get_all("List-Unsubscribe-Post", [])] == ["List-Unsubscribe=One-Click"]
    assert mail["List-Id"]


def words_of(file: BulletinFile) -> Iterator[str]:
    """Every word that the author wrote."""
    yield from file.title.upper().split()
    yield from file.summary.split()
    for story in file.stories:
        yield from story.title.split()
    for block in file.blocks():
        yield from _words(block)


def _words(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(spans):
            groups = [spans]
        case Bullets(items) | Numbers(items):
            groups = list(items)
        case Subheading(text):
            yield from text.split()
            return
        case Image(_, alt, caption):
            yield from (*alt.split(), *caption.split())
            return
        case _:
            return
    for spans in groups:
        for span in spans:
            yield from span.text.split()
