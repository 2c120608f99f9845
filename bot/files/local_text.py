"""Words in one or several languages, and how a file gives them: a text, or a block of language and text."""

import re
from dataclasses import dataclass

from bot.files.nodes import Mapping, Node, Position, Scalar, described
from bot.files.problems import did_you_mean, one_of, quoted
from bot.files.reader import Reader

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")


@dataclass(frozen=True, slots=True)
class LocalText:
    """Words by language; the first language is the default. Empty when nothing was given."""

    texts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any words."""
        return any(text for _, text in self.texts)

    def __str__(self) -> str:
        """The words in the default language."""
        return self.texts[0][1] if self.texts else ""

    def said_in(self, language: str) -> str:
        """The words in this language, or in the default language where they are not translated."""
        return dict(self.texts).get(language) or str(self)


NO_WORDS = LocalText()


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a text may be, which code says so, and whether every language must have it."""

    shortest: int = 1
    longest: int = 300
    too_long: str = "E203"
    required: bool = False
    translated: bool = True


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of a file, the default first."""

    codes: tuple[str, ...] = ("en",)

    def read(self, reader: Reader, key: str, rule: Rule) -> LocalText:
        """The words under a key. E104, E110, E203 (or the rule's code), E250, E251."""
        node = reader.node(key, required=rule.required)
        return LocalText() if node is None else self.of_node(reader, key, node, rule)

    def of_node(self, reader: Reader, key: str, node: Node, rule: Rule) -> LocalText:
        """The words of a node, the default language first."""
        match node:
            case Scalar():
                text = self._one(reader, key, node, rule)
                self._all_translated(reader, key, node.at, {self.codes[0]}, rule)
                return LocalText(((self.codes[0], text),)) if text else LocalText()
            case Mapping():
                return self._several(reader, key, node, rule)
            case _:
                reader.error("E104", node.at, key, f"{described(node)}, but {key} takes words.")
                return LocalText()

    def _several(self, reader: Reader, key: str, node: Mapping, rule: Rule) -> LocalText:
        found: dict[str, str] = {}
        for entry in node.entries:
            code = entry.key.text
            if code not in self.codes:
                hint = did_you_mean(code, self.codes) if len(code) < 7 else " Put a text that has a comma into quotes."
                message = f"{quoted(code)} is not one of this survey's languages.{hint}"
                reader.error("E251", entry.key.at, key, message)
                continue
            scalar = reader.as_scalar(key, entry.value)
            found[code] = "" if scalar is None else self._one(reader, key, scalar, rule)
        self._all_translated(reader, key, node.at, set(found), rule)
        ordered = ((code, found[code]) for code in self.codes if found.get(code))
        return LocalText(tuple(ordered))

    def _one(self, reader: Reader, key: str, scalar: Scalar, rule: Rule) -> str:
        if scalar.sort in ("truth", "number"):
            reader.error("E104", scalar.at, key, f'{described(scalar)}; put quotes round it: "{scalar.text}".')
            return ""
        text = scalar.text.strip() if not scalar.empty else ""
        if not text and not rule.required:
            return ""
        if len(text) < rule.shortest:
            message = f"the text has {len(text)} characters; it needs at least {rule.shortest}."
            reader.error("E203", scalar.at, key, message)
            return ""
        if len(text) > rule.longest:
            message = f"the text has {len(text)} characters; at most {rule.longest} can be shown. Shorten it."
            reader.error(rule.too_long, scalar.at, key, message)
            return ""
        return text

    def _all_translated(self, reader: Reader, key: str, at: Position, found: set[str], rule: Rule) -> None:
        if self.codes[0] not in found:
            message = f"the text is missing in {self.codes[0]}, the first language of this survey. Add it."
            reader.error("E250", at, key, message)
        missing = [code for code in self.codes[1:] if code not in found]
        if missing and rule.translated:
            block = ", ".join(f'{code}: "…"' for code in self.codes)
            message = f"the text is missing in {one_of(missing).replace(' or ', ' and ')}. Write {{{block}}}."
            reader.error("E250", at, key, message)


def read_languages(top: Reader) -> Languages:
    """The list under `languages`, or English. E251 for something that is not a language code."""
    codes = []
    for scalar in top.scalars("languages"):
        if scalar.sort == "truth" or not LANGUAGE.fullmatch(scalar.text):
            message = f"{quoted(scalar.text)} is not a language code. Write two small letters, such as en, cy or pl."
            top.error("E251", scalar.at, "languages", message)
        else:
            codes.append(scalar.text)
    return Languages(tuple(dict.fromkeys(codes)) or ("en",))
