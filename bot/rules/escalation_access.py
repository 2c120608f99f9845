"""Who may do what with an escalation: one pure table that every door asks, from how somebody stands to it.

Reading the words is for the raiser's side, the people it was assigned to and the escalation lead; for nobody else,
whatever other roles they hold. Source: issue "Escalation queries", reference/booking-escalation-deadlines.md 2.4 (E3,
E4), reference/slack-web-security.md section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.rules.escalation_contacts import Place


class Side(StrEnum):
    """On which side of the disagreement somebody was told."""

    OWN = "own"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a person stands to one escalation, now.

    `holder`: speaks for the raiser's side. `side` and `place`: where they were told, at this stage or an earlier one,
    while they still work for that agency; None where they were not. `now`: told at the present stage. `colleague`: of
    the other agency, whose mailbox was told at the present stage. `present`: has not left.
    """

    raiser: bool = False
    holder: bool = False
    lead: bool = False
    side: Side | None = None
    place: Place | None = None
    now: bool = False
    colleague: bool = False
    present: bool = True

    @property
    def of_the_raiser(self) -> bool:
        """Whether they speak for the raiser's side: the holder, or a manager who was told beside them."""
        return self.holder or self.side is Side.OWN

    @property
    def assigned(self) -> bool:
        """Whether it was put to them, or they took it on; standing behind a ladder is not that."""
        return self.side is not None and self.place in (Place.PERSON, Place.DEPUTY)


def may_see(standing: Standing) -> bool:
    """Reference, stage, clocks and states; none of the words."""
    told = standing.side is not None or standing.colleague
    return standing.present and (standing.raiser or standing.holder or standing.lead or told)


def may_read(standing: Standing) -> bool:
    """The words. Somebody of the operations team who was told because nobody else is left does not read them."""
    return standing.present and (standing.raiser or standing.holder or standing.lead or standing.assigned)


def may_acknowledge(standing: Standing) -> bool:
    """Taking it on: whoever was told at this stage, or a colleague for their mailbox; never the raiser's side (E4)."""
    if standing.raiser or standing.of_the_raiser or not standing.present:
        return False
    return standing.lead or standing.colleague or (standing.side is Side.OTHER and standing.now)


def may_answer(standing: Standing) -> bool:
    """Answering, asking for a rethink and handing on: only who may also read what it is about."""
    return may_acknowledge(standing) and may_read(standing)


def may_decide(standing: Standing) -> bool:
    """Settling, moving on, giving time: the raiser's side or the lead as chair; the challenged side proposes (E3)."""
    return standing.present and (standing.of_the_raiser or standing.lead)


def may_withdraw(standing: Standing) -> bool:
    """Withdrawing and reopening: whoever holds it for the raiser's side."""
    return standing.present and standing.holder


def may_close(standing: Standing) -> bool:
    """Closing after a final decision, and writing what was learned: the lead."""
    return standing.present and standing.lead
