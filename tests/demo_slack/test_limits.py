"""Slack's limits: what fits is taken, one more is refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering import slack_limits
from bot.rendering.slack_limits import check_message, check_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def options(number: int) -> list[Json]:
    return [{"text": plain(f"Choice {n}"), "value": str(n)} for n in range(number)]


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain("Book"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def section(text: str = "Words", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def question(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("What is working well?"), "element": element, **more}


def choice(kind: str, number: int) -> Json:
    return {"type": kind, "action_id": "c", "options": options(number)}


def modal(*blocks: Json, **more: Any) -> Json:
    frame = {"type": "modal", "title": plain("A survey"), "submit": plain("Send")}
    return {**frame, "blocks": list(blocks), **more}


FITS_AND_ONE_MORE = {
    "section text": (section("x" * 3000), section("x" * 3001)),
    "fields": (
        {"type": "section", "fields": [mrkdwn("f")] * 10},
        {"type": "section", "fields": [mrkdwn("f")] * 11},
    ),
    "field text": (
        {"type": "section", "fields": [mrkdwn("f" * 2000)]},
        {"type": "section", "fields": [mrkdwn("f" * 2001)]},
    ),
    "header": ({"type": "header", "text": plain("h" * 150)}, {"type": "header", "text": plain("h" * 151)}),
    "context": (
        {"type": "context", "elements": [mrkdwn("c")] * 10},
        {"type": "context", "elements": [mrkdwn("c")] * 11},
    ),
    "actions": (
        actions(*[button(action_id=str(n)) for n in range(25)]),
        actions(*[button(action_id=str(n)) for n in range(26)]),
    ),
    "button text": (actions(button(text=plain("b" * 75))), actions(button(text=plain("b" * 76)))),
    "button value": (actions(button(value="v" * 2000)), actions(button(value="v" * 2001))),
    "action id": (actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256))),
    "block id": (section(block_id="b" * 255), section(block_id="b" * 256)),
    "radio": (actions(choice("radio_buttons", 10)), actions(choice("radio_buttons", 11))),
    "checkboxes": (actions(choice("checkboxes", 10)), actions(choice("checkboxes", 11))),
    "select": (actions(choice("static_select", 100)), actions(choice("static_select", 101))),
    "overflow": (actions(choice("overflow", 5)), actions(choice("overflow", 6))),
    "option text": (
        actions({**choice("static_select", 0), "options": [{"text": plain("o" * 75), "value": "1"}]}),
        actions({**choice("static_select", 0), "options": [{"text": plain("o" * 76), "value": "1"}]}),
    ),
    "option value": (
        actions({**choice("static_select", 0), "options": [{"text": plain("o"), "value": "1" * 150}]}),
        actions({**choice("static_select", 0), "options": [{"text": plain("o"), "value": "1" * 151}]}),
    ),
}


@pytest.mark.parametrize("name", FITS_AND_ONE_MORE)
def test_the_last_that_fits_is_taken_and_one_more_is_refused(name: str) -> None:
    fits, too_much = FITS_AND_ONE_MORE[name]
    assert check_message("Words", [fits]) == []
    assert check_message("Words", [too_much]) != []


REFUSED_EVEN_THOUGH_THE_SDK_SHRUGS = {
    "empty text": section(" "),
    "mrkdwn in a button": actions(button(text=mrkdwn("*Book*"))),
    "unknown key": section(colour="red"),
    "unknown key in a button": actions(button(colour="red")),
    "unknown block": {"type": "sectoin", "text": mrkdwn("x")},
    "no type": {"text": mrkdwn("x")},
    "not an object": "section",
    "multi-select in actions": actions(choice("multi_static_select", 3)),
    "text box in actions": actions({"type": "plain_text_input", "action_id": "t"}),
    "number box in a message": question({"type": "number_input", "action_id": "n", "is_decimal_allowed": False}),
    "unknown style": actions(button(style="green")),
    "first choice is no option": actions(
        {**choice("radio_buttons", 2), "initial_option": {"text": plain("Other"), "value": "9"}}
    ),
    "same action twice": actions(button(), button()),
    "wrong date": actions({"type": "datepicker", "action_id": "d", "initial_date": "1/2/2027"}),
    "half a confirm": actions(
        button(confirm={"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes")})
    ),
    "image without words": {"type": "image", "image_url": "https://example.org/a.png"},
}


@pytest.mark.parametrize("name", REFUSED_EVEN_THOUGH_THE_SDK_SHRUGS)
def test_what_slack_refuses_is_refused_with_a_clean_sentence(name: str) -> None:
    (problem,) = check_message("Words", [REFUSED_EVEN_THOUGH_THE_SDK_SHRUGS[name]])  # type: ignore[list-item] # hostile
    assert problem.startswith("/blocks/0")
    assert "Error" not in problem


def test_a_message_needs_words_for_notifications_even_when_it_has_blocks() -> None:
    assert check_message("", [section()]) == [
        "/text: is empty; notifications and screen readers would have nothing to say"
    ]


def test_fifty_blocks_fit_in_a_message_and_a_hundred_in_a_modal() -> None:
    assert check_message("Words", [section()] * 50) == []
    assert check_message("Words", [section()] * 51) == ["/blocks: are 51; a message takes 50"]
    assert check_view(modal(*[section()] * 100)) == []
    assert check_view(modal(*[section()] * 101)) == ["/view/blocks: are 101; a modal takes 100"]


def test_a_message_may_hold_twelve_thousand_characters_in_all() -> None:
    assert check_message("Words", [section("x" * 3000)] * 4) == []
    (problem,) = check_message("Words", [section("x" * 3000)] * 4 + [section("y")])
    assert "12001 characters" in problem


def test_a_block_id_is_used_once() -> None:
    (problem,) = check_message("Words", [section(block_id="a"), section(block_id="a")])
    assert "'a' 2 times" in problem


def test_a_modal_has_short_title_and_buttons() -> None:
    assert check_view(modal(section(), title=plain("t" * 24), submit=plain("s" * 24), close=plain("c" * 24))) == []
    problems = check_view(modal(section(), title=plain("t" * 25), submit=plain("s" * 25), close=plain("c" * 25)))
    assert [problem.split(":")[0] for problem in problems] == [
        "/view/title/text",
        "/view/submit/text",
        "/view/close/text",
    ]


def test_a_modal_with_questions_needs_a_send_button() -> None:
    view = modal(question({"type": "plain_text_input", "action_id": "t"}))
    assert check_view(view) == []
    del view["submit"]
    (problem,) = check_view(view)
    assert problem.startswith("/view/submit")


def test_private_metadata_carries_ids_only() -> None:
    assert check_view(modal(section(), private_metadata="x" * 3000)) == []
    (problem,) = check_view(modal(section(), private_metadata="x" * 3001))
    assert "3001 characters" in problem


def test_a_view_weighs_at_most_250_kilobytes() -> None:
    heavy = [question({**choice("static_select", 100), "action_id": str(n)}) for n in range(100)]
    assert any("bytes" in problem for problem in check_view(modal(*heavy)))


def test_app_home_has_no_title_and_no_buttons_of_its_own() -> None:
    assert check_view({"type": "home", "blocks": [section()]}) == []
    (problem,) = check_view({"type": "home", "blocks": [section()], "title": plain("Home")})
    assert problem.startswith("/view/title")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "element", "label", "options", "accessory", "confirm", "value"]
            ),
            inner | st.sampled_from(["section", "actions", "input", "button", "plain_text", "static_select"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=3))
def test_no_shape_of_rubbish_makes_the_checker_fall_over(blocks: list[Any]) -> None:
    assert isinstance(check_message("Words", blocks), list)
    assert isinstance(check_view({"type": "modal", "title": "x", "blocks": blocks}), list)


def test_every_number_is_public_under_its_name() -> None:
    assert (slack_limits.MODAL_TITLE, slack_limits.BLOCKS_PER_MESSAGE, slack_limits.RADIO_OPTIONS) == (24, 50, 10)
