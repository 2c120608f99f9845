"""What somebody typed, what is said back, and the little that a typed talk remembers of where it stands."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Shown
from handlers.acts import Listing


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button below a question in a direct message: it answers that question and no other, or without value skips it.

    Without a question it is a command.
    """

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text, or a press, that came in. `source` and `key` are its sender's own id for it: the receipt key (law 2).

    An e-mail knows its `conversation_id` from its reply address, and the `revision` and `step` that the message it
    answers had shown; a direct message means the talk that the person is in and leaves them out.
    """

    text: str
    surface: Surface
    source: str
    key: str
    conversation_id: str = ""
    revision: int | None = None
    step: str = ""
    press: Pressed | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What to say back: `first` and the answer to a question in between (`aside`), then `shown`.

    `shown` is None when nothing new is to be said: the same thing came in before, and was answered then. `question`
    names the one question that a direct message asks; empty, a step is shown whole. `errors` are the words beside
    questions, and never hold what was typed. `again`: the question was asked just before. `ways` offers trying again,
    the form, or stopping. `form_only` says that this talk is only held in a form.
    """

    shown: Shown | Listing | None
    first: tuple[str, ...] = ()
    question: str = ""
    aside: Notice | Listing | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    ways: bool = False
    form_only: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a typed talk stands within its step; it is kept in `conversation.place` and holds no answers.

    `only`: this one question is being changed. `misses`: how often it was not understood. `asked`: something that could
    have been a question to Herald was just answered. `restarting`: asked whether to begin again. `saved`: put aside by
    the person; `idle`: put aside by thirty quiet minutes.
    """

    question: str = ""
    only: bool = False
    misses: int = 0
    asked: bool = False
    restarting: bool = False
    saved: bool = False
    idle: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The place as it is stored; what this version does not know is left out."""
        return cls(**{each.name: stored[each.name] for each in fields(cls) if each.name in stored})

    def stored(self) -> dict[str, Any]:
        """As it is kept: only what is not as at the beginning."""
        begun = asdict(Place())
        return {name: value for name, value in asdict(self).items() if value != begun[name]}
