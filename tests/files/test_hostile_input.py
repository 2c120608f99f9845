"""Whatever is handed in, the answer is a value or a list of problems: never another exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.problems import FileProblems, Problem, render
from tests.files.wrong import GOOD, PARSERS

KINDS = st.sampled_from(sorted(PARSERS))
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ":", "-", "? ", "&a ", "*a ", "!!x ", "%", "|\n", ">\n", "\t", "\n", "'", '"', "#", ",", "---\n",
     "null", "true", "on", "1", "-1e9", "show_if: ", "{{ ", " }}", "](", "![", "<b>", "**", "\x00", "\ud800", "\ufeff",
     "9" * 400, "\u2028", "é", "herald_survey: 1\n", "questions:\n", "all: ", "not: "]
)  # fmt: skip


def survives(kind: str, data: bytes | str) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        PARSERS[kind](data)
    except FileProblems as wrong:
        problems = wrong.problems
    if problems is not None:
        assert render(problems, "file")
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


@given(kind=KINDS, data=st.binary(max_size=300))
def test_any_bytes(kind: str, data: bytes) -> None:
    survives(kind, data)


@given(kind=KINDS, text=st.text(max_size=300))
def test_any_text(kind: str, text: str) -> None:
    survives(kind, text)


@settings(max_examples=300)
@given(
    kind=KINDS,
    cut=st.floats(0, 1),
    length=st.integers(0, 30),
    pieces=st.lists(PIECES, max_size=4),
    line_start=st.booleans(),
)
def test_a_good_file_with_a_piece_exchanged(
    kind: str, cut: float, length: int, pieces: list[str], line_start: bool
) -> None:
    good = GOOD[kind]
    at = int(cut * len(good))
    if line_start:
        at = good.rfind("\n", 0, at) + 1
    survives(kind, good[:at] + "".join(pieces) + good[at + length :])


@settings(max_examples=200)
@given(kind=KINDS, order=st.randoms(use_true_random=False))
def test_a_good_file_with_two_lines_exchanged(kind: str, order: object) -> None:
    lines = GOOD[kind].split("\n")
    first, second = (order.randrange(len(lines)) for _ in range(2))  # type: ignore[attr-defined]  # hypothesis' Random
    lines[first], lines[second] = lines[second], lines[first]
    survives(kind, "\n".join(lines))


def test_a_file_of_sixty_thousand_pages_gets_its_answer_and_not_a_stuck_program() -> None:
    survives("survey", "herald_survey: 1\npages: [" + "{}," * 60_000 + "]")


def test_twenty_thousand_unknown_keys_get_their_answer() -> None:
    survives("survey", "herald_survey: 1\n" + "".join(f"k{n}: 1\n" for n in range(20_000)))


def test_brackets_without_end_are_refused_before_they_fill_the_stack() -> None:
    for opening in ("[", "{", "- ", "? ", "{a: ["):
        survives("survey", opening * 50_000)
    for opening in ("[", "*", "> ", "- ", "![", "[a](", "<"):
        survives("bulletin", GOOD["bulletin"] + "\n" + opening * 20_000)
