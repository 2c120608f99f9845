"""Reads YAML 1.2 into nodes that know their place, and refuses what practitioners trip over or attackers use.

The tree is built from ruamel.yaml's parse events, not from constructed objects: so every scalar keeps the words that
were typed, every duplicate key is found at once, and no tag ever makes an object.
"""

import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.files.nodes import Entry, Mapping, Node, Position, Scalar, Sequence
from bot.files.problems import FileProblems, Findings, Problem, quoted
from bot.files.text_source import CONTROL, decoded

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
UNSEEN = re.compile(f"{CONTROL.pattern}|[\r\ud800-\udfff]")
"""What no value may hold, however it is written: control characters, odd line ends, halves of pairs."""
INDENTED_BY_TAB = re.compile(r"[ ]*\t")


def load(data: bytes | str, findings: Findings, *, first_line: int = 1) -> Mapping:
    """The file's top mapping; `first_line` is where the text begins in its file (front matter).

    Raises FileProblems when there is nothing to go on with: E100, E103, E106, E108, E109, E111. What can be told
    together with the rest of the file goes to `findings`: E102, E105, E107.
    """
    text = decoded(data, limit=MAX_BYTES)
    _refuse_tabs(text, first_line)
    try:
        root = _Builder(findings, first_line - 1).document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise FileProblems([*findings.all(), _broken(error, first_line - 1)]) from error
    except (YAMLError, ValueError) as error:
        problem = Problem("E100", first_line, 1, "file", "this is not YAML. Check it for signs that are out of place.")
        raise FileProblems([*findings.all(), problem]) from error
    if not isinstance(root, Mapping):
        message = "the file is empty." if root is None else "the file must begin with a key, such as herald_survey: 1."
        at = (first_line, 1) if root is None else root.at
        raise FileProblems([*findings.all(), Problem("E111", *at, "file", message)])
    return root


def _refuse_tabs(text: str, first_line: int) -> None:
    wrong = [
        Problem("E103", number, hit.end(), "indentation", "there is a tab here. Use spaces, two for each step inwards.")
        for number, line in enumerate(text.split("\n"), start=first_line)
        if (hit := INDENTED_BY_TAB.match(line)) and line.strip()
    ]
    if wrong:
        raise FileProblems(wrong)


def _broken(error: MarkedYAMLError, offset: int) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1 + offset, mark.column + 1) if mark else (1 + offset, 1)
    what = str(error.problem or error.context or "something is out of place")
    hint = "Check the signs before it: brackets and quotes that are not closed, a missing colon, uneven indentation."
    if "mapping values are not allowed" in what:
        hint = "A colon inside a text needs quotes round the whole text."
    elif "another document" in what:
        hint = "Put one thing into one file: take out the line of dashes."
    return Problem("E100", line, column, "file", f"the file cannot be read from here on ({what}). {hint}")


class _Builder:
    """Builds nodes from events without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, findings: Findings, offset: int) -> None:
        self._findings = findings
        self._offset = offset
        self._open: list[_OpenCollection] = []
        self._root: Node | None = None
        self._documents = 0

    def document(self, events: Iterator[Event]) -> Node | None:
        for event in events:
            match event:
                case DocumentStartEvent():
                    self._start_document(event)
                case AliasEvent():
                    self._foreign(event, f"*{event.anchor} points to another place")
                    self._add(Scalar(self._at(event), "", plain=True))
                case ScalarEvent():
                    self._check_node(event)
                    self._add(self._scalar(event))
                case MappingStartEvent() | SequenceStartEvent():
                    self._check_node(event)
                    self._begin(event)
                case MappingEndEvent() | SequenceEndEvent():
                    self._add(self._open.pop().closed())
        return self._root

    def _at(self, event: Event) -> Position:
        return event.start_mark.line + 1 + self._offset, event.start_mark.column + 1

    def _start_document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if event.version or event.tags:
            self._foreign(event, "a line that begins with %", at=(1 + self._offset, 1))
        if self._documents > 1:
            message = "a second document begins here. Put one thing into one file: take out the line of dashes."
            raise FileProblems([*self._findings.all(), Problem("E100", *self._at(event), "file", message)])

    def _check_node(self, event: NodeEvent) -> None:
        if event.anchor:
            self._foreign(event, f"&{event.anchor} gives this place a name")
        tag = getattr(event, "tag", None)
        if tag:
            self._foreign(event, f"{tag} is a tag")

    def _foreign(self, event: Event, what: str, *, at: Position | None = None) -> None:
        message = f"{what}; Herald's files do without that. Write the value itself, in quotes if it has such a sign."
        self._findings.error("E105", at or self._at(event), "file", message)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        plain = event.style is None
        inside_brackets = bool(self._open) and self._open[-1].flow
        if plain and inside_brackets and "?" in event.value:
            message = f"{quoted(event.value)} holds a question mark. Write the text on its own line or in quotes."
            self._findings.error("E107", self._at(event), self._key_being_filled(), message)
        if UNSEEN.search(event.value):  # the bytes of the file hold none: it was written as an escape, such as "\\r"
            message = f"{quoted(UNSEEN.sub('', event.value))} holds a control character that nobody can see. Delete it."
            self._findings.error("E109", self._at(event), self._key_being_filled(), message)
            return Scalar(self._at(event), UNSEEN.sub("", event.value), plain)
        return Scalar(self._at(event), event.value, plain)

    def _key_being_filled(self) -> str:
        key = self._open[-1].key if self._open else None
        return key.text if key is not None else "file"

    def _begin(self, event: CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            message = f"lists and maps go more than {MAX_DEPTH} deep here. Make it flatter."
            raise FileProblems([*self._findings.all(), Problem("E108", *self._at(event), "file", message)])
        flow = bool(event.flow_style)
        self._open.append(_OpenCollection(self._at(event), isinstance(event, MappingStartEvent), flow))

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].add(node, self._findings)
        else:
            self._root = node


class _OpenCollection:
    """A list or mapping whose end has not been reached."""

    def __init__(self, at: Position, is_mapping: bool, flow: bool) -> None:
        self.at = at
        self.flow = flow
        self.key: Scalar | None = None
        self._is_mapping = is_mapping
        self._waiting_for_value = False
        self._items: list[Node] = []
        self._entries: dict[str, Entry] = {}

    def add(self, node: Node, findings: Findings) -> None:
        if not self._is_mapping:
            self._items.append(node)
        elif not self._waiting_for_value:
            self._begin_entry(node, findings)
        else:
            self._finish_entry(node, findings)

    def _begin_entry(self, node: Node, findings: Findings) -> None:
        self._waiting_for_value = True
        self.key = node if isinstance(node, Scalar) else None
        if self.key is None:
            findings.error("E104", node.at, "file", "a key must be a single word, not a list or map.")

    def _finish_entry(self, node: Node, findings: Findings) -> None:
        self._waiting_for_value = False
        key, self.key = self.key, None
        if key is None:
            return
        if key.text in self._entries:
            first = self._entries[key.text].key.at[0]
            message = f"{quoted(key.text)} is already there in line {first}. Keep one of the two."
            findings.error("E102", key.at, key.text or "file", message)
            return
        self._entries[key.text] = Entry(key, node)

    def closed(self) -> Node:
        if self._is_mapping:
            return Mapping(self.at, tuple(self._entries.values()))
        return Sequence(self.at, tuple(self._items))
