"""The words of every message, subject by subject, and the explicit table of all kinds."""

from digests.messages import bookings, bulletins, deadlines, escalations, mail, people, pledges, signin, surveys, talk
from digests.messages.kinds import WriteNote

KINDS: dict[str, WriteNote] = {
    **talk.KINDS,
    **bookings.KINDS,
    **bulletins.KINDS,
    **deadlines.KINDS,
    **mail.KINDS,
    **signin.KINDS,
    **people.KINDS,
    **escalations.KINDS,
    **pledges.KINDS,
    **surveys.KINDS,
}
"""The keys stand on outbox rows and are never renamed."""
