"""What a visitor of the demo can try: one line for each job that Herald does, as whom, and where."""

from dataclasses import dataclass

from bot.demo.story.cast import ADA


@dataclass(frozen=True, slots=True)
class Try:
    """One thing to try as one person. `where` is `web` or `slack`; `path` is the page on the web."""

    title: str
    words: str
    email: str
    where: str = "web"
    path: str = "/me"


FFION, CALLUM, DEV = "ffion.griffiths@example.org", "callum.reid@example.org", "dev.malhotra@example.org"
BERNADETTE, PRIYA, TOM = "bernadette.osei@example.org", "priya.nair@example.org", "tom.ashworth@example.org"

TRIES: tuple[Try, ...] = (
    Try(
        "Answer a survey",
        "On Herald's Home tab in Slack press “Answer”. It takes two minutes, and Herald keeps each step.",
        FFION,
        where="slack",
    ),
    Try(
        "Answer a survey by e-mail",
        "Open “Planning the spring forum” and answer there: 1. Lunchtime on one line, 2. No on the next.",
        CALLUM,
        path="/demo/inbox?q=callum.reid",
    ),
    Try("Make a pledge", "What will you do next? It takes less than a minute.", CALLUM, path="/pledge"),
    Try("Take the seat you are offered", "You waited; somebody cancelled. The seat is yours for a while.", CALLUM),
    Try("Book a briefing", "One has a single seat left, one has a waiting list.", DEV, path="/briefings"),
    Try(
        "Answer an escalation",
        "An alert waits; half an hour after the first start its time runs out. Say that you have it, then answer.",
        BERNADETTE,
    ),
    Try(
        "Raise an escalation",
        "Danger first, then the other agency, which is told at once by Slack and e-mail.",
        DEV,
        path="/escalate",
    ),
    Try(
        "Release a bulletin",
        "Ada has written one. Look at it as any reader, then release it.",
        PRIYA,
        path="/ops/bulletins",
    ),
    Try("Read results", "What people said, with nothing shown for fewer than five.", TOM, path="/ops/surveys"),
    Try("Follow the deadlines", "One is overdue, a rapid review is half-way.", ADA, path="/ops/deadlines"),
    Try("Take a register", "Bookings, the waiting list in order, who came.", ADA, path="/ops/briefings"),
    Try("See the whole day", "What needs a person today, over all subjects.", ADA, path="/ops"),
)
