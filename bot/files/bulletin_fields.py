"""A bulletin's text as the fields of a form, and the fields as a text: the same file, seen from the other side.

A line that begins with one # begins a story, whatever stands around it: so a text that is not right yet (a code block
that never ends, say) still falls into the stories that its writer meant.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.files import nodes
from bot.files.bulletin import FENCE, divided
from bot.files.problems import FileProblems, Findings
from bot.files.yaml_source import load
from bot.rules.storable import one_line

AUDIENCE_KEYS = ("roles", "sectors", "agencies", "areas", "levels", "champion", "series", "people")
EVERYONE = "everyone"
_SINGLE = ("herald_bulletin", "id", "series", "title", "summary", "send_at", "not_after", "author")
_STORY = re.compile(r"[ \t]*#(?:[ \t]+(?P<title>.*))?")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")  # CommonMark 0.31, 4.2: closing signs are no part of the heading
_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]*")
_NUMBERS = re.compile(r"[1-4]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")  # levels and times, never in quotes

Chosen = Mapping[str, tuple[str, ...]]
"""Values by key of the audience; `everyone` has the value `true`."""


class NotFields(Exception):
    """A text whose front matter a form cannot show; it can only be changed as a whole."""


@dataclass(frozen=True, slots=True)
class StoryFields:
    """A heading, and Markdown under it.

    `struck`: a person has taken it out and can still put it back; until they save it is a part of the text.
    """

    title: str = ""
    text: str = ""
    struck: bool = field(default=False, compare=False)

    @property
    def empty(self) -> bool:
        """Nothing has been written in it."""
        return not self.title and not self.text


@dataclass(frozen=True, slots=True)
class BulletinFields:
    """What a form shows of a bulletin: words as they were typed, right or wrong; times are local."""

    id: str
    series: str = ""
    title: str = ""
    summary: str = ""
    send_at: str = ""
    not_after: str = ""
    author: str = ""
    include: Chosen = field(default_factory=dict)
    exclude: Chosen = field(default_factory=dict)
    opening: str = ""
    stories: tuple[StoryFields, ...] = ()

    @property
    def front(self) -> "BulletinFields":
        """Everything above the text."""
        return replace(self, opening="", stories=())

    @property
    def all_of_series(self) -> bool:
        """Whether it is simply for those who receive its series."""
        return not self.exclude and self.include == {"series": (self.series,)}


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a text, such as `title` or `story-2`: the line it begins in, and the first line of its words."""

    name: str
    begins: int
    words: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where in a text each field stands, in order."""

    places: tuple[Place, ...] = ()

    def of(self, line: int) -> tuple[str, int]:
        """The field that a line of the text belongs to, and the line within its words; 0 for its heading or key."""
        found = bisect_right(self.places, line, key=lambda place: place.begins) - 1
        if found < 0:
            return "", 0
        place = self.places[found]
        return place.name, max(0, line - place.words + 1)


def fields_of(text: str) -> BulletinFields:
    """The fields of a text. Raises NotFields when its front matter has another shape than a form's."""
    front, body, _ = _parts(text)
    single, audience = _front(front)
    if "id" not in single:
        raise NotFields("It has no id.")
    opening, stories = _stories(body)
    include, exclude = audience or ({"series": (single.get("series", ""),)}, {})
    return BulletinFields(
        **{name: value for name, value in single.items() if name != "herald_bulletin"},
        include=include,
        exclude=exclude,
        opening=opening,
        stories=tuple(story for _, story in stories),
    )


def placed(text: str) -> Placed:
    """Where the fields of a text stand. Raises NotFields."""
    front, body, body_line = _parts(text)
    lines = text.split("\n")
    keys = [entry.key for entry in _load(front, Findings()).entries]
    places = [Place(key.text, key.at[0], key.at[0] + 1) for key in keys]
    places.append(Place("opening", body_line, _words_from(lines, body_line)))
    for number, (line, _) in enumerate(_stories(body)[1], 1):
        begins = body_line + line
        places.append(Place(f"story-{number}", begins, _words_from(lines, begins + 1)))
    return Placed(tuple(places))


def _words_from(lines: list[str], line: int) -> int:
    """The first line from this one on, counted from 1, in which something stands."""
    return next((number for number in range(line, len(lines) + 1) if lines[number - 1].strip()), line)


def text_of(fields: BulletinFields, *, before: str = "") -> str:
    """The file that these fields make.

    What did not change against `before` stays as it is there, comments and empty lines included: all of it, or the
    front matter.
    """
    fields = tidy(fields)
    try:
        known = fields_of(before)
    except NotFields:
        return "\n".join([*_front_lines(fields), *_body_lines(fields)])
    if known == fields:
        return before
    if known.front == fields.front:
        front = before.split("\n")[: _parts(before)[2] - 1]
        return "\n".join([*front, *_body_lines(fields)])
    return "\n".join([*_front_lines(fields), *_body_lines(fields)])


def tidy(fields: BulletinFields) -> BulletinFields:
    """The same without stories in which nothing stands, without space at the ends and line ends of other systems."""
    stories = (replace(story, title=one_line(story.title), text=tidy_text(story.text)) for story in fields.stories)
    return replace(
        fields,
        title=one_line(fields.title),
        summary=one_line(fields.summary),
        send_at=one_line(fields.send_at),
        not_after=one_line(fields.not_after),
        opening=tidy_text(fields.opening),
        stories=tuple(story for story in stories if not story.empty),
    )


def tidy_text(text: str) -> str:
    """Without empty lines at its ends."""
    return _BLANK_LINES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()


def _parts(text: str) -> tuple[str, str, int]:
    try:
        return divided(text)
    except FileProblems as problem:
        raise NotFields("Its front matter cannot be found.") from problem


def _load(front: str, findings: Findings) -> nodes.Mapping:
    try:
        found = load(front, findings, first_line=2)
        findings.stop_if_wrong()
    except FileProblems as problem:
        raise NotFields("Its front matter cannot be read.") from problem
    return found


def _front(front: str) -> tuple[dict[str, str], tuple[Chosen, Chosen] | None]:
    single: dict[str, str] = {}
    audience = None
    for entry in _load(front, Findings()).entries:
        name, value = entry.key.text, entry.value
        if name in _SINGLE and isinstance(value, nodes.Scalar):
            single[name] = "" if value.empty else one_line(value.text)
        elif name == "audience" and isinstance(value, nodes.Mapping):
            audience = _audience(value)
        else:
            raise NotFields(f"It has {name}, which the form does not know.")
    return single, audience


def _audience(given: nodes.Mapping) -> tuple[Chosen, Chosen]:
    inner = given.get("exclude")
    exclude = dict(_choices(inner.value.entries)) if inner and isinstance(inner.value, nodes.Mapping) else {}
    return dict(_choices(entry for entry in given.entries if not (exclude and entry is inner))), exclude


def _choices(entries: Iterable[nodes.Entry]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in entries:
        name, value = entry.key.text, entry.value
        items = value.items if isinstance(value, nodes.Sequence) else (value,)
        words = tuple(one_line(item.text) for item in items if isinstance(item, nodes.Scalar))
        if name not in (*AUDIENCE_KEYS, EVERYONE) or len(words) < len(items) or not all(words):
            raise NotFields("Its audience is written in a way that the form does not know.")
        if name == EVERYONE:
            words = ("true",) if nodes.YES_AND_NO.get("".join(words).casefold()) else ()
        if words:
            yield name, words


def _stories(body: str) -> tuple[str, list[tuple[int, StoryFields]]]:
    """The text before the first story, and each story with the line of its heading, counted from 0."""
    lines = body.split("\n")
    begins = [(number, hit) for number, line in enumerate(lines) if (hit := _STORY.fullmatch(line))]
    ends = [*(number for number, _ in begins[1:]), len(lines)]
    opening = "\n".join(lines[: begins[0][0]] if begins else lines)
    stories = [
        (
            number,
            StoryFields(_CLOSING.sub("", hit["title"] or "").strip(), tidy_text("\n".join(lines[number + 1 : end]))),
        )
        for (number, hit), end in zip(begins, ends, strict=False)  # without a story there is an end alone
    ]
    return tidy_text(opening), stories


def _front_lines(fields: BulletinFields) -> list[str]:
    lines = [FENCE, "herald_bulletin: 1"]
    for name in _SINGLE[1:]:
        value = getattr(fields, name)
        if value or name in ("id", "series", "title"):
            lines.append(f"{name}: {_value(value)}")
    parts = [_list_of(name, values) for name, values in fields.include.items() if values]
    if fields.exclude:
        inner = ", ".join(_list_of(name, values) for name, values in fields.exclude.items() if values)
        parts.append(f"exclude: {{{inner}}}")
    # An audience of nobody is written down too: without the line it would be everybody who receives the series.
    return [*lines, f"audience: {{{', '.join(parts)}}}", FENCE]


def _body_lines(fields: BulletinFields) -> list[str]:
    parts = [fields.opening] if fields.opening else []
    parts += [
        f"# {_heading(story.title)}".rstrip() + (f"\n{story.text}" if story.text else "") for story in fields.stories
    ]
    return [*"\n\n".join(parts).split("\n"), ""]


def _heading(title: str) -> str:
    """A title that ends in # keeps it: at the end of a heading it would count as decoration."""
    hit = _CLOSING.search(title)
    return title if hit is None else f"{title[: hit.start()]} \\{hit[0].strip()}".strip()


def _list_of(name: str, values: tuple[str, ...]) -> str:
    if name == EVERYONE:
        return "everyone: true"
    return f"{name}: [{', '.join(_value(value) for value in values)}]"


def _value(value: str) -> str:
    """Words as YAML: plain where that is safe, else in double quotes (a JSON text is such a YAML text)."""
    plain = _PLAIN.fullmatch(value) and nodes.Scalar((1, 1), value, plain=True).sort == "text"
    return value if plain or _NUMBERS.fullmatch(value) else json.dumps(value, ensure_ascii=False)
