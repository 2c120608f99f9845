"""A coordinator writes an edition in a form, over two days and two devices, and loses nothing."""

import asyncio
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from handlers.bulletins.working import Judged, Put, judge, mark_of, put, put_beside, unfinished
from handlers.people_care import erase_person
from storage.tables.people import Person
from tests.bulletins.conftest import ID, TEXT, Office, SignIn, a_picture
from tests.factories import a_person
from tests.web.browser import Browser, Page

WRITE = f"/ops/bulletins/{ID}/write"
NHS_NUMBER = "943 476 5919"


async def source_of(office: Office, bulletin_id: str = ID) -> str:
    """The text that is kept."""
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(bulletin_id)
        assert row is not None
        return row.source


async def writing(office: Office, signed_in: SignIn, person: Person | None = None) -> tuple[Browser, Page]:
    """The author with the edition open before them."""
    browser = await signed_in(person or office.author)
    return browser, await browser.open(WRITE)


def value(page: Page, control: str) -> str:
    """What stands in a field."""
    found = page.soup.find(id=control)
    assert found is not None, f"no {control} on {page.path}"
    return found.get_text().removeprefix("\n") if found.name == "textarea" else str(found.get("value", ""))


def value_of_error(page: Page, control: str) -> str:
    """The error beside a field."""
    found = page.soup.find(id=f"{control}-error")
    assert found is not None, page.text
    return found.get_text()


def story_titles(page: Page) -> list[str]:
    return [str(box["value"]) for box in page.soup.select(".story input[type=text]")]


async def test_the_form_shows_the_text_and_keeping_it_unchanged_voids_nothing(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    await sqlite_office.apply()
    await sqlite_office.approve()
    author, page = await writing(sqlite_office, signed_in)
    assert value(page, "title") == "December e-bulletin"
    assert value(page, "send_at") == "2026-12-01T09:00"
    assert story_titles(page)[1:3] == ["Dates for your diary", "Your turn"]
    page = await author.press(page, "Save")
    assert "Saved." in page.text
    assert await source_of(sqlite_office) == TEXT
    assert (await sqlite_office.status()).state == "approved"


async def test_fields_and_stories_make_the_same_file_that_could_be_applied(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    ben = await sqlite_office.reader("Ben Reader")
    await sqlite_office.apply()
    author, page = await writing(sqlite_office, signed_in)
    page = await author.press(
        page,
        "Save",
        **{
            "title": "Winter: “what works”",
            "summary": "Two new dates.",
            "send_at": "2026-12-02T10:30",
            "in.sectors": ["health", "schools"],
            "out.people": ben.email,
            "story-1.text": "Come and *see*.",
            "block-1": "{{ pledge p1 }}",
        },
    )
    assert "Saved." in page.text
    kept = await source_of(sqlite_office)
    assert 'title: "Winter: “what works”"' in kept
    assert "send_at: 2026-12-02T10:30" in kept
    assert "audience: {series: [main], sectors: [health, schools], exclude: {people: [" in kept
    assert "# Signs of Safety: what changed\nCome and *see*.\n\n{{ pledge p1 }}\n" in kept
    assert (await sqlite_office.apply(kept)).outcome == "unchanged"


async def test_stories_are_added_moved_and_removed(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author, page = await writing(sqlite_office, signed_in)
    page = await author.press(page, "Add a story")
    assert page.response.url.fragment == "story-5"
    assert story_titles(page)[4:] == [""]
    page = await author.press(page, "Save", **{"story-5.title": "New", "story-5.text": "Words."})
    page = await author.press(page, "Save", do="up:5")
    assert story_titles(page)[3:] == ["New", "Earlier editions"]
    page = await author.press(page, "Save", do="down:1")
    page = await author.press(page, "Take this story out: story 1")
    page = await author.press(page, "Save")
    assert story_titles(page) == ["Signs of Safety: what changed", "Your turn", "New", "Earlier editions"]
    assert (await source_of(sqlite_office)).count("\n# ") == 4


async def test_a_story_that_was_taken_out_has_a_way_back_until_it_is_saved(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply()
    await office.approve()
    author, page = await writing(office, signed_in)
    before = story_titles(page)
    page = await author.press(page, "Take this story out: story 2")
    assert (page.status, page.response.url.fragment) == (200, "story-2")
    assert "Dates for your diary" in [gone.get_text() for gone in page.soup.find_all("del")]
    assert story_titles(page) == [before[0], *before[2:]]
    assert (await source_of(office), (await office.status()).state) == (TEXT, "approved"), "nothing is gone yet"
    assert story_titles(await author.open(WRITE)) == before, "who leaves the page has lost nothing"
    page = await author.press(page, "Add a story", **{"story-1.title": "New first words", "do": "down:1"})
    assert [gone.get_text() for gone in page.soup.find_all("del")] == ["Dates for your diary"], "it moves along"
    assert page.soup.select_one("#story-1 del") is not None
    page = await author.press(page, "Put it back: story 1")
    assert story_titles(page) == ["Dates for your diary", "New first words", *before[2:]]
    assert "{{ briefings next=3 }}" in value(page, "story-1-text")
    page = await author.press(page, "Take this story out: story 1")
    page = await author.press(page, "Take this story out: story 3")
    page = await author.press(page, "Save")
    assert "Saved." in page.text
    assert story_titles(page) == ["New first words", "Earlier editions"]
    assert "Dates for your diary" not in await source_of(office)


async def test_what_was_taken_out_is_not_lost_to_an_error_elsewhere(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.apply()
    author, page = await writing(office, signed_in)
    page = await author.press(page, "Take this story out: story 1")
    page = await author.press(page, "Save", send_at="soon")
    assert (page.status, list(dict(page.errors))) == (422, ["#send_at"])
    page = await author.press(page, "Put it back: story 1")
    page = await author.press(page, "Save", send_at="")
    assert "Saved." in page.text
    assert story_titles(page)[0] == "Signs of Safety: what changed"
    for _ in range(4):
        number = next(box["id"] for box in page.soup.select(".story:not(:has(del))"))[6:]
        page = await author.press(page, f"Take this story out: story {number}")
    page = await author.press(page, "Save")
    assert page.status == 422, "an edition without a story is none"
    assert len(page.soup.find_all("del")) == 4
    assert (await source_of(office)).count("\n# ") == 4


async def test_a_story_with_a_childs_number_can_be_taken_out_and_what_is_wrong_in_it_is_no_matter(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply()
    author, page = await writing(office, signed_in)
    page = await author.press(
        page, "Save", **{"story-1.text": f"NHS number {NHS_NUMBER} <b>x</b>", "do": "remove-story:1"}
    )
    assert page.soup.select_one("#story-1 del") is not None
    assert "<b>" not in str(page.soup.select_one(".error-summary") or "")
    page = await author.press(page, "Save")
    assert "Saved." in page.text
    assert story_titles(page)[0] == "Dates for your diary"
    assert NHS_NUMBER not in await source_of(office)


async def test_a_text_with_errors_waits_with_every_problem_in_its_place(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply()
    author, page = await writing(office, signed_in)
    page = await author.press(
        page, "Save", **{"send_at": "soon", "story-1.text": "Fine.\n\n<b>bold</b>", "story-3.text": "{{ survey }}"}
    )
    assert page.status == 422
    assert list(dict(page.errors)) == ["#send_at", "#story-1", "#story-3"]
    assert await source_of(office) == TEXT
    other = await signed_in(office.author)
    page = await other.open(WRITE)
    assert page.status == 200
    assert "This text is not finished" in page.text
    assert value(page, "send_at") == "soon"
    assert "Line 3: " in value_of_error(page, "story-1-text")
    assert "<b>bold</b>" in value(page, "story-1-text")
    page = await other.press(page, "Save", **{"send_at": "", "story-1.text": "Fine.", "story-3.text": "Soon."})
    assert "Saved." in page.text
    assert "not finished" not in page.text
    async with office.store.reading() as uow:
        assert await unfinished(uow, ID) is None


async def test_of_two_who_write_at_once_one_is_kept_and_the_other_is_told(office: Office) -> None:
    await office.apply()
    wrong = TEXT.replace("# Your turn", "# Your turn\n<b>no</b>\n")

    async def save(text: str, seen: str, by: Person) -> Put:
        async with office.store.transaction() as uow:
            row = await uow.bulletins.get(ID, lock=True)
            assert row is not None
            outcome, _ = await put(uow, row, await judge(uow, ID, text, {}), seen=seen, by=by)
            return outcome

    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        seen = mark_of(row, None)
    both = await asyncio.gather(save(wrong, seen, office.author), save(f"{wrong}More.\n", seen, office.publisher))
    assert sorted(both) == [Put.BESIDE, Put.MEANWHILE]
    async with office.store.reading() as uow:
        beside = await unfinished(uow, ID)
    assert beside is not None
    assert await save(wrong, mark_of(row, beside), office.author) is Put.BESIDE
    assert (await office.apply(TEXT.replace("Read it", "Read"))).outcome == "changed"
    async with office.store.transaction() as uow:
        assert await unfinished(uow, ID) is None, "a right one has been kept"
        flagged = Judged(NHS_NUMBER, {}, found=((NHS_NUMBER, "NHS number"),))
        with pytest.raises(ValueError, match="not stored"):
            await put_beside(uow, row, flagged, by=office.author)


async def test_somebody_elses_unfinished_text_is_shown_with_who_and_when_and_can_be_thrown_away(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply()
    author, page = await writing(office, signed_in)
    await author.press(page, "Save", title="")
    office.clock.move(hours=1)
    publisher, page = await writing(office, signed_in, office.publisher)
    assert "Ada Author has not finished this text" in page.text
    assert "Monday 30 November 2026, 10:00" in page.text
    page = await publisher.press(page, "Throw it away, back to the saved text")
    assert "Thrown away" in page.text
    assert value(page, "title") == "December e-bulletin"


async def test_what_somebody_else_wrote_meanwhile_is_shown_and_not_replaced_unseen(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply()
    author, mine = await writing(office, signed_in)
    publisher, theirs = await writing(office, signed_in, office.publisher)
    await publisher.press(theirs, "Save", title="", opening="Theirs, unfinished")
    page = await author.press(mine, "Save", opening="Mine")
    assert page.status == 409
    assert "Theirs, unfinished" in page.text
    assert value(page, "opening") == "Mine"
    async with office.store.reading() as uow:
        beside = await unfinished(uow, ID)
        assert beside is not None
        assert "Theirs, unfinished" in beside.text
    page = await author.press(page, "Save")
    assert "Saved." in page.text
    assert "Mine" in await source_of(office)


async def test_a_childs_number_in_a_story_is_stored_nowhere_whatever_else_is_wrong(
    sqlite_office: Office, signed_in: SignIn, sqlite_url: str
) -> None:
    await sqlite_office.apply()
    author, page = await writing(sqlite_office, signed_in)
    page = await author.press(page, "Save", **{"do": "down:1", "title": "", "story-1.text": f"Ask about {NHS_NUMBER}."})
    assert page.status == 422
    assert f"“{NHS_NUMBER}”: NHS number" in page.text
    assert NHS_NUMBER in value(page, "story-2-text"), "it was moved, and lives in this answer alone"
    await sqlite_office.store.close()
    stored = b"".join(path.read_bytes() for path in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("*.db*"))
    assert NHS_NUMBER.encode() not in stored
    page = await author.press(page, "Take these out for me and save", title="Winter")
    assert "Saved." in page.text
    assert "[removed: NHS number]" in value(page, "story-2-text")


async def test_pictures_are_added_seen_and_taken_out(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author, page = await writing(sqlite_office, signed_in)

    async def add(page: Page, name: str, content: bytes, alt: str) -> Page:
        fields = [(key, each) for key, each in page.fields("Add the picture") if key not in ("picture", "alt")]
        fields = [(key, "2" if key == "picture-story" else each) for key, each in fields]
        data: dict[str, list[str]] = {"alt": [alt]}
        for key, each in fields:
            data.setdefault(key, []).append(each)
        return Page(await author.http.post(WRITE, data=data, files={"picture": (name, content, "image/png")}))

    page = await add(page, "../our plan.png", a_picture(20, 10), "The plan [2027]")
    assert "![The plan (2027)](<our plan.png>)" in value(page, "story-2-text")
    assert "our plan.png" in page.text
    assert "20 × 10 pixels" in page.text
    page = await add(page, "our plan.png", a_picture(30, 10), "")
    assert page.status == 200, "whoever goes on writing is not stopped"
    assert "has no description" in page.text
    assert "our plan-2.png" in page.text, "the picture waits with the unfinished text"
    page = await add(page, "virus.png", b"MZ", "x")
    assert page.status == 422
    assert (
        "#picture",
        "That file is not a picture that mail can show. Save it as .png or .jpg and choose it again.",
    ) in (page.errors)
    page = await author.press(page, "Save", do="take-out:our plan-2.png")
    assert "Saved." in page.text
    assert "our plan-2.png" not in page.text
    page = await author.press(page, "Save", do="take-out:our plan.png")
    assert "our plan" not in page.text
    async with sqlite_office.store.reading() as uow:
        assert not await uow.bulletins.images(ID)


async def test_a_text_that_no_form_can_show_is_mended_as_a_whole(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/text")
    page = await author.press(page, "Save", text=TEXT.replace("title: December", "title: [December"))
    assert page.status == 422
    page = await author.open(WRITE)
    assert page.path == f"/ops/bulletins/{ID}/text"
    assert "title: [December" in value(page, "text")
    page = await author.press(page, "Save", text=TEXT.replace("December e-", "Winter e-"))
    assert "Saved." in page.text


async def test_what_is_on_its_way_is_shown_and_not_changed(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author, page = await writing(sqlite_office, signed_in)
    await sqlite_office.reader("Ben Reader")
    await sqlite_office.released(TEXT)
    late = await author.press(page, "Save", opening="Too late")
    assert late.status == 422
    assert "is on its way or was sent" in late.text
    assert value(late, "opening") == "Too late"
    page = await author.open(WRITE)
    assert page.path.endswith("/text")
    assert not page.soup.find("textarea")


async def test_erasing_the_writer_leaves_the_text_and_takes_the_name(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.apply()
    author, page = await writing(office, signed_in)
    await author.press(page, "Save", title="")
    async with office.store.transaction() as uow:
        await a_person(uow, "Di Deputy", roles=["coordinator"])
        person = await uow.people.get(office.author.id)
        assert person is not None
        await erase_person(uow, person=person)
    _, page = await writing(office, signed_in, office.publisher)
    assert "Somebody has not finished this text" in page.text


def test_the_harmless_button_comes_first() -> None:
    """A press of the return key in a field means the first button of the form."""
    template = Path("handlers/web/templates/bulletins/write.html").read_text()
    form = BeautifulSoup(template[template.index('ui.form(base_path ~ "/write"') :], "html.parser")
    first = form.find("button")
    assert first is not None
    assert (first["name"], first["value"]) == ("do", "save")
