"""The escalation policy of a partnership file: its stages as plain values, from which the rules build their policy."""

from dataclasses import dataclass
from datetime import date

from bot.files import values
from bot.files.problems import quoted
from bot.files.reader import Reader, no_duplicates
from bot.rules.escalation_policy import OnTimeout, Who


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage. `acknowledge`, `respond` and `warn` count working time, `urgent` counts elapsed time: `4h`, `2d`.

    Empty where the file does not say: `warn`, `then` and `invite` are the partnership's to add.
    """

    id: str
    label: str
    who: str
    acknowledge: str
    respond: str
    urgent: str
    final: bool = False
    warn: str = ""
    then: str = ""
    invite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A version of the policy. Live mode takes only an approved one."""

    version: str
    stages: tuple[StageSpec, ...]
    approved_by: str = ""
    approved_on: date | None = None

    @property
    def approved(self) -> bool:
        """Whether it says who approved it and when."""
        return bool(self.approved_by) and self.approved_on is not None


def read_policy(top: Reader) -> PolicySpec | None:
    """The policy under `escalation_policy`, or None where the file has none."""
    reader = top.inside("escalation_policy", "escalation_policy")
    if reader is None:
        return None
    policy = PolicySpec(
        version=reader.text("version", required=True, longest=40),
        stages=_stages(reader),
        approved_by=reader.text("approved_by", longest=120),
        approved_on=reader.day("approved_on"),
    )
    if reader.has("approved_by") != reader.has("approved_on"):
        given, missing = ("approved_by", "approved_on") if reader.has("approved_by") else ("approved_on", "approved_by")
        message = f"{given} needs {missing} beside it: who approved the policy, and on which day."
        reader.error("E214", reader.at(given), given, message)
    reader.close()
    return policy


def _stages(policy: Reader) -> tuple[StageSpec, ...]:
    readers = policy.each("stages", "stage", required=True)
    stages = tuple(_stage(reader) for reader in readers)
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([stage.id for stage in stages], places, strict=True), "stage id", policy.findings)
    _check_final(policy, readers, stages)
    return stages


def _stage(reader: Reader) -> StageSpec:
    stage = StageSpec(
        id=reader.identifier("id", values.SLUG, "small letters, digits and hyphens, such as managers"),
        label=reader.text("label", required=True, longest=75),
        who=reader.word("who", [who.value for who in Who], required=True),
        acknowledge=_duration(reader, "acknowledge", "4h"),
        respond=_duration(reader, "respond", "2d"),
        urgent=_duration(reader, "urgent", "4h"),
        final=reader.boolean("final"),
        warn=_duration(reader, "warn", "2h") if reader.has("warn") else "",
        then=reader.word("then", [then.value for then in OnTimeout]),
        invite=_invited(reader),
    )
    reader.close()
    return stage


def _invited(reader: Reader) -> tuple[str, ...]:
    """E-mails of people who belong to a stage whatever their role. E206."""
    found = []
    for scalar in reader.scalars("invite"):
        address = values.email(scalar.text)
        if address is None:
            message = f"{quoted(scalar.text)} is not an e-mail address. Write it like ada@example.org."
            reader.error("E206", scalar.at, "invite", message)
        else:
            found.append(address)
    return tuple(dict.fromkeys(found))


def _duration(reader: Reader, key: str, example: str) -> str:
    if not reader.has(key):
        message = f"{reader.where} does not say {key}. Give a time limit, such as {key}: {example}."
        reader.error("E215", reader.mapping.at, key, message)
        return ""
    scalar = reader.scalar(key, wanted="a length of time")
    if scalar is None:
        return ""
    if not values.DURATION.fullmatch(scalar.text) or int(scalar.text[:-1]) == 0:
        message = f"{quoted(scalar.text)} is not a time limit. Write hours or days like {example}."
        reader.error("E210", scalar.at, key, message)
        return ""
    return scalar.text


def _check_final(policy: Reader, readers: tuple[Reader, ...], stages: tuple[StageSpec, ...]) -> None:
    if not stages:
        return
    misplaced = [reader for reader, stage in zip(readers[:-1], stages[:-1], strict=True) if stage.final]
    for reader in misplaced:
        message = f"{reader.where} is marked final, but stages come after it. Only the last stage has final: true."
        policy.error("E216", reader.at("final"), "final", message)
    if not stages[-1].final and not misplaced:
        message = "no stage is the final one. Add final: true to the last stage."
        policy.error("E216", readers[-1].mapping.at, "final", message)
