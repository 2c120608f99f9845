"""Reads the privacy block and the limits of a survey file."""

from collections.abc import Mapping

from bot.files.known import NOTHING_KNOWN, Known
from bot.files.nodes import Position
from bot.files.problems import did_you_mean, one_of, quoted
from bot.files.reader import Reader
from bot.files.survey_model import Channel, Cut, Limits, Mode, Privacy, Quota, Retention, SurveyQuestion, Type
from bot.files.survey_parts import KEY, KEY_RULE

MODES: tuple[Mode, ...] = ("named", "confidential", "anonymous")
CHANNELS: tuple[Channel, ...] = ("slack", "dm", "email", "web")
NOT_IN_ANONYMOUS: tuple[Channel, ...] = ("dm", "email")
NOT_ANSWERED_BY: dict[Mode, tuple[Channel, ...]] = {
    "named": (),
    "confidential": ("email",),
    "anonymous": NOT_IN_ANONYMOUS,
}
FLOOR = 5  # settled.md, Small numbers: whatever the file says
ROSTER_CUTS = ("agency", "sector", "area", "level", "role_band", "champion")
OWN_GROUPS: dict[str, tuple[str, ...] | None] = {
    "role_band": ("executive", "manager", "practitioner"),
    "champion": ("active", "mailing-list", "no"),
}
MAX_CUTS = 4
MAX_CUT_VALUES = 15
SINGLE_VALUED = frozenset({Type.SINGLE, Type.YES_NO, Type.SCALE})
RETENTION_EXAMPLE = "Write retention_days: {replies: 365, invitations: 30, drafts: 14}."


def read_channels(top: Reader, mode: Mode) -> tuple[Channel, ...]:
    """The channels, or all that the mode allows. E306 for typed answers in anonymous mode."""
    allowed = tuple(channel for channel in CHANNELS if channel not in NOT_ANSWERED_BY[mode])
    said = top.chosen("channels", CHANNELS)
    chosen: tuple[Channel, ...] = tuple(channel for channel in CHANNELS if channel in said)
    if mode == "anonymous":
        for scalar in top.scalars("channels"):
            if scalar.text in NOT_IN_ANONYMOUS:
                message = (
                    f"what is typed in {scalar.text} stays in histories. Use slack and web. Invitations may be e-mails."
                )
                top.error("E306", scalar.at, "channels", message)
    for scalar in top.scalars("channels") if mode == "confidential" else ():
        if scalar.text in NOT_ANSWERED_BY[mode]:
            message = (
                "answers by e-mail are read in named surveys only. Take email out: the invitation may still be one."
            )
            top.warn("W207", scalar.at, "channels", message)
    return chosen or allowed


def read_mode(top: Reader) -> Mode:
    """The mode, before anything else that depends on it; `named` where it is missing or wrong."""
    reader = top.inside("privacy", "privacy", required=True)
    if reader is None:
        return "named"
    said = reader.word("mode", MODES, required=True)
    if said == "anonymous":
        message = "anonymous surveys cannot be held yet. Use mode: confidential, and say “confidential” to people."
        reader.error("E309", reader.at("mode"), "mode", message)
    return next((mode for mode in MODES if mode == said), "named")


class PrivacyReader:
    """Reads the privacy block once the questions are known, because cuts may refer to them."""

    def __init__(
        self, reader: Reader, mode: Mode, questions: dict[str, SurveyQuestion], places: dict[str, Position]
    ) -> None:
        """`places` holds every question of the file, also those with errors."""
        self._reader = reader
        self._mode: Mode = mode
        self._questions = questions
        self._places = places

    def read(self) -> Privacy:
        """The block. E205, E301, E304, E305, E310."""
        reader = self._reader
        reader.allow("mode")
        groups = self._groups()
        structured, names = self._identifiers()
        privacy = Privacy(
            mode=self._mode,
            retention_days=self._retention(),
            min_group=groups[0],
            min_group_comments=groups[1],
            external_min_group=groups[2],
            external_rounding=self._rounding(),
            cuts=self._cuts(),
            structured_identifiers=structured,
            names=names,
        )
        reader.close()
        return privacy

    def _groups(self) -> tuple[int, int, int]:
        reader = self._reader
        group = reader.integer("min_group", low=3, high=50, default=FLOOR) or FLOOR
        if group < FLOOR and self._mode == "anonymous":
            message = f"an anonymous survey shows nothing for fewer than {FLOOR}. Write {FLOOR} or more."
            reader.error("E301", reader.at("min_group"), "min_group", message)
        elif group < FLOOR:
            message = f"Herald shows nothing for fewer than {FLOOR}, whatever is written here. It uses {FLOOR}."
            reader.warn("W206", reader.at("min_group"), "min_group", message)
        group = max(group, FLOOR)
        others = []
        for key in ("min_group_comments", "external_min_group"):
            usual = max(10, group)
            size = reader.integer(key, low=3, high=200, default=usual) or usual
            if size < group:
                message = f"{key} is {size}, smaller than min_group with {group}. Write {group} or more."
                reader.error("E301", reader.at(key), key, message)
            others.append(size)
        return group, others[0], others[1]

    def _rounding(self) -> int:
        reader = self._reader
        rounding = reader.integer("external_rounding", low=1, high=10, default=5) or 5
        if rounding not in (1, 5, 10):
            message = f"{rounding} cannot be rounded to. Write 1, 5 or 10."
            reader.error("E204", reader.at("external_rounding"), "external_rounding", message)
        return rounding

    def _identifiers(self) -> tuple[str, str]:
        inner = self._reader.inside("pii", "pii")
        if inner is None:
            return "remove", "warn"
        structured = inner.word("structured", ("remove", "warn", "keep"), default="remove")
        names = inner.word("names", ("remove", "warn", "keep"), default="warn")
        if structured == "keep" and self._mode == "anonymous":
            message = (
                "numbers and addresses of people may not be kept in an anonymous survey. Write structured: remove."
            )
            inner.error("E310", inner.at("structured"), "structured", message)
        inner.close()
        return structured, names

    def _retention(self) -> Retention:
        reader = self._reader
        if not reader.has("retention_days"):
            message = f"the file does not say how long replies are kept. {RETENTION_EXAMPLE}"
            reader.error("E305", reader.mapping.at, "retention_days", message)
            return Retention(365)
        inner = reader.inside("retention_days", "retention_days")
        if inner is None:
            return Retention(365)
        replies = inner.integer("replies", low=1, high=1095)
        if replies is None and not inner.has("replies"):
            message = f"the file does not say how many days replies are kept. {RETENTION_EXAMPLE}"
            inner.error("E305", inner.mapping.at, "replies", message)
        found = Retention(
            replies=replies or 365,
            invitations=inner.integer("invitations", low=1, high=1095, default=30) or 30,
            drafts=inner.integer("drafts", low=1, high=1095, default=14) or 14,
        )
        inner.close()
        return found

    # Breakdowns

    def _cuts(self) -> tuple[Cut, ...]:
        reader = self._reader
        readers = reader.each("cuts", "cut")
        if len(readers) > MAX_CUTS:
            message = f"there are {len(readers)} cuts; at most {MAX_CUTS} can be made without giving people away."
            reader.error("E304", reader.at("cuts"), "cuts", message)
        found: list[Cut] = []
        for inner in readers:
            cut = self._cut(inner)
            if cut.id and cut.id in [other.id for other in found]:
                message = f"the cut {quoted(cut.id)} is there twice. Keep one of the two."
                inner.error("E202", inner.at("id"), "cuts", message)
            found.append(cut)
        return tuple(found)

    def _cut(self, reader: Reader) -> Cut:
        name = reader.identifier("id", KEY, KEY_RULE)
        source = reader.word("source", ("roster", "question"), required=True)
        asked = reader.text("question", longest=40)
        not_given = reader.boolean("not_given")
        reader.close()
        if source == "roster":
            if name and name not in ROSTER_CUTS:
                message = f"the register has no {quoted(name)}.{did_you_mean(name, ROSTER_CUTS)}"
                reader.error("E304", reader.at("id"), "cuts", message)
            if asked:
                message = "a cut from the register has no question. Take question out, or write source: question."
                reader.error("E214", reader.at("question"), "cuts", message)
            return Cut(name, "roster", not_given=not_given)
        if source == "question":
            self._check_cut_question(reader, asked, not_given=not_given)
        return Cut(name, "question", asked, not_given)

    def _check_cut_question(self, reader: Reader, asked: str, *, not_given: bool) -> None:
        at = reader.at("question")
        if not asked:
            message = "the cut does not say which question it uses. Add question: and the id of a question."
            reader.error("E304", reader.mapping.at, "cuts", message)
        elif asked not in self._places:
            message = f"{quoted(asked)} is not a question of this survey.{did_you_mean(asked, self._places)}"
            reader.error("E304", at, "cuts", message)
        elif asked in self._questions:
            for message in _against_cut(self._questions[asked], not_given=not_given):
                reader.error("E304", at, "cuts", message)


def _against_cut(question: SurveyQuestion, *, not_given: bool) -> list[str]:
    found = []
    if question.kind not in SINGLE_VALUED:
        kinds = one_of(sorted(kind.value for kind in SINGLE_VALUED))
        found.append(f"{question.id} does not give each person one group. Use a question of type {kinds}.")
    elif len(question.values()) > MAX_CUT_VALUES:
        found.append(f"{question.id} has {len(question.values())} answers; a cut takes at most {MAX_CUT_VALUES}.")
    if (not question.required or question.show_if is not None) and not not_given:
        found.append(f"{question.id} may stay unanswered. Add not_given: true to the cut, or required: true there.")
    return found


def read_limits(
    top: Reader, cuts: tuple[Cut, ...], questions: Mapping[str, SurveyQuestion], known: Known = NOTHING_KNOWN
) -> Limits:
    """When the survey is full. E212 for a quota on a cut that is not declared, or on a group that it does not have."""
    reader = top.inside("limits", "limits")
    if reader is None:
        return Limits()
    quotas = []
    for inner in reader.each("quotas", "quota"):
        cut = inner.known("cut", [cut.id for cut in cuts], required=True)
        value = inner.known("value", _groups(next((each for each in cuts if each.id == cut), None), questions, known))
        if not inner.has("value"):
            inner.node("value", required=True)
        quotas.append(Quota(cut, value, inner.integer("max", low=1, high=100_000, required=True) or 1))
        inner.close()
    limits = Limits(reader.integer("max_responses", low=1, high=1_000_000), tuple(quotas))
    reader.close()
    return limits


def _groups(cut: Cut | None, questions: Mapping[str, SurveyQuestion], known: Known) -> tuple[str, ...] | None:
    """The groups of a cut; None where any are possible."""
    if cut is None:
        return None
    if cut.source == "question":
        asked = questions.get(cut.question)
        return None if asked is None else asked.values() or None
    return {"agency": known.agencies, "sector": known.sectors, "area": known.areas, **OWN_GROUPS}.get(cut.id)
