"""“Who can see this?” in the middle of a survey is answered with its privacy sentence, and is not taken as an answer."""

import pytest

from tests.drive import ByEmail, OnDirectMessage
from tests.mail.surveys import answers, asked
from tests.mail.writing import text_of
from tests.world import World, links_in

NAMED = "Your name is kept with your answers"


@pytest.mark.parametrize(
    "said", ["Who can see this?", "who reads this", "Who will read my answers?\n\nAda Hill\nSergeant"]
)
async def test_a_letter_is_told_and_asked_again(world: World, said: str) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.reply(said)
    assert ada.sees(NAMED)
    assert ada.sees("1. How useful is tea?")
    await ada.answer("4", "Black")
    await ada.reply(said)
    assert ada.sees(NAMED)
    assert ada.sees("please write it once more")
    await ada.answer("Who can see this is what I asked myself all week")
    assert ada.sees("Thank you for your reply")
    assert await answers(world) == [
        {"useful": "4", "milk": "black", "why": "Who can see this is what I asked myself all week"}
    ]


async def test_a_direct_message_is_told_and_asked_again(world: World) -> None:
    ada = OnDirectMessage(world, await asked(world, slack=True))
    await ada.start("survey")
    assert ada.asked() == "useful"
    await ada.write("who can see this?")
    assert ada.sees(NAMED)
    assert ada.asked() == "useful"
    await ada.answer(useful="4", milk="Black")
    await ada.write("Who sees what I write?")
    assert ada.asked() == "why"
    assert ada.sees("please write it once more")
    await ada.write("Who sees what I write?")
    assert ada.sees("Thank you for your reply"), "written once more it is the answer"
    assert (await answers(world))[0]["why"] == "Who sees what I write?"


async def test_a_receipt_that_says_so_leads_back_to_the_answers(world: World) -> None:
    person = await asked(world)
    ada = ByEmail(world, person)
    await ada.answer("4", "Black")
    await ada.answer("skip")
    receipt = world.letters(person)[-1]
    assert "You can change your answers while the survey is open" in " ".join(text_of(receipt).split())
    assert "Change my answers" in text_of(receipt)
    browser = await world.browser()
    (link, *_) = [link for link in links_in(receipt) if "/l/" in link]
    page = await browser.open("/" + link.split("/", 3)[3])
    assert "Change my answers" in [button.get_text(strip=True) for button in page.soup.find_all("button")]
