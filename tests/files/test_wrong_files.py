"""Every code has at least one wrong file, found at the right place, with words that say how to mend it."""

import pytest

from bot.files.problems import Problem
from tests.files.wrong import GOOD, Wrong, problems_of
from tests.files.wrong_others import BRIEFINGS, BULLETINS, DEADLINES, KINDS, PARTNERSHIPS, PEOPLE, REGISTERS
from tests.files.wrong_surveys import SURVEYS

TABLE = (*SURVEYS, *PARTNERSHIPS, *BRIEFINGS, *DEADLINES, *BULLETINS, *PEOPLE, *REGISTERS, *KINDS)


def shown(problems: tuple[Problem, ...]) -> str:
    return "\n".join(f"{p.line}:{p.column} {p.code} {p.where}: {p.message}" for p in problems) or "nothing"


@pytest.mark.parametrize("wrong", TABLE, ids=str)
def test_a_wrong_file_is_refused_with_its_place_and_what_to_write(wrong: Wrong) -> None:
    problems = problems_of(wrong.kind, wrong.clean_text())
    here = [problem for problem in problems if problem.code == wrong.code]
    assert wrong.place() in [(problem.line, problem.column) for problem in here], shown(problems)
    assert any(wrong.says in problem.message for problem in here), shown(problems)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_file_has_nothing_to_say(kind: str) -> None:
    assert problems_of(kind, GOOD[kind]) == ()


@pytest.mark.parametrize("wrong", TABLE, ids=str)
def test_a_message_is_one_plain_line(wrong: Wrong) -> None:
    for problem in problems_of(wrong.kind, wrong.clean_text()):
        assert "\n" not in problem.message
        assert problem.message.isprintable()
        assert len(problem.message) < 400
        assert problem.message.rstrip().endswith((".", "?", "…", ",sector", ":", "attended", '"'))
