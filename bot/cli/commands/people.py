"""Commands about the register."""

from bot.cli.command import AS_JSON, DRY_RUN, YES, Command, argument

EMAIL = argument("email", metavar="EMAIL", help="the person's work e-mail address")

COMMANDS = (
    Command(
        ("people", "import"),
        "add and update people from a CSV file",
        "bot.cli.people:import_file",
        (
            argument("file", metavar="FILE.csv", help="columns in any order; - reads from standard input"),
            argument("--skip-bad", action="store_true", help="import the good lines and leave out the others"),
            DRY_RUN,
            AS_JSON,
        ),
        ("herald people import people.csv --dry-run",),
    ),
    Command(("people", "export"), "print the register as CSV", "bot.cli.people:export", (AS_JSON,)),
    Command(
        ("people", "show"), "print everything that Herald keeps about a person", "bot.cli.people:show", (EMAIL, AS_JSON)
    ),
    Command(("people", "erase"), "take a person out of Herald for good", "bot.cli.people:erase", (EMAIL, YES, AS_JSON)),
    Command(
        ("signin",),
        "print a sign-in link for somebody in the register; it works once, for 10 minutes",
        "bot.cli.people:signin",
        (EMAIL, AS_JSON),
    ),
)
