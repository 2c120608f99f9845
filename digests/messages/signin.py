"""Messages about getting in: the sign-in link and a fresh link for an expired one."""

from types import MappingProxyType

from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing

LABELS = MappingProxyType(
    {
        Purpose.SURVEY: "Answer the survey",
        Purpose.PLEDGE: "Make your pledge",
        Purpose.CHECK_IN: "Say how your pledge went",
        Purpose.BOOK: "Book your place",
        Purpose.BOOKING: "See your booking",
        Purpose.OFFER: "See your offer",
        Purpose.ALERT: "See the alert",
        Purpose.ESCALATION: "See the escalation",
        Purpose.DEADLINE: "See the deadline",
        Purpose.HANDOVER: "See the deadline",
        Purpose.APPROVAL: "See the request",
        Purpose.TALK: "Carry on",
    }
)


def signin_link(facts: Facts, writing: Writing) -> Note:
    """The one-time link; the button carries the sealed token, which only Herald opens."""
    return Note(
        subject=f"Sign in to {writing.partnership.short_name} Herald",
        paragraphs=(
            "You asked to sign in.",
            "Open this link in the browser you asked from. It works once, for 10 minutes.",
        ),
        buttons=(Button("Sign in", Purpose.SIGN_IN, str(facts["sealed"])),),
        after=("If you did not ask for this, you need not do anything. Nobody can sign in without this message.",),
    )


def fresh_link(facts: Facts, _writing: Writing) -> Note:
    """A new link in place of one whose time was over."""
    purpose = Purpose(str(facts["purpose"]))
    return Note(
        subject="Your new link",
        paragraphs=("The link you opened had run out. Here is a new one. What you had already answered is kept.",),
        buttons=(Button(LABELS.get(purpose, "Open"), purpose, str(facts["about"])),),
    )


KINDS: dict[str, WriteNote] = {
    "signin.link": signin_link,
    "link.fresh": fresh_link,
}
