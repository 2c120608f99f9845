"""A running `herald demo`, as a visitor has it: its first line, its pages, an end by SIGTERM."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from bs4 import BeautifulSoup

STARTS_WITHIN_S = 120  # a bare machine needs a tenth of it; the test run's is shared
ENDS_WITHIN_S = 10


@dataclass
class RunningDemo:
    """The process and the address from its first line."""

    process: asyncio.subprocess.Process
    first_line: str

    @property
    def url(self) -> str:
        return self.first_line.removeprefix("Open ").removesuffix("/demo")

    async def stop(self) -> tuple[int, float]:
        """Asks the process to end; its exit code, and how long it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            code = await self.process.wait()
        return code, loop.time() - began


@contextlib.asynccontextmanager
async def running_demo(folder: Path, *, port: int = 0) -> AsyncIterator[RunningDemo]:
    """Starts `herald demo` as its own process and waits for its first line."""
    command = [sys.executable, "-m", "bot", "demo", "--port", str(port), "--data", str(folder)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            line = (await process.stdout.readline()).decode().rstrip("\n")
        if not line:
            raise AssertionError((await said).decode()[-2000:])
        yield RunningDemo(process, line)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        await said


class Visitor:
    """Somebody at the demo with a browser: looks at pages and presses the buttons that are on them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = httpx.Cookies()

    async def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        """One request, with the browser's cookies."""
        async with httpx.AsyncClient(
            base_url=self._url, cookies=self._cookies, follow_redirects=True, timeout=30
        ) as client:
            response = await client.request(method, path, data=data)
            self._cookies = client.cookies
            return response

    async def look(self, path: str) -> BeautifulSoup:
        """A page that must be there."""
        response = await self.ask("GET", path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return BeautifulSoup(response.text, "html.parser")

    async def press(self, page: BeautifulSoup, words: str) -> httpx.Response:
        """Presses the button with these words on a page."""
        button = next(one for one in page.find_all("button") if one.get_text(strip=True) == words)
        form = button.find_parent("form")
        assert form is not None
        fields = {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input")}
        return await self.ask("POST", str(form["action"]), fields)
