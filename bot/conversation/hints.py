"""What stands beside a question, whichever surface asks it: its help, and for free text what never to write there."""

from bot import words
from bot.conversation.flow import Kind, Question


def beside(question: Question) -> str:
    """The help of a question. Free text is asked for with the same warning and the same limit everywhere."""
    if question.kind is not Kind.TEXT_LONG:
        return question.help
    parts = [question.help]
    if words.NEVER_NAME_A_CHILD not in question.help:
        parts.append(words.NEVER_NAME_A_CHILD)
    parts.append(f"Up to {question.max_length:,} characters.")
    return " ".join(part for part in parts if part)
