"""The site's own route table, for tests that must hold on every page."""

import re
from dataclasses import dataclass

from fastapi.routing import APIRoute

from handlers.web.site import ROUTERS


@dataclass(frozen=True)
class Route:
    """One method of one page; `path` has its parameters filled in."""

    pattern: str
    method: str

    @property
    def path(self) -> str:
        """An address that reaches the page; nothing has the id 1x."""
        return re.sub(r"\{[^}]+\}", "1x", self.pattern)


def all_routes() -> list[Route]:
    """Every method of every page, as the site registers them."""
    return [
        Route(route.path, method)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
    ]


ROUTES = all_routes()
POSTS = [route for route in ROUTES if route.method not in ("GET", "HEAD", "OPTIONS")]
