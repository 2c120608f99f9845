"""A person at a browser without scripts: follows links, fills forms, presses buttons, keeps cookies."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI

BASE_URL = "http://herald.example.org"
TOP_LEVEL = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}


@dataclass
class Page:
    """What the browser shows now."""

    response: httpx.Response
    soup: BeautifulSoup = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.soup = BeautifulSoup(self.response.text, "html.parser")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.url.raw_path.decode()

    @property
    def title(self) -> str:
        return self.soup.title.get_text() if self.soup.title else ""

    @property
    def heading(self) -> str:
        heading = self.soup.find("h1")
        return heading.get_text(" ", strip=True) if heading else ""

    @property
    def text(self) -> str:
        main = self.soup.find("main") or self.soup
        return " ".join(main.get_text(" ").split())

    @property
    def errors(self) -> list[tuple[str, str]]:
        return [(str(a["href"]), a.get_text(strip=True)) for a in self.soup.select(".error-summary a")]

    def form_with(self, button: str) -> tuple[Tag, Tag]:
        """The form that holds a button of this label, and the button."""
        for form in self.soup.find_all("form"):
            for each in form.find_all("button"):
                if each.get_text(strip=True) == button:
                    return form, each
        raise AssertionError(f"no button {button!r} on {self.path}: {self.text}")

    def fields(self, button: str) -> list[tuple[str, str]]:
        """What the browser would send for this button as the form stands."""
        form, pressed = self.form_with(button)
        sent: list[tuple[str, str]] = []
        for control in form.find_all(["input", "textarea", "select"]):
            name, kind = control.get("name"), control.get("type")
            if not name or (kind in ("radio", "checkbox") and not control.has_attr("checked")):
                continue
            if control.name == "select":
                chosen = control.find("option", selected=True) or control.find("option")
                sent.append((str(name), str(chosen.get("value", "")) if isinstance(chosen, Tag) else ""))
            elif control.name == "textarea":
                sent.append((str(name), control.get_text().removeprefix("\n")))
            else:
                sent.append((str(name), str(control.get("value", ""))))
        if pressed.get("name"):
            sent.append((str(pressed["name"]), str(pressed.get("value", ""))))
        return sent


class Browser:
    """One browser with its own cookies."""

    def __init__(self, site: FastAPI, *, base_url: str = BASE_URL) -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(site, raise_app_exceptions=True),
            base_url=base_url,
            follow_redirects=True,
            headers=TOP_LEVEL,
        )
        self._base_url = base_url

    def move_to(self, site: FastAPI) -> None:
        """The same browser, cookies kept, after the site was restarted."""
        cookies = self.http.cookies
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(site, raise_app_exceptions=True),
            base_url=self._base_url,
            follow_redirects=True,
            headers=TOP_LEVEL,
            cookies=cookies,
        )

    async def open(self, path: str, **kwargs: Any) -> Page:
        """Opens an address and follows where it leads."""
        return Page(await self.http.get(path, **kwargs))

    async def press(self, page: Page, button: str, **answers: Any) -> Page:
        """Fills in the form around a button and presses it."""
        return Page(await self.send(page, button, **answers))

    async def send(self, page: Page, button: str, *, follow: bool = True, **answers: Any) -> httpx.Response:
        """Like `press`, and returns the bare response. A list sends several values; None leaves a field out."""
        form, _ = page.form_with(button)
        given = {name if "." in name else name.replace("__", "."): value for name, value in answers.items()}
        sent = [(name, value) for name, value in page.fields(button) if name not in given]
        for name, value in given.items():
            values = value if isinstance(value, list) else [value]
            sent += [(name, str(each)) for each in values if each is not None]
        body: dict[str, list[str]] = {}
        for name, value in sent:
            body.setdefault(name, []).append(value)
        return await self.http.post(str(form["action"]), data=body, follow_redirects=follow)

    async def close(self) -> None:
        await self.http.aclose()
