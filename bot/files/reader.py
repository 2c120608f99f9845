"""Reads one mapping of a file: its single values, its lists, and the mappings inside it."""

from collections.abc import Iterable

from bot.files.nodes import Mapping, Node, Position, Scalar, Sequence, described
from bot.files.problems import Findings, quoted
from bot.files.scalars import LONDON, ScalarReader

__all__ = ["LONDON", "Reader", "no_duplicates"]


class Reader(ScalarReader):
    """One mapping of a file while it is being read. Call `close()` at the end: it reports the keys nobody asked for."""

    def nodes(self, key: str, *, required: bool = False) -> tuple[Node, ...]:
        """The items of a list; one value where a list is expected is a list of one (settled.md, Files)."""
        node = self.node(key, required=required)
        if node is None:
            return ()
        return node.items if isinstance(node, Sequence) else (node,)

    def scalars(self, key: str, *, required: bool = False) -> tuple[Scalar, ...]:
        """The single values of a list; empty ones and nested lists are E104."""
        found = []
        for node in self.nodes(key, required=required):
            scalar = self.as_scalar(key, node)
            if scalar is not None and scalar.empty:
                self.error("E104", scalar.at, key, f"there is an empty item in {key}. Take it out or fill it in.")
            elif scalar is not None:
                found.append(scalar)
        return tuple(found)

    def texts(self, key: str, *, required: bool = False, longest: int = 300) -> tuple[str, ...]:
        """A list of words. E104, E203."""
        said = [self.words(key, scalar, longest=longest) for scalar in self.scalars(key, required=required)]
        return tuple(text for text in said if text)

    def chosen(self, key: str, allowed: Iterable[str] | None, *, code: str = "E205") -> tuple[str, ...]:
        """A list of allowed words, each once; any words while what is allowed is not known."""
        if allowed is None:
            return tuple(dict.fromkeys(self.texts(key, longest=100)))
        names = list(allowed)
        said = [self.as_word(key, scalar, names, code=code) for scalar in self.scalars(key)]
        return tuple(dict.fromkeys(word for word in said if word is not None))

    def inside(self, key: str, where: str, *, required: bool = False) -> "Reader | None":
        """A reader of the mapping under a key, or None. E104."""
        node = self.node(key, required=required)
        if node is None:
            return None
        return self._reader(key, node, where)

    def each(self, key: str, singular: str, *, required: bool = False) -> "tuple[Reader, ...]":
        """A reader for every mapping of a list, named in messages by its id or its place in the list. E104."""
        found = []
        for number, node in enumerate(self.nodes(key, required=required), start=1):
            reader = self._reader(key, node, f"{singular} {_name_of(node, number)}")
            if reader is not None:
                found.append(reader)
        return tuple(found)

    def _reader(self, key: str, node: Node, where: str) -> "Reader | None":
        if isinstance(node, Mapping):
            return Reader(node, where, self.findings)
        self.error("E104", node.at, key, f"{described(node)}; {key} takes keys and values, such as “id: …”.")
        return None


def _name_of(node: Node, number: int) -> str:
    if isinstance(node, Mapping):
        entry = node.get("id")
        if entry is not None and isinstance(entry.value, Scalar) and entry.value.text:
            return entry.value.text[:60]
    return str(number)


def no_duplicates(found: Iterable[tuple[str, Position]], what: str, findings: Findings) -> None:
    """E202 for every id that comes a second time."""
    first: dict[str, Position] = {}
    for name, at in found:
        if not name:
            continue
        if name in first:
            message = f"the {what} {quoted(name)} is already in line {first[name][0]}. Give each its own."
            findings.error("E202", at, what, message)
        first.setdefault(name, at)
