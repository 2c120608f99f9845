"""People answer surveys, check-ins and offers by replying to the e-mail that asks."""

from sqlalchemy import select

from storage.deliveries import Message
from storage.tables.deliveries import Delivery
from tests.drive import ByEmail, OnTheWeb
from tests.mail.surveys import CONFIDENTIAL, answers, asked, records, responses
from tests.mail.writing import text_of
from tests.world import World


async def test_a_named_survey_is_answered_wholly_by_e_mail(any_world: World) -> None:
    ada = ByEmail(any_world, person := await asked(any_world))
    assert ada.sees("1. How useful is tea?"), "the invitation is the first question"
    assert text_of(any_world.letters(person)[-1]).startswith("Write your answer above this line.")
    await ada.answer("4", "Black")
    assert ada.sees("What would make it better?")
    await ada.answer("Biscuits, and time to sit down.\nAnd a bigger pot.")
    assert ada.sees("Thank you for your reply")
    assert ada.sees("Your reference: S-2026-0001")
    assert await answers(any_world) == [
        {"useful": "4", "milk": "black", "why": "Biscuits, and time to sit down.\nAnd a bigger pot."}
    ]
    (row,) = await responses(any_world)
    assert (row.person_id, row.surface) == (person.id, "email")
    assert await records(any_world) == [("taken", ""), ("taken", "")]


async def test_begun_by_e_mail_and_finished_on_the_web(world: World) -> None:
    ada = ByEmail(world, person := await asked(world))
    await ada.answer("2", "With milk")
    web = OnTheWeb(world, person)
    await web.open("/me")
    await web.press("Continue")
    assert web.sees("What would make it better?")
    await web.answer(why="Warmer cups")
    assert await answers(world) == [{"useful": "2", "milk": "milk", "why": "Warmer cups"}]
    await ada.reply("Colder cups", to=1)
    assert ada.sees("This is already recorded"), "a late reply is answered and changes nothing"
    assert await answers(world) == [{"useful": "2", "milk": "milk", "why": "Warmer cups"}]


async def test_begun_on_the_web_and_finished_by_e_mail(world: World) -> None:
    ada = ByEmail(world, person := await asked(world))
    web = OnTheWeb(world, person)
    await web.open("/me")
    await web.press("Answer")
    await web.answer(useful="2", milk="Black")
    await ada.reply("1. 4\n2. With milk", to=0)
    assert ada.sees("the newer answers stand"), "the invitation's step was answered on the web meanwhile"
    await ada.answer("Quiet")
    assert await answers(world) == [{"useful": "2", "milk": "black", "why": "Quiet"}]


async def test_a_wrong_line_is_asked_again_and_the_right_ones_of_that_step_are_kept(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.answer("9", "Black")
    assert ada.sees("Choose one of the answers offered for “How useful is tea?”.")
    assert ada.sees("Your answer so far: Black")
    assert not ada.sees("“How do you take it?”")
    await ada.reply("1. 5")
    assert ada.sees("What would make it better?")
    await ada.reply("skip")
    assert await answers(world) == [{"useful": "5", "milk": "black"}]


async def test_lines_without_numbers_that_fit_nothing_are_answered_with_how_to_write_them(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.reply("I like it very much\nin a mug")
    assert ada.sees("I could not tell which question lines 1, 2 of your answer belong to.")
    assert ada.sees("1. How useful is tea?")


async def test_what_identifies_somebody_is_named_by_its_kind_never_repeated_and_never_kept(world: World) -> None:
    ada = ByEmail(world, person := await asked(world))
    await ada.answer("5", "Black")
    await ada.reply("Ring me on 01632 960123 about it")
    assert ada.sees("None of it is saved")
    assert ada.sees("phone number")
    assert "960123" not in text_of(world.letters(person)[-1])
    await ada.reply("Ring me about it")
    assert (await answers(world))[0]["why"] == "Ring me about it"


async def test_stop_ends_it_and_nothing_is_sent(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.answer("5", "Black")
    await ada.reply("STOP")
    assert ada.sees("Stopped. Nothing was sent.")
    await ada.reply("Biscuits", to=1)
    assert ada.sees("This has ended")
    assert await answers(world) == []


async def test_help_says_what_can_be_written_and_asks_the_same_again(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.reply("Help!")
    assert ada.sees("restart – begin again")
    assert ada.sees("1. How useful is tea?")


async def test_in_other_modes_a_reply_is_not_read_and_the_link_is_given(world: World) -> None:
    ada = ByEmail(world, person := await asked(world, CONFIDENTIAL))
    assert not ada.sees("How useful is tea?"), "the invitation carries no question"
    await ada.reply("5, and my colleague Ben is never there")
    assert ada.sees("What you wrote was not read and is not kept.")
    assert "/l/survey." in text_of(world.letters(person)[-1])
    assert await answers(world) == []


async def test_a_reply_without_words_is_told_where_to_write(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.reply("")
    assert ada.sees("We found nothing written in your e-mail above the message that it quotes.")
    assert await records(world) == [("passed-over", "empty")]


async def test_cancel_is_about_a_booking_even_in_the_middle_of_a_survey(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.answer("5", "Black")
    await ada.reply("Cancel")
    assert ada.sees("You have no booking to cancel")
    await ada.reply("More biscuits", to=1)
    assert (await answers(world))[0]["why"] == "More biscuits"


async def test_words_to_herald_begin_a_talk_by_e_mail(world: World) -> None:
    ada = ByEmail(world, await asked(world))
    await ada.answer("5", "Black")
    await ada.reply("skip")
    assert ada.sees("Thank you for your reply")
    await ada.reply("I would like to make a pledge")
    assert ada.sees("Write the number or the words.")


async def test_a_reply_to_a_message_of_an_older_version_is_still_answered(world: World) -> None:
    """Facts that an upgrade no longer understands cost no reply: the words are heard all the same."""
    ada = ByEmail(world, person := await world.person("Ada"))
    async with world.herald.store.transaction() as uow:
        await uow.deliveries.tell(
            person,
            Message(kind="talk.done", ledger_key="x", facts={"title": "Hello", "at": "2026-11-24T10:00:00+00:00"}),
        )
    await world.tick()
    async with world.herald.store.transaction() as uow:
        (row,) = (await uow.session.execute(select(Delivery))).scalars()
        row.facts = {"shape": "of an older version"}
    await ada.reply("help")
    assert ada.sees("How Herald can help")
