"""Commands about surveys."""

from bot.cli.command import AS_JSON, Command, argument

SURVEY = argument("id", metavar="ID", help="the survey's id")

COMMANDS = (
    Command(("survey", "open"), "open a survey and invite its audience", "bot.cli.surveys:open_one", (SURVEY, AS_JSON)),
    Command(("survey", "close"), "close a survey", "bot.cli.surveys:close", (SURVEY, AS_JSON)),
    Command(("survey", "status"), "how many were invited and replied", "bot.cli.surveys:status", (SURVEY, AS_JSON)),
    Command(
        ("survey", "copy"),
        "the file of a survey as one to ask again: a new id, version 1, the dates moved on, all else as it was",
        "bot.cli.surveys:copy",
        (
            SURVEY,
            argument("new_id", metavar="NEW_ID", help="the id of the copy"),
            argument("--out", metavar="FILE", help="write into this new file instead"),
        ),
        ("herald survey copy autumn-2026 winter-2027 --out winter.yaml",),
    ),
    Command(
        ("survey", "results"),
        "what people said, with nothing shown for groups that are too small",
        "bot.cli.surveys:results",
        (
            SURVEY,
            argument("--format", choices=("json", "csv", "xlsx", "html"), default="json", help="(%(default)s)"),
            argument("--out", metavar="F", help="write into this file instead"),
        ),
    ),
)
