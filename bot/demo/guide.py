"""What a visitor of the demo can try: one line for each job that Herald does, as whom, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Try:
    """One thing to try as one person. `where` is `web` or `slack`; `path` is the page on the web."""

    title: str
    words: str
    email: str
    where: str = "web"
    path: str = "/me"


TRIES: tuple[Try, ...] = (
    Try(
        "Make a pledge",
        "Write /herald pledge to Herald, or press the button on its Home tab. It takes less than a minute.",
        "ffion.griffiths@example.org",
        where="slack",
    ),
    Try(
        "Answer an escalation",
        "An alert waits and its time runs out within half an hour. Acknowledge it, then read and answer.",
        "bernadette.osei@example.org",
    ),
    Try(
        "Raise an escalation",
        "Danger first, then the other agency. They are told at once, by Slack and e-mail.",
        "dev.malhotra@example.org",
        path="/escalate",
    ),
    Try(
        "Follow the deadlines",
        "One is overdue and a rapid review is half-way. Mark a step done, or see who was reminded.",
        "ada@example.org",
        path="/ops/deadlines",
    ),
    Try("See the whole day", "What needs a person today, over all subjects.", "ada@example.org", path="/ops"),
)
