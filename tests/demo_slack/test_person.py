"""The person in front of the stand-in: signatures, hostile sendings, every kind of answer, response addresses."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.demo.slack import Parcel, Signing, StandIn
from tests.demo_slack.conftest import MovableClock

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def question(block_id: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(f"Question {block_id}"),
        "element": {"action_id": "answer", **element},
        **more,
    }


def choices(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


EVERY_KIND = {
    "words": ({"type": "plain_text_input"}, "Good", {"value": "Good"}),
    "number": ({"type": "number_input", "is_decimal_allowed": False}, 7, {"value": "7"}),
    "date": ({"type": "datepicker"}, date(2027, 1, 28), {"selected_date": "2027-01-28"}),
    "time": ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
    "menu": ({"type": "static_select", "options": choices("One", "Two")}, "Two", "two"),
    "radio": ({"type": "radio_buttons", "options": choices("One", "Two")}, "one", "one"),
    "boxes": ({"type": "checkboxes", "options": choices("One", "Two", "Three")}, ["Three", "One"], ["three", "one"]),
    "several": ({"type": "multi_static_select", "options": choices("One", "Two")}, ["Two"], ["two"]),
}


async def show(app: AsyncApp, stand_in: StandIn, *blocks: Json) -> list[Json]:
    """Opens a form with these blocks for Ada and notes what is sent in."""
    heard: list[Json] = []

    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        view = {"type": "modal", "title": plain("A survey"), "submit": plain("Send"), "blocks": list(blocks)}
        await client.views_open(trigger_id=body["trigger_id"], view={**view, "callback_id": "survey"})
        await ack()

    @app.view("survey")
    async def sent(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    await stand_in.person("U0ADA").command("/herald")
    return heard


async def test_every_kind_of_answer_arrives_in_the_shape_slack_gives_it(stand_in: StandIn, app: AsyncApp) -> None:
    heard = await show(app, stand_in, *(question(name, kind) for name, (kind, _, _) in EVERY_KIND.items()))
    ada = stand_in.person("U0ADA")
    for name, (_, given, _) in EVERY_KIND.items():
        ada.fill(f"Question {name}", given)
    assert await ada.submit() is not None
    assert ada.modal() is None
    values = heard[0]["view"]["state"]["values"]
    for name, (kind, _, expected) in EVERY_KIND.items():
        state = values[name]["answer"]
        assert state["type"] == kind["type"]
        if isinstance(expected, dict):
            assert expected.items() <= state.items()
        elif isinstance(expected, str):
            assert state["selected_option"]["value"] == expected
        else:
            assert [option["value"] for option in state["selected_options"]] == expected


async def test_what_nobody_touched_is_null_or_empty_as_in_slack(stand_in: StandIn, app: AsyncApp) -> None:
    blocks = [question(name, kind, optional=True) for name, (kind, _, _) in EVERY_KIND.items()]
    heard = await show(app, stand_in, *blocks)
    await stand_in.person("U0ADA").submit()
    values = heard[0]["view"]["state"]["values"]
    assert values["words"]["answer"] == {"type": "plain_text_input", "value": None}
    assert values["menu"]["answer"] == {"type": "static_select", "selected_option": None}
    assert values["boxes"]["answer"] == {"type": "checkboxes", "selected_options": []}
    assert values["date"]["answer"] == {"type": "datepicker", "selected_date": None}


async def test_slacks_own_form_holds_back_what_does_not_fit(stand_in: StandIn, app: AsyncApp) -> None:
    number = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "5"}
    words = {"type": "plain_text_input", "min_length": 3, "max_length": 5}
    heard = await show(app, stand_in, question("n", number), question("w", words))
    ada = stand_in.person("U0ADA")
    ada.fill("n", "6")
    ada.fill("w", "no")
    assert await ada.submit() is None
    assert ada.errors() == ["Enter a number that is 5 or less.", "Enter at least 3 characters."]
    ada.fill("n", "5.5")
    ada.fill("w", "longer")
    assert await ada.submit() is None
    assert ada.errors() == ["Enter a whole number.", "Enter at most 5 characters."]
    assert heard == []
    assert await ada.submit(unchecked=True) is not None
    assert heard[0]["view"]["state"]["values"]["n"]["answer"]["value"] == "5.5"


async def test_nobody_can_choose_what_is_not_there(stand_in: StandIn, app: AsyncApp) -> None:
    await show(app, stand_in, question("menu", {"type": "static_select", "options": choices("One", "Two")}))
    ada = stand_in.person("U0ADA")
    with pytest.raises(LookupError, match=r"No choice called 'Three'. There are: One, Two"):
        ada.fill("menu", "Three")
    with pytest.raises(LookupError, match="There is: Question menu"):
        ada.fill("Question nine", "One")


async def test_bolt_believes_honest_signatures_and_no_others(
    stand_in: StandIn, app: AsyncApp, clock: MovableClock
) -> None:
    heard: list[str] = []

    @app.command("/herald")
    async def help_me(ack: Any) -> None:
        heard.append("command")
        await ack("Here is what I can do.")

    ada = stand_in.person("U0ADA")
    assert (await ada.command("/herald", "help")).ok
    assert [message.words for message in ada.ephemeral()] == ["Here is what I can do."]
    assert ada.last is not None
    dishonest = [
        Signing(unsigned=True),
        Signing(signature="v0=" + "0" * 64),
        Signing(secret="another secret"),
        Signing(at=clock() - timedelta(seconds=301)),
        Signing(at=clock() + timedelta(seconds=301)),
    ]
    for signing in dishonest:
        (refused,) = await ada.send_raw(ada.last, signing=signing)
        assert refused.status == 401
    assert heard == ["command"]


async def test_the_same_bytes_can_come_many_times_at_once(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[tuple[str, Any]] = []

    @app.event("message")
    async def note(body: Json, request: Any) -> None:
        heard.append((body["event_id"], request.headers.get("x-slack-retry-num")))

    ada = stand_in.person("U0ADA")
    ada.copies = 3
    await ada.say("hello")
    await ada.send_again(times=2, retry=1)
    assert len({event_id for event_id, _ in heard}) == 1
    assert [retry for _, retry in heard] == [None, None, None, ["1"], ["1"]]


async def test_raw_rubbish_reaches_the_app_signed(stand_in: StandIn, app: AsyncApp) -> None:
    ada = stand_in.person("U0ADA")
    answers = await ada.send_raw(Parcel(b"payload=%7Bnot-json", "application/x-www-form-urlencoded"), times=2)
    assert [answer.status for answer in answers] == [answers[0].status] * 2
    assert answers[0].status >= 400


async def test_a_response_address_takes_five_posts_in_thirty_minutes(
    stand_in: StandIn, app: AsyncApp, clock: MovableClock
) -> None:
    results: list[int] = []

    @app.command("/herald")
    async def many(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        results.extend([(await respond(f"Answer {n}")).status_code for n in range(6)])

    ada = stand_in.person("U0ADA")
    await ada.command("/herald")
    assert results == [200, 200, 200, 200, 200, 404]
    assert len(ada.ephemeral()) == 5


async def test_a_closed_form_is_reported_when_the_app_asked_for_it(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[Json] = []

    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        blocks = [{"type": "divider"}]
        view = {"type": "modal", "title": plain("A form"), "blocks": blocks, "callback_id": "c"}
        await client.views_open(trigger_id=body["trigger_id"], view={**view, "notify_on_close": True})
        await ack()

    @app.view_closed("c")
    async def closed(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    ada = stand_in.person("U0ADA")
    await ada.command("/herald")
    assert await ada.close() is not None
    assert (heard[0]["type"], heard[0]["is_cleared"]) == ("view_closed", False)


async def test_errors_for_a_question_that_is_not_there_are_trouble(stand_in: StandIn, app: AsyncApp) -> None:
    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        view = {"type": "modal", "title": plain("A form"), "submit": plain("Send"), "callback_id": "c"}
        blocks = [question("one", {"type": "plain_text_input"})]
        await client.views_open(trigger_id=body["trigger_id"], view={**view, "blocks": blocks})
        await ack()

    @app.view("c")
    async def wrong(ack: Any) -> None:
        await ack(response_action="errors", errors={"two": "No such question"})

    ada = stand_in.person("U0ADA")
    await ada.command("/herald")
    ada.fill("one", "Something")
    await ada.submit()
    assert ada.errors() == ["We had some trouble connecting. Try again?"]
    assert "'two'" in stand_in.workspace.complaints[0]
    assert ada.modal() is not None


async def test_a_redrawn_form_keeps_what_was_typed_where_the_question_is_the_same(
    stand_in: StandIn, app: AsyncApp
) -> None:
    def form(*names: str) -> Json:
        view = {"type": "modal", "title": plain("A form"), "submit": plain("Next"), "callback_id": "c"}
        return {**view, "blocks": [question(name, {"type": "plain_text_input"}) for name in names]}

    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=form("one", "two"))
        await ack()

    @app.view("c")
    async def redraw(ack: Any) -> None:
        await ack(response_action="update", view=form("two", "three"))

    ada = stand_in.person("U0ADA")
    await ada.command("/herald")
    ada.fill("one", "First")
    ada.fill("two", "Second")
    await ada.submit()
    view = ada.modal()
    assert view is not None
    assert view.typed == {("two", "answer"): {"type": "plain_text_input", "value": "Second"}}


async def test_a_press_beside_the_right_words(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[str] = []

    @app.action("book")
    async def book(ack: Any, body: Json) -> None:
        heard.append(body["actions"][0]["value"])
        await ack()

    def offer(name: str) -> Json:
        button = {"type": "button", "action_id": "book", "text": plain("Book"), "value": name}
        return {"type": "section", "text": {"type": "mrkdwn", "text": f"*{name}*"}, "accessory": button}

    await app.client.chat_postMessage(channel="U0ADA", text="Briefings", blocks=[offer("Monday"), offer("Friday")])
    ada = stand_in.person("U0ADA")
    await ada.press("Book", beside="Friday")
    await ada.press("Book")
    assert heard == ["Friday", "Monday"]


async def test_an_app_that_takes_longer_than_slack_waits_is_reported_as_a_timeout(
    stand_in: StandIn, app: AsyncApp
) -> None:
    @app.command("/herald")
    async def slow(ack: Any) -> None:
        await asyncio.sleep(0.4)
        await ack("Too late")

    stand_in.door.patience = 0.1
    ada = stand_in.person("U0ADA")
    delivery = await ada.command("/herald", "my")
    assert (delivery.ok, delivery.trouble) == (False, "operation_timeout")
    assert 'failed with the error "operation_timeout"' in ada.errors()[0]
    assert ada.ephemeral() == []


async def test_a_question_that_reports_at_once_redraws_the_form(stand_in: StandIn, app: AsyncApp) -> None:
    def form(*more: Json) -> Json:
        kind = question(
            "kind", {"type": "static_select", "options": choices("Delay", "Threshold")}, dispatch_action=True
        )
        view = {"type": "modal", "title": plain("A form"), "submit": plain("Next"), "callback_id": "c"}
        return {**view, "blocks": [kind, *more]}

    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=form())
        await ack()

    @app.action("answer")
    async def chosen(ack: Any, body: Json, client: Any) -> None:
        view = body["view"]
        more = question("why", {"type": "plain_text_input"})
        await client.views_update(view_id=view["id"], hash=view["hash"], view=form(more))
        await ack()

    ada = stand_in.person("U0ADA")
    await ada.command("/herald", "escalate")
    await ada.choose("kind", "Threshold")
    assert ada.sees("Question why")
    view = ada.modal()
    assert view is not None
    assert view.typed["kind", "answer"]["selected_option"]["value"] == "threshold"
