"""A champion pledges after an event and is asked about it: the same on Slack and on the web, through a restart."""

from tests.world import World, links_in, path_of


async def test_a_pledge_made_anywhere_is_the_same_pledge(world: World, surface: type) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health", champion="active")
    talk = surface(world, ada)
    await talk.start("pledge")
    await talk.answer(pick="Something else, in my own words")
    await talk.answer(own="Ask the young person first what they want from the meeting")
    await world.restart()
    await talk.answer(plan_with="My team", visibility="Only me")
    await talk.send()
    assert talk.sees("Thank you for your pledge")
    assert talk.sees("P-2026-0001")
    async with world.herald.store.reading() as uow:
        (pledge,) = await uow.pledges.of(ada.id)
        assert (pledge.text, pledge.plan_with, pledge.visibility) == (
            "Ask the young person first what they want from the meeting",
            "My team",
            "private",
        )


async def test_six_weeks_later_one_press_answers(world: World, surface: type) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health", champion="active")
    talk = surface(world, ada)
    await talk.start("pledge")
    await talk.answer(pick="Ring the other agency before I write to them")
    await talk.answer(visibility="Only me")
    await talk.send()
    world.clock.move(days=42)
    await world.tick()
    await world.restart()
    talk = surface(world, ada)
    await talk.act("Partly")
    async with world.herald.store.reading() as uow:
        (pledge,) = await uow.pledges.of(ada.id)
        check_in = await uow.pledges.check_in(pledge.id, "w6")
        assert check_in is not None
        assert (check_in.status, check_in.answer) == ("replied", "partly")


async def test_a_champion_who_lives_in_e_mail_answers_from_the_letter_without_signing_in(world: World) -> None:
    ada = await world.person("Ada", agency_id="northmere-health", champion="active")
    web = await world.signed_in(ada)
    page = await web.press(await web.open("/pledge"), "Make a pledge")
    page = await web.press(page, "Continue", q__pick="team_talk")
    page = await web.press(page, "Continue", q__visibility="private")
    await web.press(page, "Make this pledge")
    world.clock.move(days=42)
    await world.tick()
    letter = world.letter(ada, "How is your pledge going?")
    assert "List-Unsubscribe" in letter
    fresh = await world.browser()
    link = path_of(links_in(letter)[0])
    for _ in range(3):
        shown = await fresh.open(link)
    async with world.herald.store.reading() as uow:
        (pledge,) = await uow.pledges.of(ada.id)
        check_in = await uow.pledges.check_in(pledge.id, "w6")
        assert check_in is not None
        assert check_in.status == "sent", "a scanner that opens links answers nothing"
    await fresh.press(shown, "Kept")
    async with world.herald.store.reading() as uow:
        check_in = await uow.pledges.check_in(pledge.id, "w6")
        assert check_in is not None
        assert check_in.answer == "kept"


async def test_a_pledge_that_was_replaced_promises_no_further_question(world: World) -> None:
    ada = await world.person("Ada", agency_id="northmere-health", champion="active")
    web = await world.signed_in(ada)
    page = await web.press(await web.open("/pledge"), "Make a pledge")
    page = await web.press(page, "Continue", q__pick="team_talk")
    page = await web.press(page, "Continue", q__visibility="private")
    await web.press(page, "Make this pledge")
    world.clock.move(days=42)
    await world.tick()
    web = await world.signed_in(ada)
    assert "we ask on" in (await web.open("/pledge")).text
    await web.press(await web.open("/me"), "I do something else now")
    shown = await web.open("/pledge")
    assert "closed: replaced" in shown.text
    assert "After six weeks:" in shown.text
    assert "we ask on" not in shown.text
