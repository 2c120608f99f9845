"""What a failure means to the person at the terminal: an exit code, and words that say what to do."""

from bot.cli.shell import BadUsage, CannotDo, WrongFiles
from bot.settings import SettingsProblems
from handlers.partnership import NotSetUp
from storage.database import DatabaseBusy
from storage.reach import DatabaseUnreachable
from storage.schema import SchemaMismatch

FAILED, WRONG = 1, 2
SAID_WELL = (CannotDo, NotSetUp, DatabaseBusy, DatabaseUnreachable, SchemaMismatch)


def explained(problem: Exception) -> tuple[int, list[str]]:
    """The exit code and the lines for standard error."""
    if isinstance(problem, WrongFiles):
        return WRONG, list(problem.lines)
    if isinstance(problem, SettingsProblems):
        return WRONG, ["Herald cannot start with these settings:", *(f"  {line}" for line in problem.problems)]
    if isinstance(problem, BadUsage):
        return WRONG, [f"herald: {problem}"]
    if isinstance(problem, SAID_WELL):
        return FAILED, [f"herald: {problem}"]
    name = type(problem).__name__
    advice = "This is a fault in Herald. Run the command again with `herald --traceback ...` and report what it prints."
    return FAILED, [f"herald: something went wrong that nobody expected ({name}).", advice]
