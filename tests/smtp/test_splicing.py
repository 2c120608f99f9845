"""Spliced messages are the same messages: whatever a name or a link holds, `splice` and the slow way agree."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.mime import (
    Letter,
    Slot,
    SlotError,
    UnsafeHeader,
    Wire,
    compile_letter,
    splice,
    token,
    wire_bytes,
)
from bot.rendering.mime.splice import filled
from tests.smtp.letters import a_letter
from tests.smtp.test_letters import assert_fit_for_the_wire, parsed, part

SLOTS = [
    Slot("to"),
    Slot("name"),
    Slot("mid"),
    Slot("words"),
    Slot("link", "link"),
    Slot("unsubscribe", "link"),
    Slot("piece", "segment"),
]
GOOD = {
    "to": "ada@example.org",
    "name": "Ada Example",
    "mid": "n-17",
    "words": "two places",
    "link": "https://herald.example.org/l/abc?x=1&y=2",
    "unsubscribe": "https://herald.example.org/unsubscribe/abc",
    "piece": "a b/c",
}


def a_bulletin() -> Letter:
    name, words, link, piece = token("name"), token("words"), token("link"), token("piece")
    return replace(
        a_letter(),
        to=token("to"),
        to_name=name,
        subject=f"{name}, your December bulletin",
        message_id=f"<{token('mid')}@herald.example.org>",
        headers=(
            ("List-Unsubscribe", f"<{token('unsubscribe')}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
        text=f"{words}\nDear {name},\n\n.dots\n{'a long line of words ' * 9}{words}{words} {link}\n\n/at/{piece} \n{words}",
        html=f'<html lang="en"><p title="{words}">Dear {name},{words}</p><a href="{link}">{link}</a><p>{"é" * 99}{words}',
    )


COMPILED = compile_letter(a_bulletin(), SLOTS)
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from("\r\n.= \t<>&\"'\u2028é"), max_size=200),
    st.sampled_from(
        ["", ".", "..", "\r\n.\r\n", "=", "=\r\n", "x" * 1200, "<script>", '" onmouseover="', token("name"), "\n" * 9]
    ),
)
HEADER_WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200)


def assert_same_message(spliced: Wire, whole: Wire) -> None:
    left, right = parsed(spliced), parsed(whole)
    assert [(name, str(value)) for name, value in left.items() if name != "Content-Type"] == [
        (name, str(value)) for name, value in right.items() if name != "Content-Type"
    ]
    assert left.get_content_type() == right.get_content_type()
    for media_type in ("text/plain", "text/html"):
        assert part(left, media_type) == part(right, media_type)


@settings(deadline=None, max_examples=200)
@given(words=HOSTILE, piece=HOSTILE, name=HEADER_WORDS)
def test_whatever_the_values_hold_the_spliced_message_is_the_whole_one(words: str, piece: str, name: str) -> None:
    values = GOOD | {"words": words, "piece": piece, "name": name}
    spliced = splice(COMPILED, values)
    assert_fit_for_the_wire(spliced)
    assert_same_message(spliced, wire_bytes(filled(a_bulletin(), SLOTS, values)))


def test_one_persons_message_after_another_leaves_nothing_of_the_first() -> None:
    ben = GOOD | {"to": "ben@example.org", "name": "Ben", "link": "https://herald.example.org/l/ben", "mid": "n-18"}
    splice(COMPILED, GOOD)
    wire = splice(COMPILED, ben)
    assert b"Ada" not in wire
    assert b"l/abc" not in wire
    assert_same_message(wire, wire_bytes(filled(a_bulletin(), SLOTS, ben)))


def test_each_value_is_escaped_for_the_place_where_it_stands() -> None:
    values = GOOD | {"words": "<b>\"5 > 4\" & 'so'</b>", "name": "Zoë <x>"}
    message = parsed(splice(COMPILED, values))
    assert values["words"] in part(message, "text/plain")
    html = part(message, "text/html")
    assert "&lt;b&gt;&quot;5 &gt; 4&quot; &amp; &#x27;so&#x27;&lt;/b&gt;" in html
    assert 'href="https://herald.example.org/l/abc?x=1&amp;y=2"' in html
    assert "https://herald.example.org/l/abc?x=1&y=2" in part(message, "text/plain")
    assert "/at/a%20b%2Fc" in part(message, "text/plain")
    assert message["Subject"] == "Zoë <x>, your December bulletin"


@pytest.mark.parametrize("slot", ["to", "name", "mid"])
@pytest.mark.parametrize("sign", ["\r\n", "\n", "\v", "\u2028", "\0"])
def test_no_persons_value_can_begin_a_header(slot: str, sign: str) -> None:
    with pytest.raises(UnsafeHeader):
        splice(COMPILED, GOOD | {slot: f"ada@example.org{sign}Bcc: everyone@example.org"})


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/l/abc", "", "https://a.example.org/ b", "https://a\r\nX: y"])
def test_a_link_that_is_no_whole_web_address_is_refused(link: str) -> None:
    for slot in ("link", "unsubscribe"):
        with pytest.raises(SlotError):
            splice(COMPILED, GOOD | {slot: link})


def test_a_missing_value_and_an_unexplained_token_are_mistakes_that_are_named() -> None:
    with pytest.raises(SlotError, match="mid"):
        splice(COMPILED, {name: value for name, value in GOOD.items() if name != "mid"})
    with pytest.raises(SlotError, match="to"):
        filled(a_bulletin(), SLOTS, {})
    with pytest.raises(SlotError, match="surprise"):
        compile_letter(replace(a_letter(), text=token("surprise")), SLOTS)
    with pytest.raises(SlotError):
        token("No Name")


def test_a_letter_without_slots_compiles_to_itself() -> None:
    compiled = compile_letter(a_letter(), [])
    assert (len(compiled.statics), compiled.makers) == (1, ())
    assert splice(compiled, {}) == wire_bytes(a_letter())
