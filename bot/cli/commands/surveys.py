"""Commands about surveys."""

from bot.cli.command import AS_JSON, Command, argument

SURVEY = argument("id", metavar="ID", help="the survey's id")

COMMANDS = (
    Command(("survey", "open"), "open a survey and invite its audience", "bot.cli.surveys:open_one", (SURVEY, AS_JSON)),
    Command(("survey", "close"), "close a survey", "bot.cli.surveys:close", (SURVEY, AS_JSON)),
    Command(("survey", "status"), "how many were invited and replied", "bot.cli.surveys:status", (SURVEY, AS_JSON)),
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
