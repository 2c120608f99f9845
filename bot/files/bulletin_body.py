"""The Markdown of a bulletin, turned into stories of typed blocks. Whatever mail cannot carry safely is refused.

The constraint is on purpose: few kinds of block, each proven in e-mail, text and Slack, instead of free layout.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.files.bulletin_model import Block, Bullets, Image, Numbers, Paragraph, Span, Spans, Story, Subheading
from bot.files.bulletin_spans import Place, SpanReader, words_of
from bot.files.known import Known
from bot.files.live_blocks import is_live, read_line
from bot.files.problems import Findings, did_you_mean, quoted

PICTURE = re.compile(r"[^/\\:]+\.(png|jpe?g|gif|webp)", re.IGNORECASE)
LONGEST_TITLE = 150
INSTEAD = {
    "blockquote": "Quotes set off with > are not used. Write the quotation into the text, in quotation marks.",
    "fence": "Code blocks are not used. Write the words as a paragraph.",
    "hr": "Lines of dashes are not used. Begin a new story with a heading: # Title.",
    "list": "Lists inside lists are not used. Make one flat list.",
    "heading": "Headings of this depth are not used. Write # for a story and ## inside it.",
}


@dataclass(frozen=True)
class Body:
    """What stands before the first story, and the stories."""

    opening: tuple[Block, ...]
    stories: tuple[Story, ...]


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: ARG002 - the library's signature
        """Takes every link as a link: bulletin_spans judges them, with a message."""
        return True


def parser() -> MarkdownIt:
    """CommonMark with what bulletins use; HTML stays recognised, so that it can be refused with its place."""
    return _Markdown("commonmark").disable(["code", "lheading"])


def read_body(
    text: str, first_line: int, known: Known, findings: Findings, images: Collection[str] | None = None
) -> Body:
    """The blocks of a body that begins at `first_line` of its file. `images`: the files of its folder, if known."""
    reader = _BodyReader(text.split("\n"), first_line, known, findings, images)
    return reader.read(parser().parse(text))


@dataclass
class _Draft:
    """A story while it is read; `parts` counts what stands under it, right or wrong."""

    title: str
    place: Place
    blocks: list[Block] = field(default_factory=list)
    parts: int = 0


class _BodyReader:
    def __init__(
        self, lines: list[str], first_line: int, known: Known, findings: Findings, images: Collection[str] | None
    ) -> None:
        self._lines = lines
        self._first_line = first_line
        self._known = known
        self._findings = findings
        self._images = images

    def read(self, tokens: list[Token]) -> Body:
        opening: list[Block] = []
        stories: list[_Draft] = []
        for opener, inner in _groups(tokens):
            place = self._place(opener)
            if opener.type == "heading_open" and opener.tag == "h1":
                stories.append(_Draft(self._title(inner, place), place))
                continue
            blocks = self._blocks(opener, inner, place)
            if stories:
                stories[-1].parts += 1
            (stories[-1].blocks if stories else opening).extend(blocks)
        self._check(stories)
        return Body(tuple(opening), tuple(Story(story.title, tuple(story.blocks)) for story in stories))

    def _check(self, stories: list[_Draft]) -> None:
        if not stories:
            message = "the bulletin has no story. Begin each story with a heading: # Title."
            self._findings.error("E268", (self._first_line, 1), "body", message)
        for story in stories:
            if not story.parts and story.title:
                message = f"nothing stands under {quoted(story.title)}. Write the story, or take the heading out."
                self._findings.error("E268", story.place.start, "story", message)

    def _place(self, token: Token) -> Place:
        begin, end = token.map or (0, 1)
        return Place(self._first_line + begin, tuple(self._lines[begin : max(end, begin + 1)]))

    def _title(self, inner: list[Token], place: Place) -> str:
        title = words_of(self._spans(inner, place))
        if not title:
            self._findings.error("E268", place.start, "story", "this heading has no words. Write # and a title.")
        elif len(title) > LONGEST_TITLE:
            message = f"the heading has {len(title)} characters; at most {LONGEST_TITLE} are readable in an inbox."
            self._findings.error("E203", place.start, "story", message)
        return title

    def _spans(self, inner: list[Token], place: Place) -> Spans:
        children = [child for token in inner if token.type == "inline" for child in token.children or []]
        return SpanReader(place, self._findings).read(children)

    def _blocks(self, opener: Token, inner: list[Token], place: Place) -> list[Block]:
        match opener.type:
            case "paragraph_open":
                return self._paragraph(inner, place)
            case "bullet_list_open":
                return [Bullets(self._items(inner))]
            case "ordered_list_open":
                return [Numbers(self._items(inner), int(opener.attrGet("start") or 1))]
            case "heading_open" if opener.tag == "h2":
                return [Subheading(words_of(self._spans(inner, place)))]
            case "html_block":
                message = f"{quoted(opener.content.strip())} is HTML. Take it out and write the text in Markdown."
                self._findings.error("E260", place.start, "body", message)
            case _:
                self._not_used(opener, place)
        return []

    def _not_used(self, token: Token, place: Place) -> None:
        kind = token.type.removesuffix("_open")
        kind = "list" if kind.endswith("list") else kind
        message = INSTEAD.get(kind, "This part of Markdown is not used. Write it as a paragraph or a list.")
        self._findings.error("E265", place.start, "body", message[0].lower() + message[1:])

    # Paragraphs

    def _paragraph(self, inner: list[Token], place: Place) -> list[Block]:
        inline = inner[0]
        lines = inline.content.split("\n")
        if all(is_live(line) for line in lines):
            return self._live(lines, place)
        children = [
            child for child in inline.children or [] if not (child.type == "text" and not child.content.strip())
        ]
        if len(children) == 1 and children[0].type == "image":
            return self._image(children[0], place)
        spans = self._spans(inner, place)
        return [Paragraph(spans)] if words_of(spans) else []

    def _live(self, lines: list[str], place: Place) -> list[Block]:
        found: list[Block] = []
        for offset, line in enumerate(lines):
            source = place.lines[offset] if offset < len(place.lines) else line
            at = (place.first_line + offset, source.find("{{") + 1)
            found.extend(read_line(line.lstrip(), at, self._known, self._findings))
        return found

    def _image(self, token: Token, place: Place) -> list[Block]:
        file = unquote(str(token.attrGet("src") or "")).removeprefix("./")
        alt = " ".join(token.content.split())
        if not PICTURE.fullmatch(file) or file.startswith("."):
            message = (
                f"{quoted(file)} cannot be shown. Put a .png, .jpg, .gif or .webp beside the bulletin and name it."
            )
            self._findings.error("E263", place.start, "image", message)
        elif self._images is not None and file not in self._images:
            message = f"{quoted(file)} is not in the bulletin's folder.{did_you_mean(file, self._images)}"
            self._findings.error("E263", place.start, "image", message)
        if not alt:
            message = "the image has no description. Write ![what it shows](file.png), for those who cannot see it."
            self._findings.error("E264", place.start, "image", message)
        return [Image(file, alt, str(token.attrGet("title") or ""))]

    # Lists

    def _items(self, inner: list[Token]) -> tuple[Spans, ...]:
        return tuple(self._item(opener, tokens) for opener, tokens in _groups(inner))

    def _item(self, opener: Token, inner: list[Token]) -> Spans:
        found: Spans = ()
        for part, tokens in _groups(inner):
            if part.type == "paragraph_open":
                spans = self._spans(tokens, self._place(part))
                found = (*found, *self._line_break(found), *spans)
            elif part.type == "html_block":
                message = f"{quoted(part.content.strip())} is HTML. Take it out."
                self._findings.error("E260", self._place(part).start, "body", message)
            else:
                self._not_used(part, self._place(part))
        if not found:
            message = "this point of the list is empty. Fill it in or take it out."
            self._findings.error("E265", self._place(opener).start, "list", message)
        return found

    @staticmethod
    def _line_break(before: Spans) -> Spans:
        return (Span("\n"),) if before else ()


def _groups(tokens: list[Token]) -> Iterator[tuple[Token, list[Token]]]:
    """Every opening token of the outermost level with what stands inside it, without recursion."""
    depth, opener, inner = 0, None, list[Token]()
    for token in tokens:
        if depth == 0:
            opener, inner = token, []
            if token.nesting == 0:
                yield token, []
                continue
        elif not (depth == 1 and token.nesting == -1):
            inner.append(token)
        depth += token.nesting
        if depth == 0 and opener is not None:
            yield opener, inner
