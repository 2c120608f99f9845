"""YAML as practitioners write it: what is understood, what is refused, and that all of it is told at once."""

import pytest

from bot.files.problems import FileProblems, Findings, render
from bot.files.survey import parse_survey
from bot.files.yaml_source import MAX_BYTES, load
from tests.files.samples import SURVEY
from tests.files.wrong import codes_of, problems_of


def refused(text: str | bytes) -> list[str]:
    findings = Findings()
    with pytest.raises(FileProblems) as wrong:
        load(text, findings)
    return [f"{p.code}@{p.line}:{p.column}" for p in wrong.value.problems]


def test_a_file_over_256_kb_is_refused_before_it_is_read() -> None:
    assert refused("a: 1\n" + "#" * MAX_BYTES) == ["E106@1:1"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "- a\n- b\n", "just words\n"])
def test_a_file_without_keys_is_told_how_to_begin(text: str) -> None:
    assert [found.split("@")[0] for found in refused(text)] == ["E111"]


def test_utf_16_and_latin_letters_get_a_kind_word() -> None:
    assert refused("herald_survey: 1".encode("utf-16")) == ["E109@1:1"]
    assert refused("a: 1\nb: Málaga".encode("latin-1")) == ["E109@2:5"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    text = "\ufeff" + SURVEY.replace("\n", "\r\n")
    assert parse_survey(text).value == parse_survey(SURVEY).value


def test_marks_that_turn_writing_round_are_refused() -> None:
    assert refused("a: 1\nname: \u202eevil") == ["E109@2:7"]


def test_yes_is_a_word_in_a_label_and_true_where_true_is_meant() -> None:
    label = SURVEY.replace("{en: Manager}", "Yes").replace("required: false", "required: yes")
    survey = parse_survey(label).value
    assert str(survey.questions()[0].choices[1].label) == "Yes"
    assert survey.questions()[0].required


def test_a_duplicate_key_and_an_anchor_and_an_unknown_key_are_told_together() -> None:
    text = SURVEY.replace("version: 1\n", "version: 1\nversion: 1\nowned: &x me\n").replace("frontline,", "Front line,")
    assert codes_of("survey", text) == ["E102", "E101", "E105", "E221"]


def test_a_second_document_is_refused() -> None:
    assert refused("a: 1\n---\nb: 2\n") == ["E100@2:1"]


def test_a_yaml_version_line_cannot_turn_words_into_truth() -> None:
    findings = Findings()
    load("%YAML 1.1\n---\na: yes\n", findings)
    assert [problem.code for problem in findings.all()] == ["E105"]


def test_problems_are_shown_as_the_reference_asks() -> None:
    lines = render(problems_of("survey", SURVEY.replace("value: frontline", "value: Front line")), "file.yaml")
    assert lines == ['file.yaml:39:21 E221 choices: value "Front line" has a space. Use frontline or front_line.']


def test_only_the_first_fifty_problems_are_shown_and_the_rest_are_counted() -> None:
    text = SURVEY.replace("pages:\n", "".join(f"odd{n}: 1\n" for n in range(60)) + "pages:\n")
    lines = render(problems_of("survey", text), "s.yaml")
    assert len(lines) == 51
    assert lines[-1] == "s.yaml: and 10 more. Mend these first, then try again."
    assert lines[0].startswith("s.yaml:28:1 E101")


def test_a_survey_of_sixty_questions_is_read_quickly_enough_to_check_while_typing() -> None:
    question = "\n      - {{id: q{n}, type: single, text: Which of these, choices: [{{value: a, label: A}}, {{value: b, label: B}}]}}"
    text = SURVEY.replace(
        "        themes: feedback-codebook", "        themes: codes" + "".join(question.format(n=n) for n in range(57))
    )
    assert [problem.code for problem in parse_survey(text).warnings] == ["W201"]
