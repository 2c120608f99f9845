"""What a partnership file becomes."""

from datetime import date, time

from bot.files.partnership import parse_partnership
from bot.files.policy import StageSpec
from bot.rules.escalation_policy import Stage, Who
from bot.rules.working_time import parse_duration
from tests.files.samples import PARTNERSHIP
from tests.files.wrong import codes_of


def test_the_file_of_the_contract_is_understood_whole() -> None:
    found = parse_partnership(PARTNERSHIP).value
    assert (found.short_name, found.areas, found.timezone.key) == ("Northmere", ("Northmere",), "Europe/London")
    assert (found.office_hours.opens, found.office_hours.closes) == (time(9), time(17))
    assert found.front_door.out_of_hours == "01632 960002"
    assert found.agencies[0].role_mailbox == "safeguarding@police.example.org"
    assert found.series[0].cadence == "monthly"
    assert found.priorities[0].starts == date(2026, 10, 1)
    assert found.known().sector_of_agency == {"northmere-police": "police"}


def test_the_stages_are_what_the_rules_take() -> None:
    policy = parse_partnership(PARTNERSHIP).value.escalation_policy
    assert policy is not None
    assert policy.approved
    assert policy.stages[-1] == StageSpec("executive", "Partnership executive", "executive", "1d", "5d", "24h", True)
    for spec in policy.stages:
        Stage(
            id=spec.id,
            label=spec.label,
            who=Who(spec.who),
            acknowledge=parse_duration(spec.acknowledge),
            respond=parse_duration(spec.respond),
            urgent=parse_duration(spec.urgent),
            final=spec.final,
        )


def test_a_policy_that_nobody_approved_is_read_and_says_so() -> None:
    text = PARTNERSHIP.replace("  approved_by: Partnership Executive\n  approved_on: 2026-09-01\n", "")
    policy = parse_partnership(text).value.escalation_policy
    assert policy is not None
    assert not policy.approved


def test_closures_and_sectors_take_one_value_as_a_list_of_one() -> None:
    text = PARTNERSHIP.replace("closures: []", "closures: 2026-12-24").replace("areas: [Northmere]", "areas: Northmere")
    found = parse_partnership(text).value
    assert found.holidays.closures == (date(2026, 12, 24),)
    assert found.areas == ("Northmere",)


def test_a_telephone_number_may_stand_without_quotes() -> None:
    text = PARTNERSHIP.replace('"01632 960001"', "01632960001")
    assert parse_partnership(text).value.front_door.phone == "01632960001"


def test_everything_is_told_at_once() -> None:
    text = (
        PARTNERSHIP.replace("final: true", "")
        .replace("sector: police", "sector: polise")
        .replace("respond: 2d", "respond: soon")
    )
    assert codes_of("partnership", text) == ["E212", "E210", "E216"]
