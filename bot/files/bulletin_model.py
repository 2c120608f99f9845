"""A bulletin as its file says it: stories of typed blocks, from which e-mail, text and archive page are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.files.audience import Audience


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one style; a line break is a span whose text is a newline."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str = ""


Spans = tuple[Span, ...]


def plain(spans: Spans) -> str:
    """The words alone."""
    return "".join(span.text for span in spans)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Subheading:
    """A second-level heading inside a story."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list with dots."""

    items: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list with numbers from `start`."""

    items: tuple[Spans, ...]
    start: int = 1


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the bulletin's own folder. `alt` describes it to those who cannot see it."""

    file: str
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class BriefingsBlock:
    """The next dates, perhaps of one kind: with this reader's own booking link, or the day on which booking opens."""

    next: int = 5
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SurveysBlock:
    """The surveys that wait for this reader."""


@dataclass(frozen=True, slots=True)
class DeadlinesBlock:
    """The deadlines that are this reader's."""


@dataclass(frozen=True, slots=True)
class PledgeBlock:
    """An invitation to pledge, with what became of earlier ones; `priority` is empty for a pledge to anything."""

    priority: str = ""


@dataclass(frozen=True, slots=True)
class DoneBlock:
    """What was done since the last edition of the series; for a priority: since that began."""

    priority: str = ""


@dataclass(frozen=True, slots=True)
class PreviousBlock:
    """A link to earlier editions of the series."""


LiveBlock = BriefingsBlock | SurveysBlock | DeadlinesBlock | PledgeBlock | DoneBlock | PreviousBlock
Block = Paragraph | Subheading | Bullets | Numbers | Image | LiveBlock


@dataclass(frozen=True, slots=True)
class Story:
    """A first-level heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def told(self) -> bool:
        """Whether somebody wrote or drew something in it, so that readers can be asked what they think of it.

        One that holds live blocks alone is a list of dates or links: nobody's words are there to be useful or not.
        """
        return any(isinstance(block, Paragraph | Bullets | Numbers | Image) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class BulletinFile:
    """Everything a bulletin file says. Times are UTC instants; `opening` stands before the first story."""

    id: str
    series: str
    title: str
    audience: Audience
    stories: tuple[Story, ...]
    opening: tuple[Block, ...] = ()
    send_at: datetime | None = None
    not_after: datetime | None = None
    author: str = ""
    summary: str = ""

    def blocks(self) -> Iterator[Block]:
        """Every block in order."""
        yield from self.opening
        for story in self.stories:
            yield from story.blocks

    def images(self) -> tuple[Image, ...]:
        """The pictures that have to be stored with the bulletin, each file once."""
        found = {block.file: block for block in self.blocks() if isinstance(block, Image)}
        return tuple(found.values())
