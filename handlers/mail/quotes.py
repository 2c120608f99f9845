"""What the person wrote: a reply without the message that it quotes, without signature and disclaimer. Pure.

Three cuts, the surest first: our own line "Write your answer above this line", lines that begin with `>`, and then the
library `mail-parser-reply`, which knows how mail programs of many languages introduce a quote. Its patterns are slow on
lines that no mail program makes, so such lines are kept out of its sight and put back afterwards.
"""

import re
from typing import Final

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from bot.rendering.note import ANSWER_ABOVE

LONGEST_SEEN: Final = 200
MOST_LINES: Final = 200
LONGEST_SIGNATURE: Final = 15
LONGEST_SIGN_OFF: Final = 5
"""Words of a line that ends a letter: "Kind regards, Dr Ada Byron". A longer line that begins so is said in earnest."""
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_BLANKS: Final = re.compile(r"\n[ \t]*\n\s*\n")
_MARKER: Final = re.compile(r"\s+".join(re.escape(word) for word in ANSWER_ABOVE.split()), re.IGNORECASE)
_QUOTED: Final = re.compile(r"\s*>")
_NOTHING_BUT_MARKS: Final = re.compile(r"[\s>|*_#–—-]*")
_INTRODUCES: Final = re.compile(
    r"\s*(?:On\b.{3,250}\bwrote:|.{3,250}\b(?:wrote|writes|schrieb|a écrit) ?:)\s*", re.IGNORECASE
)
_HEADER: Final = re.compile(r"\s*\*?(?:From|Sent|Von|Gesendet|De|Envoyé)\s?:\*?\s.+", re.IGNORECASE)
_RULE: Final = re.compile(r"\s*(?:[_=*]{10,}|-{10,})\s*")
_PHONE: Final = re.compile(
    r"\s*(?:Sent from (?:my|Outlook|Yahoo|Mail|Gmail|Proton|Samsung)\b|Get Outlook for\b|Sent via\b).{0,120}",
    re.IGNORECASE,
)
_DISCLAIMER: Final = re.compile(
    r"\s*(?:This (?:message|e-?mail)(?: and any (?:attachments?|files?))?.{0,60}"
    r"\b(?:confidential|intended (?:only|solely))"
    r"|The information (?:contained )?in this (?:message|e-?mail)|Privileged/confidential|NHSmail is the secure"
    r"|If you are not the intended recipient|Please consider the environment"
    r"|(?:Disclaimer|Confidentiality(?: notice)?|Confidential|Important notice)\s*:)",
    re.IGNORECASE,
)
_BANNER: Final = re.compile(r"\W*(?:CAUTION|EXTERNAL|WARNING)\b.*\b(?:external|outside|originat|sender)", re.IGNORECASE)
_SIGN_OFF: Final = re.compile(
    r"\s*(?:(?:many|kind|best|warm|with)\s+)?(?:thanks|thank you|regards|wishes|best|cheers|kr|bw|yours sincerely)"
    r"(?: (?:again|and regards|in advance))?\s*[,.!]?\s*",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(r"\s*\(?\d{1,2}\s*[.):]")
_SIGNATURE: Final = re.compile(r"\s*--\s*")
_HIDDEN: Final = "\ue000{}\ue001"
_HIDDEN_ONE: Final = re.compile("\ue000(\\d+)\ue001")
_LANGUAGES: Final = [language for language in MAIL_LANGUAGES if language != "david"]


def own_words(text: str) -> str:
    """What was written in this mail. Empty when everything in it is quoted."""
    text = _INVISIBLE.sub("", text).replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n")
    lines = _BLANKS.sub("\n\n", text).split("\n")
    above, below = _around_the_marker([line.rstrip() for line in lines])
    return _said(above) or _said_below(below)


def _around_the_marker(lines: list[str]) -> tuple[list[str], list[str]]:
    """What stands above our own line, and below it; the line may have been wrapped by a mail program."""
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        here = _MARKER.search(line)
        if here or _MARKER.search(f"{line} {following.lstrip('> ')}"):
            before = line[: here.start()] if here else ""
            left = [] if _NOTHING_BUT_MARKS.fullmatch(before) or here is None else [before]
            return [*lines[:place], *left], lines[place + 1 :]
    return lines, []


def _said(lines: list[str]) -> str:
    """The words of lines that begin with what somebody wrote."""
    kept = _until_the_end(_without_banner(_without_quotes(lines)))
    hidden: list[str] = []
    shown = []
    for line in kept[:MOST_LINES]:
        shown.append(_HIDDEN.format(len(hidden)) if len(line) > LONGEST_SEEN else line)
        if len(line) > LONGEST_SEEN:
            hidden.append(line)
    seen = re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip()
    said = _by_library(seen)
    rest = kept[MOST_LINES:] if said == seen else []
    return "\n".join((_HIDDEN_ONE.sub(lambda found: _given_back(hidden, found), said), *rest)).strip()


def _without_banner(lines: list[str]) -> list[str]:
    """Without the "CAUTION: external sender" that a mail gateway puts on top, up to the next blank line."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if not lines or not _BANNER.match(lines[first]):
        return lines
    end = next((place for place in range(first, len(lines)) if not lines[place].strip()), len(lines))
    return lines[end:]


def _given_back(hidden: list[str], found: re.Match[str]) -> str:
    place = int(found[1]) if len(found[1]) < 6 else len(hidden)
    return hidden[place] if place < len(hidden) else ""


def _said_below(lines: list[str]) -> str:
    """For people who write below or between what they quote: only where quoted lines are marked can they be told."""
    if not any(_QUOTED.match(line) for line in lines):
        return ""
    return _said(lines)


def _without_quotes(lines: list[str]) -> list[str]:
    """Lines without those that begin with `>`, and without the one that introduces them."""
    kept: list[str] = []
    for line in lines:
        if _QUOTED.match(line):
            _take_back_introduction(kept)
        else:
            kept.append(line)
    return kept


def _take_back_introduction(kept: list[str]) -> None:
    while kept and not kept[-1].strip():
        kept.pop()
    for size in (1, 2, 3):
        if len(kept) >= size and _INTRODUCES.fullmatch(" ".join(kept[-size:])):
            del kept[-size:]
            return


def _until_the_end(lines: list[str]) -> list[str]:
    """Up to the first line that ends every letter: a quoted header, a signature, a disclaimer."""
    begun = False
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if _DISCLAIMER.match(line) or _RULE.fullmatch(line):
            return lines[:place]
        if _HEADER.fullmatch(line) and _HEADER.fullmatch(following):
            return lines[:place]
        if begun and (_PHONE.fullmatch(line) or _SIGNATURE.fullmatch(line) or _ends_a_letter(lines, place)):
            return lines[:place]
        begun = begun or bool(line.strip())
    return lines


def _ends_a_letter(lines: list[str], place: int) -> bool:
    """Whether this line is "Kind regards" with nothing but a name and an address below it."""
    if not _SIGN_OFF.fullmatch(lines[place]):
        return False
    below = [line for line in lines[place + 1 :] if line.strip()]
    return len(below) <= LONGEST_SIGNATURE and not any(_ANSWER.match(line) for line in below)


def _by_library(text: str) -> str:
    if not text:
        return ""
    first = EmailReplyParser(languages=list(_LANGUAGES)).read(text).replies[0]
    said = "" if first.headers and first.content.startswith(first.headers) else first.content
    signature = first.signatures
    if signature and not _INTRODUCES.match(signature) and _is_sign_off(signature):
        said = said[: said.find(signature)] if signature in said else said
    return _take_back_trailing_introduction(said.strip())


def _take_back_trailing_introduction(said: str) -> str:
    """A reply whose quote was cut at our own line still ends with "On Tuesday, Northmere wrote:"."""
    lines = said.split("\n")
    _take_back_introduction(lines)
    return "\n".join(lines).strip()


def _is_sign_off(signature: str) -> bool:
    """Whether the library found the end of a letter and not a list, or a sentence that begins with "Thanks,"."""
    first = signature.split("\n", 1)[0]
    return not first.lstrip().startswith("-") and len(first.split()) <= LONGEST_SIGN_OFF
