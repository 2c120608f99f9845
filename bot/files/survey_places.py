"""Where things stand in a survey file that was read before: for problems that only show against what is kept."""

from collections.abc import Iterator

from bot.files.nodes import Mapping, Node, Position, Scalar, Sequence
from bot.files.problems import Findings
from bot.files.yaml_source import load

START: Position = (1, 1)


class Places:
    """Finds keys and words of a file again."""

    def __init__(self, document: str) -> None:
        """Raises FileProblems when the text is no YAML at all."""
        self._top = load(document, Findings())

    def key(self, *path: str) -> Position:
        """Where a key stands, such as `("schedule", "closes")`; the last one of the path that is there."""
        node: Node = self._top
        at = START
        for name in path:
            entry = node.get(name) if isinstance(node, Mapping) else None
            if entry is None:
                break
            at, node = entry.key.at, entry.value
        return at

    def item(self, *path: str, id: str) -> Position:
        """Where the item of a list with that id stands; where the list's key stands without one."""
        node: Node | None = self._top
        for name in path:
            entry = node.get(name) if isinstance(node, Mapping) else None
            node = None if entry is None else entry.value
        items = node.items if isinstance(node, Sequence) else ()
        for item in items:
            name_of = item.get("id") if isinstance(item, Mapping) else None
            if name_of is not None and isinstance(name_of.value, Scalar) and name_of.value.text == id:
                return name_of.value.at
        return self.key(*path)

    def words(self, text: str) -> Position:
        """Where words stand; the beginning of the file when they are not there as one value."""
        return next((scalar.at for scalar in _scalars(self._top) if scalar.text.strip() == text), START)


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Sequence(items=items):
            for item in items:
                yield from _scalars(item)
        case Mapping(entries=entries):
            for entry in entries:
                yield from _scalars(entry.value)
