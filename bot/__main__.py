"""`python -m bot` is the same as `herald`."""

import sys

from bot.cli import main

sys.exit(main())
