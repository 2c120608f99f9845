"""Why Herald itself did not send a message: the words that stand on its row, and are compared, so never reworded."""

from typing import Final

TOO_LATE: Final = "its time was over before it could leave"
CALLED_OFF: Final = "the edition was cancelled"
LEFT: Final = "this person has left"
LEFT_SERIES: Final = "this person left the series"
UNKNOWN_ADDRESS: Final = "a relay refused this address for good"
NOT_IN_SLACK: Final = "this person is not in Slack any more"
NO_REMINDERS: Final = "this person does not want reminders"
PRACTICE: Final = "practice: only the operations team receives messages"
EDITION_GONE: Final = "the edition is not there any more"
