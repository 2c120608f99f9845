"""Practitioners answer a survey in Slack or on a phone; the team reads what five or more of them said."""

from sqlalchemy import select

from bot.conversation.prompt import Receipt
from handlers.files import apply_file
from handlers.surveys.opening import close_survey, open_survey
from handlers.surveys.results import results_of
from storage.tables.people import Person
from storage.tables.surveys import SurveyResponse
from tests.talking import talk
from tests.world import World, links_in, path_of

SURVEY = """herald_survey: 1
id: winter-views
version: 1
title: Winter views
purpose: To learn what helps in winter.
owner: coordinator
audience: {roles: [practitioner]}
schedule: {closes: 2026-12-08T17:00, reminders_after_days: [3, 7]}
privacy:
  mode: confidential
  min_group: 5
  cuts:
    - {id: agency, source: roster}
  retention_days: {replies: 365, invitations: 30, drafts: 14}
pages:
  - id: p1
    questions:
      - id: useful
        type: scale
        text: How useful are the briefings?
        required: true
        points: [{value: 1, label: Not at all}, {value: 5, label: Very}]
  - id: p2
    questions:
      - id: why
        type: text_long
        text: What would make them more useful?
        max_length: 500
        show_if: {question: useful, at_most: 3}
      - id: join
        type: yes_no
        text: Would you like an evening session?
end: {text: Thank you.}
loop: {owner: coordinator, due_days: 28}
"""


async def opened(world: World, *, others: int = 0, channels: str = "") -> Person:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    for number in range(others):
        await world.person(f"Person {number}", agency_id="northmere-health")
    async with world.herald.store.transaction() as uow:
        channels = f"channels: {channels}\n" if channels else ""
        await apply_file(uow, name="survey.yaml", text=f"{SURVEY}{channels}")
        await open_survey(uow, survey_id="winter-views")
    return ada


async def test_a_survey_answered_anywhere_is_the_same_answer(world: World, surface: type) -> None:
    ada = await opened(world)
    await world.tick()
    person = surface(world, ada)
    await person.act("Answer")
    await person.answer(useful="2")
    await world.restart()
    await person.answer(why="Send the slides before", join="No")
    assert person.sees("Thank you")
    async with world.herald.store.reading() as uow:
        (reply,) = await uow.surveys.replies("winter-views")
        (row,) = (await uow.session.execute(select(SurveyResponse))).scalars()
        assert row.person_id is None, "confidential: the reply knows no person"
    assert dict(reply.answers) == {"useful": "2", "why": "Send the slides before", "join": "no"}


async def test_an_invitation_by_letter_is_answered_without_signing_in_and_reminds_only_the_silent(world: World) -> None:
    ben = await world.person("Ben", agency_id="northmere-health")
    cy = await world.person("Cy", agency_id="northmere-health")
    await opened(world)
    await world.tick()
    browser = await world.browser()
    page = await browser.open(path_of(links_in(world.letter(ben, "Winter views"))[0]))
    page = await browser.press(page, "Answer now")
    page = await browser.press(page, "Continue", q__useful="5")
    page = await browser.press(page, page.soup.select_one("main form button").get_text(strip=True), q__join="yes")
    assert "Thank you" in page.text
    before = len(world.letters(ben)), len(world.letters(cy))
    world.clock.move(days=3)
    await world.tick()
    assert (len(world.letters(ben)), len(world.letters(cy))) == (before[0], before[1] + 1)


async def test_four_replies_stay_hidden_and_the_fifth_is_shown(world: World, surface: type) -> None:
    ada = await opened(world, others=4)
    for number in range(4):
        async with world.herald.store.reading() as uow:
            other = await uow.people.by_email(f"person.{number}@example.org")
            assert other is not None
        end = await talk(world.herald.store, other, "survey", subject="winter-views", useful="4", join="yes")
        assert isinstance(end, Receipt)
    async with world.herald.store.reading() as uow:
        hidden = await results_of(uow, survey_id="winter-views")
    person = surface(world, ada)
    await person.act("Answer")
    await person.answer(useful="4")
    await person.answer(join="Yes")
    async with world.herald.store.transaction() as uow:
        await close_survey(uow, survey_id="winter-views")
    world.clock.move(hours=2)
    await world.tick()
    async with world.herald.store.reading() as uow:
        shown = await results_of(uow, survey_id="winter-views")
    assert hidden["questions"][0]["answered"] is None
    assert shown["questions"][0]["answered"] == 5
    assert shown["questions"][0]["mean"] == 4.0
