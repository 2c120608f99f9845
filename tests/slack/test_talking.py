"""A talk in a Slack form from the word to the receipt, with everything that goes wrong on the way."""

from tests.slack.conftest import World


async def test_tea_is_ordered_from_the_word_to_the_receipt(both_worlds: World) -> None:
    ada = both_worlds.person("ada@example.org")
    assert (await ada.command("/herald", "book tea")).ok
    form = ada.modal()
    assert form is not None
    assert form.title == "Your tea"
    assert ada.sees("Step 1 of 2")
    ada.fill("With milk?", "Yes")
    assert (await ada.submit()).ok
    assert ada.sees("What makes a good cup?")
    ada.fill("What makes a good cup?", "Patience and a warm pot")
    ada.fill("What goes with it?", ["Cake", "A biscuit"])
    ada.fill("When did you last have one?", "2026-11-20")
    await ada.submit()
    assert ada.sees("Check your answers")
    assert ada.sees("Cake, A biscuit")
    assert ada.sees("20 November 2026")
    await ada.submit()
    assert ada.sees("Your reference: T-2026-0001")
    assert both_worlds.workspace.complaints == []
