"""Every word that a subject has plugged in answers in Slack, by command and by message, within Slack's limits."""

import pytest

from bot.demo.slack import SlackPerson
from bot.demo.slack.seen import parts_of, plain
from handlers import registry
from handlers.sayings import BY_WORD
from tests.slack.conftest import World


def test_the_words_are_those_of_the_contract() -> None:
    assert set(BY_WORD) == {"help", "survey", "pledge", "escalate", "book", "cancel", "my", "deadlines"}
    assert set(registry.WORDS) <= set(BY_WORD)


@pytest.mark.parametrize("word", sorted({"help", "my", *registry.WORDS}))
async def test_a_word_is_answered(world: World, word: str) -> None:
    ada = world.person("ada@example.org")
    answer = await ada.command("/herald", word)
    assert answer.ok
    assert ada.modal() is not None or ada.ephemeral()
    assert world.workspace.complaints == []
    await ada.say(word)
    await world.deliver()
    assert ada.messages()[-1].author == world.workspace.app.bot_user
    assert [call.error for call in world.workspace.log if call.error] == []


async def test_a_real_pledge_is_made_in_slack(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "pledge")
    for _ in range(10):
        form = ada.modal()
        if not form.submit_words:
            break
        await answer_anything(ada)
        await ada.submit()
    assert ada.sees("P-2026-0001")
    assert world.workspace.complaints == []


async def answer_anything(ada: SlackPerson) -> None:
    """Fills every box that has to be filled with the first thing that fits."""
    for part in parts_of(ada.modal().blocks):
        if not part.is_input or part.optional:
            continue
        element = part.element
        if element["type"] in ("radio_buttons", "static_select"):
            ada.fill(part.block_id, plain(element["options"][0]["text"]))
        elif element["type"] in ("checkboxes", "multi_static_select"):
            ada.fill(part.block_id, [plain(element["options"][0]["text"])])
        elif element["type"] == "datepicker":
            ada.fill(part.block_id, "2026-12-15")
        elif element["type"] == "number_input":
            ada.fill(part.block_id, "3")
        else:
            ada.fill(part.block_id, "Listen first")
