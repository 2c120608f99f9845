"""Law 8: what each box refuses, where it is in the text as typed, and what stands there afterwards."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.first_names import FIRST_NAMES, NAMES_OF_PLACES_TOO
from bot.rules.identifier_names import SEARCHES, searches_for
from bot.rules.identifier_patterns import DETECTORS, Kind, detectors_for
from bot.rules.identifiers import BULLETIN, OWN_REFERENCE, PRACTICE_TEXT, Profile, Span, find, remove
from bot.rules.plain_text import plain_text
from bot.rules.words_that_are_no_names import NAMES_TOO, NO_NAME_OF_THEM

TODAY = date(2026, 11, 20)
PROFILES = (PRACTICE_TEXT, OWN_REFERENCE, BULLETIN)


def found(text: str, profile: Profile = PRACTICE_TEXT) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in find(text, profile=profile, today=TODAY)]


def test_removal_says_in_plain_words_what_was_there() -> None:
    text = "Please look at 999 323 7418 and ring 01632 960123."
    assert remove(text, find(text, profile=PRACTICE_TEXT)) == (
        "Please look at [removed: NHS number] and ring [removed: phone number]."
    )


def test_the_span_is_that_of_the_text_as_typed() -> None:
    text = "NHS\N{NO-BREAK SPACE}９９９\N{EN DASH}３２３\N{ZERO WIDTH SPACE}７４１８ was wrong"
    assert found(text) == [("９９９\N{EN DASH}３２３\N{ZERO WIDTH SPACE}７４１８", "NHS number")]
    assert remove(text, find(text, profile=PRACTICE_TEXT)) == "NHS\N{NO-BREAK SPACE}[removed: NHS number] was wrong"


def test_an_accent_typed_apart_belongs_to_its_letter() -> None:
    apart = "mum Ame\N{COMBINING ACUTE ACCENT}lie was late"
    assert found(apart) == [("Ame\N{COMBINING ACUTE ACCENT}lie", "name")]


def test_a_curly_apostrophe_is_an_apostrophe() -> None:
    assert found("Mason\N{RIGHT SINGLE QUOTATION MARK}s mum rang") == [("Mason", "name")]


@pytest.mark.parametrize("digits", ["٩٩٩ ٣٢٣ ٧٤١٨", "999\N{SOFT HYPHEN}3237418", "999\n323\n7418", "𝟗𝟗𝟗𝟑𝟐𝟑𝟕𝟒𝟏𝟖"])
def test_digits_in_disguise_are_digits(digits: str) -> None:
    assert found(f"see {digits} please") == [(digits, "NHS number")]


# Profiles


@pytest.mark.parametrize(
    ("reference", "refused"),
    [
        ("NS-204417", None),
        ("case 1234567", None),
        ("Mosaic 554433", None),
        ("4155550123", None),  # ten digits that are no NHS number
        ("999 323 7418", "NHS number"),
        ("NHS 4155550123", "NHS number"),
        ("NM4 7QT", "postcode"),
        ("14/02/2016", "full date"),
        ("dob 14/2", "date of birth"),
        ("01632 960123", "phone number"),
        ("kai@example.org", "e-mail address"),
        ("child Kayleigh", "name"),
        ("H801200001001", "pupil number"),
    ],
)
def test_an_own_reference_may_be_a_case_reference_and_nothing_else(reference: str, refused: str | None) -> None:
    labels = [label for _, label in found(reference, OWN_REFERENCE)]
    assert labels == ([refused] if refused else [])


def test_a_bulletin_may_name_venues_dates_telephones_and_the_people_who_run_things() -> None:
    text = (
        "Dr Singh and Mrs Bell speak at 12:30 on 9 December 2026, Town Hall, NM4 7QT. Ring 01632 960123, write to "
        "learning@example.org or see https://example.org/briefings/4155550123?on=2016-02-14. Quote case 1234567. "
        "Our social worker Priya Nair answers on 0800 960 123."
    )
    assert found(text, BULLETIN) == []


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("NHS number 999 323 7418", [("999 323 7418", "NHS number")]),
        ("the story of a boy called Tyrell", [("Tyrell", "name")]),
        ("born 14/02/2016", [("14/02/2016", "date of birth")]),
        ("pupil number H801200001001", [("H801200001001", "pupil number")]),
        ("AB 12 34 56 C", [("AB 12 34 56 C", "National Insurance number")]),
        ("see www.example.org/a 999 323 7418", [("999 323 7418", "NHS number")]),
    ],
)
def test_a_bulletin_may_not_point_to_a_child(text: str, finds: list[tuple[str, str]]) -> None:
    assert found(text, BULLETIN) == finds


def test_an_address_does_not_hide_a_number_that_reaches_out_of_it() -> None:
    text = "www.example.org/999 323 7418"
    assert [label for _, label in found(text, BULLETIN)] == ["NHS number"]


# Particulars


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("seen on 14/02/2016", True),
        ("seen on 2/14/2016", True),  # month first
        ("seen on 14/02/06", True),
        ("seen on 19/11/2026", True),
        ("seen on 21/11/2026", False),  # nobody is born tomorrow
        ("planned for 3 March 2027", False),
        ("in force since 1 October 1991", False),  # older than twenty years
        ("version 31/31/2016", False),  # no such day
        ("from 09.30-10.30", False),
    ],
)
def test_a_full_date_counts_when_a_child_could_be_born_on_it(text: str, flagged: bool) -> None:
    assert bool(found(text)) is flagged


def test_without_knowing_the_day_every_full_date_counts() -> None:
    assert find("in force since 1 October 1991", profile=PRACTICE_TEXT)
    assert find("planned for 3 March 2027", profile=PRACTICE_TEXT)


def test_the_register_is_known_in_any_case_and_only_as_full_names() -> None:
    names = ("Ada Byrne", "Ben Ortiz-Lee", "Cy")
    text = "ADA BYRNE met ben ortiz-lee; another Ada came with Byrneside and cy."
    spans = find(text, profile=PRACTICE_TEXT, known_names=names)
    assert [text[span.start : span.end] for span in spans] == ["ADA BYRNE", "ben ortiz-lee", "cy"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ring Janet", "Janet"),
        ("please call Janet O'Hara today", "Janet O'Hara"),
        ("text Kai when you are there", "Kai"),
        ("we talked to Amy-Lou about it", "Amy-Lou"),
        ("Ring Will Smith", "Will Smith"),  # a name, although the word is none
        ("ask April Jones", "April Jones"),
        ("Contact May O'Hara on Monday", "May O'Hara"),
        ("Ring JANET", "JANET"),
        ("RING JANET SMITH", "JANET SMITH"),
        ("PLEASE CALL JANET THE MANAGER", "JANET"),
        ("Contact Clifford", "Clifford"),
        ("Ask Preston what he thinks", "Preston"),
        ("Ring Sarah Hall", "Sarah Hall"),
        ("text Janet room 3", "Janet"),
        ("Ask Will", None),
        ("chase April Returns and June Bookings", None),
        ("Ask Will You Be There", None),
        ("RING THE DUTY TEAM", None),
        ("ASK BETTER QUESTIONS", None),
        ("CALL JANET SMITH HOUSE", None),
        ("Contact Eastmere", None),  # what ends like a place is one
        ("ring Westwold and ask Eastmere's manager", None),
        ("Phone Northford today", None),
        ("Ring Janet's team", None),  # cannot be told from a service that is named after its place
        ("Ring Eastmere MASH", None),
        ("contact Eastmere Borough Council", None),
        ("Thank You", None),
        ("Ask Open Questions", None),
        ("during Ramadan, after the earring Polly lost", None),
        ("They asked Eastmere and told Westmere", None),  # areas are spoken of like people
    ],
)
def test_who_is_to_be_rung_or_asked_is_a_person(text: str, name: str | None) -> None:
    assert found(text) == ([(name, "person's name")] if name else [])
    assert found(text, BULLETIN) == [], "a bulletin says whom to ring"


def test_a_first_name_that_needs_no_cue_is_no_other_word() -> None:
    assert FIRST_NAMES.isdisjoint(NO_NAME_OF_THEM | NAMES_TOO | NAMES_OF_PLACES_TOO)


@pytest.mark.parametrize("before", ["Mr", "Mrs", "social worker"])
@pytest.mark.parametrize("name", ["Will Smith", "April Jones"])
def test_a_first_name_that_is_a_word_is_a_name_before_a_last_name(before: str, name: str) -> None:
    assert found(f"The letter from {before} {name} was late") == [(name, "person's name")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kayleigh Smithson was not seen for a month", "Kayleigh Smithson"),
        ("Nobody told Zofia Nowak-Bell's school", "Zofia Nowak-Bell"),
        ("In June we met Amy-Lou Byrne Walsh there", "Amy-Lou Byrne Walsh"),
        ("KAYLEIGH SMITHSON WAS NOT SEEN", "KAYLEIGH SMITHSON"),
        ("Siân O'Rourke and her worker", "Siân O'Rourke"),
        ("The Thomas Byrne Primary School has a new lead", None),
        ("the Katherine Byrne Children's Centre", None),
        ("St Thomas Street, Queen Elizabeth Hospital, King Edward Court", None),
        ("Marie Curie nurses", None),
        ("Oliver Monday, Zofia Tuesday", None),
        ("Signs Of Safety, Graded Care Profile, Town Hall, Amber Alert, Grace Period", None),
        ("ELSA SUPPORT PLAN", None),
    ],
)
def test_a_common_first_name_needs_no_cue_before_a_last_name(text: str, name: str | None) -> None:
    assert found(text) == ([(name, "person's name")] if name else [])
    assert found(text, BULLETIN) == [], "a bulletin says who runs things"


@pytest.mark.parametrize("name", ["McDonald", "MacLeod-Smith", "Łucja", "Çağla Şahin", "Éabha O'Neill"])
def test_a_name_is_found_whole_whatever_its_letters(name: str) -> None:
    assert found(f"Mum {name}'s letters went astray") == [(name, "name")]


def test_two_numbers_in_a_row_are_two_numbers() -> None:
    assert found("01632 960001 01632 960002") == [("01632 960001", "phone number"), ("01632 960002", "phone number")]


@pytest.mark.parametrize("text", ["", " ", "\N{ZERO WIDTH SPACE}", "\N{COMBINING ACUTE ACCENT}", "\x00", "\ud800"])
def test_odd_texts_hold_nothing(text: str) -> None:
    assert found(text) == []


# What holds for every text

pieces = st.sampled_from(
    ["999 323 7418", "mum Sarah", "NM4 7QT", "14/02/2016", "born", "case", "1234567", "a@example.org", "www.example.org/",
     " ", ", ", "\n", "called", "and", "Kai", "0", "-", "\N{ZERO WIDTH SPACE}", "ﬁ", "é", "NHS", "Mr", "'s dad", "H801200001001",
     "RING", "ask", "Will", "Amy", "JANET"]
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=4), max_size=12).map("".join)


@given(text=texts, profile=st.sampled_from(PROFILES))
def test_spans_lie_in_the_text_in_order_without_overlap_and_of_forbidden_kinds(text: str, profile: Profile) -> None:
    at = 0
    for span in find(text, profile=profile, known_names=("Ada Byrne",), today=TODAY):
        assert at <= span.start < span.end <= len(text)
        assert span.kind in profile.kinds
        at = span.end


@given(text=texts)
def test_a_detector_that_is_left_out_would_have_found_nothing(text: str) -> None:
    plain = plain_text(text).text
    asked = set(detectors_for(plain))
    for detector in DETECTORS.values():
        assert detector in asked or not list(detector(plain, TODAY))


@given(text=texts)
def test_a_search_for_names_that_is_left_out_would_have_found_nothing(text: str) -> None:
    plain = plain_text(text).text
    for search in set(SEARCHES) - set(searches_for(plain)):
        assert not list(search(plain))


@given(before=texts, after=texts)
def test_an_nhs_number_between_words_never_gets_through_any_box(before: str, after: str) -> None:
    text = f"{before} ; 999 323 7418 ; {after}"
    place = len(before) + 3
    for profile in PROFILES:
        spans = find(text, profile=profile, today=TODAY)
        assert any(span.start <= place and place + 12 <= span.end for span in spans)


@given(text=st.text(max_size=200))
def test_the_way_back_from_plain_text_covers_the_original(text: str) -> None:
    plain = plain_text(text)
    assert len(plain.text) == len(plain.starts) == len(plain.ends)
    assert list(plain.starts) == sorted(plain.starts)
    assert all(start < end <= len(text) for start, end in zip(plain.starts, plain.ends, strict=True))


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_plain_english_is_plain_already(text: str) -> None:
    assert plain_text(text).text == text


@given(spans=st.lists(st.integers(0, 40), unique=True, min_size=2, max_size=8).map(sorted))
def test_removal_keeps_every_other_character(spans: list[int]) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(41))
    chosen = [Span(a, b, Kind.POSTCODE) for a, b in zip(spans[::2], spans[1::2], strict=False)]
    left = remove(text, chosen).replace("[removed: postcode]", "")
    assert left == "".join(c for i, c in enumerate(text) if not any(s.start <= i < s.end for s in chosen))


HOSTILE = ["a", "1", "1 ", "a@", "a@a.", "Aa ", "A'", "www.", "born 1/1 ", "mum ", "0 ", "(0", "+1-", "jan 1 ", "case-", "9-",
           "x.", "\N{ZERO WIDTH SPACE}", "\N{COMBINING ACUTE ACCENT}",
           "\N{COMBINING ACUTE ACCENT}\N{COMBINING CEDILLA}", "ﷺ", "A1 ", "12/12/", "Mr A. ", "Ask A", "Ring Jo ", "Amy Ann ", "AMY ", "JANE'S-", "Ring Will "]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_thousand_hostile_characters_take_no_longer_than_their_length(unit: str) -> None:
    """Measured in processor time: a quadratic pattern would need minutes where a linear one needs a second or two."""
    text = (unit * 100_000)[:100_000]
    began = time.process_time()
    find(text, profile=PRACTICE_TEXT, known_names=("Ada Byrne", "Mum Mum"), today=TODAY)
    assert time.process_time() - began < 20
