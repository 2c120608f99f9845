"""Sentences that every surface shares, so that they are the same everywhere and are reviewed in one place."""

NEVER_NAME_A_CHILD = "Do not name a child or a family. Write about practice, not about people."
NOT_MONITORED = "Nobody watches what you write here as it arrives. If a child is in danger now, ring 999."
SOMETHING_WENT_WRONG = "Something went wrong on our side. What you wrote is kept; please try again in a minute."
BUSY = "Herald is busy just now. Nothing is lost; please try again in a minute."
CHANGED_MEANWHILE = (
    "This conversation has moved on since you opened this page, so what you see here is not saved yet. "
    "Look through it and send it again."
)
EXPIRED = "This conversation has ended because it was left open for too long. You can start it again."
NOT_FOUND = "We cannot find this conversation. It may have ended, or the link may belong to somebody else."
STOPPED = "Stopped. Nothing was sent."
ONLY_MODAL_OR_WEB = "For privacy this is only done in a form in Slack or on the web page, not by message or e-mail."
FOUND_IDENTIFIERS = (
    "Something here may identify a person. It is not saved. Change the words yourself, or let Herald take it out."
)
REMOVE_FOR_ME = "Take these out for me"
PRACTICE = "Practice: Herald is being tried out. Only the operations team receives messages."
ON_THE_WEB = "This is not done here. Please use the link in the message about it, or your own page on the web."
EMERGENCY = "999"
ANSWERS_KEPT = "Your answers so far are kept."


def danger_lines(*, front_door: str, phone: str, out_of_hours: str) -> tuple[str, ...]:
    """What to do when a child is in danger now: said first, everywhere (domain.md, Escalation)."""
    lines = [f"Ring {EMERGENCY} now if a child is in immediate danger."]
    lines.append(f"If a child is at risk of significant harm, ring {front_door} on {phone}.")
    if out_of_hours:
        lines.append(f"Outside office hours ring {out_of_hours}.")
    return tuple(lines)
