"""What a YAML file is made of, with the place of every part. Scalars keep the words as they were typed."""

import re
from dataclasses import dataclass, field

Position = tuple[int, int]
"""Line and column, both counted from 1."""

WHOLE = re.compile(r"[-+]?[0-9]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
YES_AND_NO = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
OLD_BOOLEANS = frozenset({"yes", "no", "on", "off"})
"""Words that YAML 1.1 tools read as true or false, and YAML 1.2 tools as words: never left to chance in an id."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as typed. `plain` means without quotes."""

    at: Position
    text: str
    plain: bool

    @property
    def empty(self) -> bool:
        """No value at all: nothing, `~` or `null`."""
        return self.plain and self.text.casefold() in ("", "~", "null")

    @property
    def sort(self) -> str:
        """What YAML 1.2 makes of it: nothing, truth, number or text."""
        if self.empty:
            return "nothing"
        if self.plain and self.text.casefold() in ("true", "false"):
            return "truth"
        if self.plain and DECIMAL.fullmatch(self.text):
            return "number"
        return "text"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    at: Position
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file; no key comes twice."""

    at: Position
    entries: tuple[Entry, ...]
    _by_key: dict[str, Entry] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Makes the entries easy to find, however many there are."""
        self._by_key.update((entry.key.text, entry) for entry in self.entries)

    def get(self, key: str) -> Entry | None:
        """The entry of that key, or None."""
        return self._by_key.get(key)


Node = Scalar | Sequence | Mapping


def described(node: Node) -> str:
    """What was found, in words for a message: `12 is a number`."""
    match node:
        case Mapping():
            return "there are keys and values here"
        case Sequence():
            return "there is a list here"
        case Scalar() if node.empty:
            return "there is nothing here"
        case Scalar() if node.sort == "truth":
            return f"{node.text} is read as yes or no"
        case Scalar() if node.plain and node.text.casefold() in OLD_BOOLEANS:
            became = "true" if node.text.casefold() in ("yes", "on") else "false"
            return f"{node.text} became {became}"
        case Scalar() if node.sort == "number":
            return f"{node.text} is a number"
        case _:
            return "there are words here"
