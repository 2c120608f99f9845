"""What Herald says about typing itself. The words about an answer are the reader's (`bot/conversation/reading.py`)."""

from bot import words
from bot.conversation.flow import Surface

ALREADY_RECORDED = "This is already recorded; nothing was counted twice."
MOVED_ON = "That has been answered already. Here is where it stands now."
KEPT_NEWER = "You have answered some of this differently since then; the newer answers stand."
NOT_AN_ANSWER = "Sorry, I could not take that as an answer."
IF_IT_WAS_YOUR_ANSWER = "If that was your answer to the question below, please write it once more."
NEEDS_AN_ANSWER = "This one needs an answer, so it cannot be skipped."
FIRST_QUESTION = "This is the first question; there is nothing before it."
RESTART = "Write restart again to begin again with nothing filled in. To go on as you are, just answer."
BEGUN_AGAIN = "Begun again. What you had answered is gone."
NOTHING_OPEN = "There is nothing to go on with."
CANNOT_SEND_YET = "There is still something to answer before this can be sent."
JUST_CONTINUE = "There is nothing to answer here. Write continue to go on."
NOTHING_TO_SKIP = "There is nothing to skip here."
NOT_A_ROW = "Write send, or the number of the answer that you want to change."
STOP_OR_SAVE = "You are in the middle of something. To do that instead, write save first; your answers are kept."
HERE_ALREADY = "You are in the middle of this already. Here is where you are."
ONLY_A_FORM = words.ONLY_MODAL_OR_WEB

SAVED_IN = {
    Surface.DM: "Write continue when you want to go on.",
    Surface.EMAIL: "To go on, answer the last e-mail about this, or use its link.",
}
COMMANDS = (
    "back – the question before\n"
    "skip – leave a question out, where that is possible\n"
    "save – keep your answers and go on later\n"
    "stop – end this; nothing is sent\n"
    "restart – begin again with nothing filled in"
)
HELP = "While you answer you can write:"


def saved(title: str, surface: Surface) -> tuple[str, ...]:
    """That answers are kept, and how to go on."""
    return (f"“{title}”: your answers so far are kept. Nothing is sent yet.", SAVED_IN[surface])


def quiet(here: int, of: int) -> tuple[str, ...]:
    """One line after a long silence."""
    return (f"Your answers so far are kept; you are at question {here} of {of}. Write continue to go on.",)


def put_aside(title: str) -> str:
    """That a talk waits while something else is done."""
    return f"“{title}” is put aside; your answers are kept. Write continue to go on with it."


def unmatched(lines: tuple[int, ...]) -> str:
    """Lines that belong to no question, by their numbers: what somebody wrote is not repeated."""
    numbers = ", ".join(map(str, lines))
    which = f"line {numbers} of your answer belongs" if len(lines) == 1 else f"lines {numbers} of your answer belong"
    return f"I could not tell which question {which} to. Put the question's number in front, such as 1. Yes"
