"""The access log: one line for each request, where a line says nothing that is to stay unsaid.

The site writes it and not the web server, which would make a line for everything and have most thrown away: what Slack
posts is most of what comes in, and a line that nobody reads took a thirtieth of an answer's time (decision 9).
"""

import logging
import re
from typing import Final
from urllib.parse import quote

from starlette.types import Scope

log = logging.getLogger("herald.access")
_OPINIONS: Final = re.compile(r"^/opinions/|/opinions$")


def note(scope: Scope, status: int) -> None:
    """One line for a request that was answered; `bot/logs.py` takes out tokens."""
    method, path = scope["method"], scope["path"]
    if method == "POST" and (path, status) == ("/slack/events", 200):  # what came of it is said where it is done
        return
    if _OPINIONS.search(path):  # who said something when is written down nowhere (law 7), nor who looked right after
        return
    host, port = scope.get("client") or ("-", 0)
    log.info('%s:%d - "%s %s HTTP/%s" %d', host, port, method, quote(path), scope.get("http_version", "1.1"), status)
