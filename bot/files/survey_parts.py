"""Reads the parts that only some questions have: the points of a scale, the rows of a matrix, the sessions to book."""

import re

from bot.conversation.flow import MAX_LABEL
from bot.files.known import Known
from bot.files.local_text import Languages, LocalText, Rule
from bot.files.nodes import Scalar
from bot.files.problems import quoted
from bot.files.reader import Reader
from bot.files.survey_model import MatrixRow, ScalePoint, Type

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
KEY_RULE = "a small letter followed by small letters, digits or underscores"
POINT_LABEL = Rule(longest=MAX_LABEL, too_long="E230")
ROW_TEXT = Rule(longest=150, required=True)
SCALE_POINTS = (3, 7)
MAX_ROWS = 10
POINTS_EXAMPLE = "Write points: [{value: 1, label: Not at all}, {value: 5, label: Very}]."


def read_points(reader: Reader, languages: Languages, kind: Type) -> tuple[ScalePoint, ...]:
    """The points of a scale or of every row of a matrix, those between two labelled ones filled in. E214, E224."""
    if kind not in (Type.SCALE, Type.MATRIX):
        return ()
    if kind is Type.SCALE and reader.boolean("nps"):
        if reader.has("points"):
            message = "nps: true has its own points from 0 to 10. Take out points, or nps."
            reader.error("E214", reader.at("points"), "points", message)
        return tuple(_bare(languages, value) for value in range(11))
    node = reader.node("points")
    if node is None:
        reader.error("E224", reader.mapping.at, "points", f"a {kind} needs points. {POINTS_EXAMPLE}")
        return ()
    if isinstance(node, Scalar):
        highest = reader.as_integer("points", node, low=SCALE_POINTS[0], high=SCALE_POINTS[1])
        return () if highest is None else tuple(_bare(languages, value) for value in range(1, highest + 1))
    return _listed_points(reader, languages)


def _listed_points(reader: Reader, languages: Languages) -> tuple[ScalePoint, ...]:
    before = reader.findings.count()
    labelled: dict[int, LocalText] = {}
    for inner in reader.each("points", "point"):
        value = inner.integer("value", low=-10, high=10, required=True)
        label = languages.read(inner, "label", POINT_LABEL)
        inner.close()
        if value is not None and labelled and value <= max(labelled):
            message = f"{value} comes after {max(labelled)}. Give the points in rising order, each once."
            reader.error("E224", inner.at("value"), "points", message)
        elif value is not None:
            labelled[value] = label
    count = max(labelled) - min(labelled) + 1 if labelled else 0
    if reader.findings.count() == before and not SCALE_POINTS[0] <= count <= SCALE_POINTS[1]:
        message = f"the scale has {count} points; it needs 3 to 7, counting those between the labelled ones."
        reader.error("E224", reader.at("points"), "points", message)
    if reader.findings.count() > before:
        return ()
    every = range(min(labelled), max(labelled) + 1)
    return tuple(ScalePoint(value, labelled.get(value) or _bare(languages, value).label) for value in every)


def _bare(languages: Languages, value: int) -> ScalePoint:
    return ScalePoint(value, LocalText(tuple((code, str(value)) for code in languages.codes)))


def read_rows(reader: Reader, languages: Languages) -> tuple[MatrixRow, ...]:
    """The rows of a matrix, each with an id of its own. E202, E213."""
    found: list[MatrixRow] = []
    for inner in reader.each("rows", "row", required=True):
        row = MatrixRow(inner.identifier("id", KEY, KEY_RULE), languages.read(inner, "text", ROW_TEXT))
        if row.id and row.id in [other.id for other in found]:
            message = f"the row {quoted(row.id)} is there twice. Give each its own id."
            reader.error("E202", inner.at("id"), "rows", message)
        inner.close()
        found.append(row)
    if reader.has("rows") and not 2 <= len(reader.nodes("rows")) <= MAX_ROWS:
        message = f"a matrix has 2 to {MAX_ROWS} rows, here are {len(reader.nodes('rows'))}. Divide it, or use a scale."
        reader.error("E213", reader.at("rows"), "rows", message)
    return tuple(found)


def read_sessions(reader: Reader, known: Known) -> tuple[str, ...]:
    """The briefings that a booking question offers, as listed; empty for all that can be booked. E212."""
    return reader.chosen("sessions", known.briefings, code="E212")
