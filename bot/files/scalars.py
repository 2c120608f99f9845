"""Reads single values of one mapping: words, ids, addresses, numbers, times. Notes every problem and goes on."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.files import values
from bot.files.nodes import OLD_BOOLEANS, WHOLE, YES_AND_NO, Mapping, Node, Position, Scalar, described
from bot.files.problems import Findings, did_you_mean, one_of, quoted

LONDON = ZoneInfo("Europe/London")


class ScalarReader:
    """The single values of a mapping. Where something is wrong it gives a harmless value, so that reading can go on."""

    def __init__(self, mapping: Mapping, where: str, findings: Findings) -> None:
        """`where` names this part of the file in messages, for example `question role`."""
        self.mapping = mapping
        self.where = where
        self.findings = findings
        self._known: list[str] = []

    # Looking at keys

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """The value of a key, or None where it is missing or empty; a missing required one is E110."""
        if key not in self._known:
            self._known.append(key)
        entry = self.mapping.get(key)
        if entry is None or (isinstance(entry.value, Scalar) and entry.value.empty):
            if required:
                at = self.mapping.at if entry is None else entry.key.at
                self.error("E110", at, key, f"{key} is missing in {self.where}. Add a line “{key}: …”.")
            return None
        return entry.value

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self.node(key) is not None

    def at(self, key: str) -> Position:
        """Where the value of a key stands; where the mapping begins if the key is missing."""
        entry = self.mapping.get(key)
        return self.mapping.at if entry is None else entry.value.at

    def allow(self, *keys: str) -> None:
        """Knows these keys without reading them now."""
        self._known.extend(keys)

    def close(self) -> None:
        """Reports unknown keys (E101), each with the known key most like it."""
        unused = [key for key in self._known if self.mapping.get(key) is None]
        for entry in self.mapping.entries:
            if entry.key.text not in self._known:
                hint = did_you_mean(entry.key.text, unused or self._known)
                message = f"{quoted(entry.key.text)} is not a key of {self.where}.{hint}"
                self.error("E101", entry.key.at, entry.key.text or "key", message)

    def error(self, code: str, at: Position, where: str, message: str) -> None:
        """Notes an error in this part of the file."""
        self.findings.error(code, at, where, message)

    def warn(self, code: str, at: Position, where: str, message: str) -> None:
        """Notes advice about this part of the file."""
        self.findings.warn(code, at, where, message)

    # Words

    def scalar(self, key: str, *, required: bool = False, wanted: str = "words") -> Scalar | None:
        """The single value of a key; a list or map there is E104."""
        return self.as_scalar(key, self.node(key, required=required), wanted)

    def as_scalar(self, key: str, node: Node | None, wanted: str = "words") -> Scalar | None:
        """The node if it is a single value; else E104 and None."""
        if node is None or isinstance(node, Scalar):
            return node
        self.error("E104", node.at, key, f"{described(node)}, but {key} takes {wanted}.")
        return None

    def text(self, key: str, *, required: bool = False, shortest: int = 1, longest: int = 300) -> str:
        """Words of a bounded length; an empty text where the key is missing or wrong."""
        scalar = self.scalar(key, required=required)
        return "" if scalar is None else self.words(key, scalar, shortest=shortest, longest=longest)

    def words(self, key: str, scalar: Scalar, *, shortest: int = 1, longest: int = 300) -> str:
        """The words of a scalar, trimmed. E104 for numbers and truth values without quotes, E203 for a wrong length."""
        if scalar.sort in ("truth", "number"):
            self.error("E104", scalar.at, key, f'{described(scalar)}; put quotes round it: "{scalar.text}".')
            return ""
        text = scalar.text.strip()
        if not shortest <= len(text) <= longest:
            message = f"the text has {len(text)} characters; it may have {shortest} to {longest}."
            self.error("E203", scalar.at, key, message)
            return ""
        return text

    def identifier(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        """A required id that matches the pattern; `rule` says the pattern in words. E104, E110, E201."""
        scalar = self.scalar(key, required=True, wanted="an id")
        return "" if scalar is None else self.as_identifier(key, scalar, pattern, rule)

    def as_identifier(
        self, key: str, scalar: Scalar, pattern: re.Pattern[str], rule: str, *, code: str = "E201", where: str = ""
    ) -> str:
        """The id in a scalar, or an empty text and a problem with a suggestion."""
        if scalar.sort == "truth" or (scalar.plain and scalar.text.casefold() in OLD_BOOLEANS):
            self.error("E104", scalar.at, where or key, f'{described(scalar)}; put quotes round it: "{scalar.text}".')
            return ""
        if pattern.fullmatch(scalar.text):
            return scalar.text
        proposals = dict.fromkeys(values.slug_of(scalar.text, joint) for joint in ("", "_", "-"))
        fitting = [proposal for proposal in proposals if pattern.fullmatch(proposal)]
        use = f" Use {one_of(fitting[:2])}." if fitting else f" Use {rule}."
        problem = "has a space" if " " in scalar.text.strip() else f"is not {rule}"
        self.error(code, scalar.at, where or key, f"{key} {quoted(scalar.text)} {problem}.{use}")
        return ""

    def word(self, key: str, allowed: Iterable[str], *, default: str = "", required: bool = False) -> str:
        """One of the allowed words, whatever its capitals; the default where it is missing or wrong. E205."""
        scalar = self.scalar(key, required=required, wanted="a word")
        if scalar is None:
            return default
        return self.as_word(key, scalar, allowed, code="E205") or default

    def as_word(self, key: str, scalar: Scalar, allowed: Iterable[str], *, code: str) -> str | None:
        """The allowed word that a scalar says, in its own spelling, or None and a problem with a suggestion."""
        names = list(allowed)
        said = " ".join(scalar.text.split()).casefold()
        for name in names:
            if name.casefold() == said:
                return name
        not_this = "is not known here" if code == "E212" else "cannot be used here"
        self.error(code, scalar.at, key, f"{quoted(scalar.text)} {not_this}.{did_you_mean(scalar.text, names)}")
        return None

    def known(self, key: str, allowed: Iterable[str] | None, *, required: bool = False) -> str:
        """A name that something else in the register must have (E212); any words while the register is not known."""
        if allowed is None:
            return self.text(key, required=required, longest=100)
        scalar = self.scalar(key, required=required, wanted="a name")
        return "" if scalar is None else self.as_word(key, scalar, allowed, code="E212") or ""

    def email(self, key: str, *, required: bool = False) -> str:
        """An e-mail address in lower case, or an empty text. E206."""
        scalar = self.scalar(key, required=required, wanted="an e-mail address")
        if scalar is None:
            return ""
        address = values.email(scalar.text)
        if address is None:
            message = f"{quoted(scalar.text)} is not an e-mail address. Write it like ada@example.org."
            self.error("E206", scalar.at, key, message)
        return address or ""

    def web_address(self, key: str) -> str:
        """The address of a web page, or an empty text. E219."""
        scalar = self.scalar(key, wanted="the address of a web page")
        if scalar is None:
            return ""
        address = values.web_address(scalar.text)
        if address is None:
            message = (
                f"{quoted(scalar.text)} is not the address of a web page. Write it like https://www.example.org/page."
            )
            self.error("E219", scalar.at, key, message)
        return address or ""

    def phone(self, key: str, *, required: bool = False) -> str:
        """A telephone number as written, or an empty text. E207."""
        scalar = self.scalar(key, required=required, wanted="a telephone number")
        if scalar is None:
            return ""
        number = values.phone(scalar.text)
        if number is None:
            message = f'{quoted(scalar.text)} is not a telephone number. Write it like "01632 960001".'
            self.error("E207", scalar.at, key, message)
        return number or ""

    # Numbers and truth

    def integer(
        self, key: str, *, low: int, high: int, default: int | None = None, required: bool = False
    ) -> int | None:
        """A whole number between the bounds, or the default. E104, E204."""
        scalar = self.scalar(key, required=required, wanted="a whole number")
        if scalar is None:
            return default
        number = self.as_integer(key, scalar, low=low, high=high)
        return default if number is None else number

    def as_integer(self, key: str, scalar: Scalar, *, low: int, high: int) -> int | None:
        """The whole number in a scalar, or None and a problem."""
        if not scalar.plain or not WHOLE.fullmatch(scalar.text):
            found = "this is in quotes" if not scalar.plain and WHOLE.fullmatch(scalar.text) else described(scalar)
            self.error("E104", scalar.at, key, f"{found}; {key} takes a whole number without quotes, such as {low}.")
            return None
        if len(scalar.text) > 15 or not low <= int(scalar.text) <= high:
            self.error("E204", scalar.at, key, f"{scalar.text[:20]} is outside {low} to {high}.")
            return None
        return int(scalar.text)

    def format_version(self, key: str) -> None:
        """The first key of every file: `herald_survey: 1`. E112 for another version than 1."""
        scalar = self.scalar(key, required=True, wanted="the number 1")
        if scalar is not None and scalar.text != "1":
            message = f"this Herald reads version 1 of the format, not {quoted(scalar.text)}. Write {key}: 1."
            self.error("E112", scalar.at, key, message)

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """true or false (yes and no are understood too). E104."""
        scalar = self.scalar(key, wanted="true or false")
        if scalar is None:
            return default
        if scalar.plain and scalar.text.casefold() in YES_AND_NO:
            return YES_AND_NO[scalar.text.casefold()]
        self.error("E104", scalar.at, key, f"{quoted(scalar.text)} is not true or false. Write {key}: true or false.")
        return default

    # Times

    def day(self, key: str, *, required: bool = False) -> date | None:
        """A calendar date. E208."""
        scalar = self.scalar(key, required=required, wanted="a date")
        return None if scalar is None else self.as_day(key, scalar)

    def as_day(self, key: str, scalar: Scalar) -> date | None:
        """The date in a scalar, or None and a problem."""
        found = values.day(scalar.text.strip())
        if found is None:
            message = f"{quoted(scalar.text)} is not a date. Write year, month and day like 2026-12-31."
            self.error("E208", scalar.at, key, message)
        return found

    def moment(self, key: str, zone: ZoneInfo, *, required: bool = False) -> datetime | None:
        """The UTC instant of a local date and time. E208."""
        scalar = self.scalar(key, required=required, wanted="a date and time")
        if scalar is None:
            return None
        found = values.moment(scalar.text.strip(), zone)
        if found is None:
            message = f"{quoted(scalar.text)} is not a local date and time. Write it like 2026-12-01T09:00."
            self.error("E208", scalar.at, key, message)
        return found

    def clock_time(self, key: str, *, default: time) -> time:
        """A local time of day. E208."""
        scalar = self.scalar(key, wanted="a time of day")
        if scalar is None:
            return default
        found = values.clock_time(scalar.text.strip())
        if found is None:
            message = f'{quoted(scalar.text)} is not a time of day. Write it like "09:00".'
            self.error("E208", scalar.at, key, message)
        return found or default

    def timezone(self, key: str) -> ZoneInfo:
        """A time zone, Europe/London where it is missing or unknown. E211."""
        scalar = self.scalar(key, wanted="a time zone")
        if scalar is None:
            return LONDON
        zone = values.timezone(scalar.text)
        if zone is None:
            message = f"{quoted(scalar.text)} is not a time zone. In the United Kingdom use Europe/London."
            self.error("E211", scalar.at, key, message)
        return zone or LONDON
