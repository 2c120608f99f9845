"""The shared survey with all thirteen types of question, and answers to it as people give them on any surface."""

from pathlib import Path

from bot.conversation.reading import Raw

TEXT = (Path(__file__).parent / "every_type.yaml").read_text(encoding="utf-8")
ID = "every-type"
SESSION = "signs-of-safety"
GIVEN: dict[str, Raw] = {
    "role": "other",
    "role_other": "I cook",
    "helps": ["time", "training"],
    "again": "prefer_not",
    "useful": "4",
    "recommend": "9",
    "together__sharing": "3",
    "together__meeting": "not_applicable",
    "order__1": "neglect",
    "order__2": "voice",
    "order__3": "online",
    "years": "7",
    "since": "27 3 2019",
    "one_word": "steady",
    "more": "More time",
    "promise__pick": "own_words",
    "promise__own": "I will ring first.",
    "seat__session": SESSION,
}
"""By the keys of the talk: what a person chooses or types."""
KEPT = {
    "role": "other",
    "role_other": "I cook",
    "helps": ("time", "training"),
    "again": "prefer_not",
    "useful": "4",
    "recommend": "9",
    "together": ("sharing:3", "meeting:not_applicable"),
    "order": ("neglect", "voice", "online"),
    "years": 7,
    "since": "2019-03-27",
    "one_word": "steady",
    "more": "More time",
    "promise": ("own_words", "P-2026-0001"),
    "seat": (SESSION, "B-2026-0001"),
}
"""What the reply then holds, one answer for each question of the file, whichever door it came through."""
