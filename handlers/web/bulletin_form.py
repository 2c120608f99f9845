"""The form of an edition: from what was sent to fields of a text, and the buttons that move stories about."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.files.bulletin_body import PICTURE
from bot.files.bulletin_fields import (
    AUDIENCE_KEYS,
    EVERYONE,
    BulletinFields,
    Chosen,
    NotFields,
    StoryFields,
    fields_of,
    tidy,
)
from bot.files.partnership import Partnership
from bot.files.pictures import LARGEST_BYTES, picture_facts
from bot.files.roles import CHAMPION_TIERS, LEVELS, ROLES
from handlers.web.shell import Form, Upload

Option = tuple[str, str]
SERIES, REGISTER = "series", "register"
WORDS_ABOUT = ("opening", "title", "series", "summary", "send_at", "not_after")
"""Fields of an edition that stand on the form under their own names."""
STRUCK = "without"
"""The field, and the word of an address, that name the stories which were taken out and not yet saved away."""
NO_PICTURE = "That file is not a picture that mail can show. Save it as .png or .jpg and choose it again."
LARGE_PICTURE = "That picture has more than 1 MB. Save it smaller, so that it loads on a phone, and choose it again."


@dataclass(frozen=True, slots=True)
class Group:
    """One set of boxes that narrow an audience."""

    key: str
    label: str
    options: tuple[Option, ...]


def groups_of(partnership: Partnership) -> tuple[Group, ...]:
    """Everything that an audience can be narrowed by, save single people."""
    return (
        Group("roles", "Roles", tuple((role, role) for role in ROLES)),
        Group("sectors", "Sectors", tuple((sector, sector) for sector in partnership.sectors)),
        Group("agencies", "Agencies", tuple((agency.id, agency.name) for agency in partnership.agencies)),
        Group("areas", "Areas", tuple((area, area) for area in partnership.areas)),
        Group("levels", "Target groups", tuple((str(level), f"Level {level}") for level in LEVELS)),
        Group("champion", "Champions", tuple((tier, tier) for tier in CHAMPION_TIERS)),
        Group(
            "series", "Those who receive another series", tuple((each.id, each.title) for each in partnership.series)
        ),
    )


def blocks_of(partnership: Partnership) -> tuple[Option, ...]:
    """The live blocks that can be chosen, as they stand in a text, in plain words."""
    priorities = [(each.id, each.title) for each in partnership.priorities]
    return (
        *((f"{{{{ briefings next={count} }}}}", f"The next {count} dates to book") for count in (3, 5, 10)),
        ("{{ surveys }}", "Surveys that wait for the reader"),
        ("{{ deadlines }}", "The reader’s own deadlines"),
        ("{{ pledge }}", "An invitation to pledge"),
        *((f"{{{{ pledge {name} }}}}", f"An invitation to pledge: {title}") for name, title in priorities),
        ("{{ done }}", "What was done since the last edition"),
        *((f"{{{{ done {name} }}}}", f"What was done: {title}") for name, title in priorities),
        ("{{ previous }}", "Earlier editions"),
    )


def fields_from(form: Form, known: BulletinFields) -> BulletinFields:
    """What was sent, as fields. `known` are those before: the id and the author are not on the form."""
    stories: list[StoryFields] = []
    struck = form.all(STRUCK)
    while f"story-{len(stories) + 1}.text" in form.fields:
        name = f"story-{len(stories) + 1}"
        gone = str(len(stories) + 1) in struck
        stories.append(StoryFields(form.text(f"{name}.title"), form.text(f"{name}.text"), struck=gone))
    series = form.text("series")
    include = dict(_ticked(form, "in"))
    if form.text("who") != REGISTER:
        include["series"] = tuple(dict.fromkeys((series, *include.get("series", ()))))
    elif not include:
        include = {EVERYONE: ("true",)}
    return BulletinFields(
        id=known.id,
        series=series,
        title=form.text("title"),
        summary=form.text("summary"),
        send_at=form.text("send_at"),
        not_after=form.text("not_after"),
        author=known.author,
        include=_ordered(include, known.include),
        exclude=_ordered(dict(_ticked(form, "out")), known.exclude),
        opening=form.text("opening"),
        stories=tuple(stories),
    )


def base_of(fields: BulletinFields) -> str:
    """Which of the two buttons is pressed: those who receive the series, or everybody in the register."""
    return SERIES if fields.series in fields.include.get("series", ()) else REGISTER


def ticked_of(fields: BulletinFields) -> Chosen:
    """Which boxes of the audience are ticked besides that button."""
    others = tuple(name for name in fields.include.get("series", ()) if name != fields.series)
    return {**{key: values for key, values in fields.include.items() if key != EVERYONE}, "series": others}


def with_blocks(fields: BulletinFields, form: Form, offered: Sequence[Option]) -> BulletinFields:
    """The same with the live blocks that were chosen, each at the end of its story."""
    known = {value for value, _ in offered}
    stories = [
        _added(story, form.text(f"block-{number}")) if form.text(f"block-{number}") in known else story
        for number, story in enumerate(fields.stories, 1)
    ]
    return replace(fields, stories=tuple(stories))


def moved(fields: BulletinFields, do: str) -> tuple[BulletinFields, str]:
    """What a button such as `up:3` or `take-out:plan.png` makes of the fields, and where the person wants to go on."""
    verb, _, about = do.partition(":")
    stories = list(fields.stories)
    at = int(about) - 1 if about.isascii() and about.isdigit() and len(about) < 4 else -1
    if verb == "take-out":
        return _without_picture(fields, about), "pictures"
    if not 0 <= at < len(stories):
        return fields, f"story-{len(tidy(fields).stories) + 1}" if verb == "add" else ""
    if verb in ("remove-story", "put-back"):
        stories[at] = replace(stories[at], struck=verb == "remove-story")
    step = {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= at + step < len(stories) and step:
        stories[at], stories[at + step] = stories[at + step], stories[at]
        at += step
    return replace(fields, stories=tuple(stories)), f"story-{at + 1}"


def where_changed(before: BulletinFields, after: BulletinFields) -> str:
    """The part of the form in which somebody wrote: whoever saves goes on there. Empty when nothing changed.

    Where several stories changed it is the last of them, since people write downwards; where stories were added or
    taken out, the first that is another one.
    """
    was, now = tidy(before), tidy(after)
    changed = [
        number
        for number in range(1, max(len(was.stories), len(now.stories)) + 1)
        if was.stories[number - 1 : number] != now.stories[number - 1 : number]
    ]
    if changed and now.stories:
        number = changed[-1] if len(was.stories) == len(now.stories) else changed[0]
        return f"story-{min(number, len(now.stories))}"
    return next((name for name in WORDS_ABOUT if getattr(was, name) != getattr(now, name)), "")


def without_struck(fields: BulletinFields) -> BulletinFields:
    """The same without the stories that were taken out."""
    return replace(fields, stories=tuple(story for story in fields.stories if not story.struck))


def strike(fields: BulletinFields, numbers: Collection[str]) -> BulletinFields:
    """The same with the stories of these numbers, from 1, taken out, and a way back for each."""
    stories = (replace(story, struck=str(number) in numbers) for number, story in enumerate(fields.stories, 1))
    return replace(fields, stories=tuple(stories))


def struck_in(fields: BulletinFields, text: str) -> tuple[str, ...]:
    """The numbers, in the text that these fields made, of the stories that were taken out.

    None where the text has other stories than the form had, as after a # at the beginning of a line: then nothing is
    taken out, and the person sees what there is.
    """
    stories = tidy(fields).stories
    try:
        if len(fields_of(text).stories) != len(stories):
            return ()
    except NotFields:
        return ()
    return tuple(str(number) for number, story in enumerate(stories, 1) if story.struck)


def with_picture(fields: BulletinFields, form: Form, name: str) -> BulletinFields:
    """The same with a picture at the end of the story that was chosen for it, or of the opening."""
    shown = picture_line(name, form.text("alt"))
    at = form.number("picture-story")
    if not 1 <= at <= len(fields.stories):
        return replace(fields, opening=f"{fields.opening}\n\n{shown}")
    stories = list(fields.stories)
    stories[at - 1] = _added(stories[at - 1], shown)
    return replace(fields, stories=tuple(stories))


def picture_line(name: str, alt: str) -> str:
    """A picture as it stands in a text."""
    words = " ".join(alt.split()).replace("[", "(").replace("]", ")").replace("\\", "/")
    return f"![{words}](<{name}>)"


def picture_problem(upload: Upload) -> str:
    """Why a file cannot be taken as a picture; empty when it can."""
    if len(upload.data) > LARGEST_BYTES:
        return LARGE_PICTURE
    return "" if picture_facts(upload.data) else NO_PICTURE


def picture_name(upload: Upload, taken: Sequence[str]) -> str:
    """The name that a picture gets: its own where that is plain, and not another picture's."""
    name = upload.name.replace("\\", "/").rpartition("/")[2]
    facts = picture_facts(upload.data)
    if not PICTURE.fullmatch(name) or name.startswith(".") or set(name) & set("<>()[]%&") or len(name) > 100:
        name = f"picture-{len(taken) + 1}.{facts.ending if facts else 'png'}"
    stem, _, ending = name.rpartition(".")
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}.{ending}", number + 1
    return name


def _without_picture(fields: BulletinFields, name: str) -> BulletinFields:
    shown = re.compile(
        rf"^[ \t]*!\[[^\]\n]*\]\((?:<{re.escape(name)}>|{re.escape(name)})(?:[ \t]+[\"'(].*)?\)[ \t]*$", re.M
    )
    stories = (replace(story, text=shown.sub("", story.text)) for story in fields.stories)
    return replace(fields, opening=shown.sub("", fields.opening), stories=tuple(stories))


def _added(story: StoryFields, line: str) -> StoryFields:
    return replace(story, text=f"{story.text}\n\n{line}" if story.text else line)


def _ticked(form: Form, prefix: str) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for key in AUDIENCE_KEYS:
        given = form.all(f"{prefix}.{key}")
        values = re.split(r"[\s,;]+", " ".join(given)) if key == "people" else given
        wanted = tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
        found += [(key, wanted)] if wanted else []
    return found


def _ordered(given: Chosen, before: Chosen) -> Chosen:
    """In the order of before, so that an audience that is the same is written the same."""
    keys = [key for key in before if key in given] + [key for key in given if key not in before]
    return {key: before[key] if key in before and set(before[key]) == set(given[key]) else given[key] for key in keys}
