"""A website of its own origin with SuperTokens' frontends, unmodified: built by Vite from `frontends`, and served."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
SOURCES = Path(__file__).parent / "frontends"
BUILDS = ROOT / ".build" / "frontends"
API = b"http://127.0.0.1:3000"
"""Where pages look for Gatehouse; it is `make dev`'s, and replaced by the one that a test runs."""

_EXAMPLE = re.compile(r"<!-- react -->\n```jsx\n(.*?)```\n<!-- end of react -->", re.DOTALL)


def built() -> Path:
    """Return the folder of the built pages; builds them unless that was done."""
    example = react_example()
    digest = hashlib.sha256(example.encode())
    for file in [*sorted(SOURCES.iterdir()), ROOT / "package-lock.json"]:
        digest.update(file.read_bytes())
    folder = BUILDS / digest.hexdigest()[:16]
    if not folder.exists():
        _build(example, folder)
    return folder


def react_example() -> str:
    """Return the React app of the README."""
    match = _EXAMPLE.search((ROOT / "README.md").read_text("utf-8"))
    assert match, "the README has no React app"
    return match[1]


def _build(example: str, folder: Path) -> None:
    """Build beside the folder, so that other processes see all of it or nothing, and the last one to finish stays."""
    BUILDS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILDS) as name:
        sources = Path(name) / "sources"
        shutil.copytree(SOURCES, sources)
        (sources / "readme.jsx").write_text(example, "utf-8")
        finished = subprocess.run(
            [ROOT / "node_modules" / ".bin" / "vite", "build", "--outDir", "../pages"],
            cwd=sources,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
        try:
            (Path(name) / "pages").rename(folder)
        except OSError:
            assert folder.exists(), "the pages could not be kept"


class Website:
    """A website. It is there before the API, whose settings name it and which it is told of later."""

    def __init__(self, page: str, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.api_url = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.cross_site_url = f"http://localhost:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def read(self, path: str) -> tuple[str, bytes]:
        """Return the name and the content of a file; every other path is the page, as single-page apps want it."""
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            file = self.folder / f"{self.page}.html"
        return file.name, file.read_bytes().replace(API, self.api_url.encode())

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


class _Pages(BaseHTTPRequestHandler):
    def __init__(self, website: Website, *arguments: Any) -> None:
        self._website = website
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Send a file."""
        name, content = self._website.read(urlsplit(self.path).path)
        self.send_response(200)
        self.send_header("content-type", guess_type(name)[0] or "application/octet-stream")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def open_website(page: str) -> Iterator[Website]:
    """Open a website with one of the pages, on a free port."""
    website = Website(page, built())
    try:
        yield website
    finally:
        website.close()
