"""A server on this machine that publishes files, as gensim-data or the hub does."""

import gzip
import hashlib
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from embexp.formats import fetch, gensim_data

TEXT = "".join(f"w{i} {i} {i / 7:.6f}\n" for i in range(3000)).encode()
FILE = gzip.compress(b"3000 2\n" + TEXT, mtime=0)


class Server(BaseHTTPRequestHandler):
    """Files by path; each request is noted, and the next answers may be cut or without ranges.

    Answers may also tell no length, or a wrong one, or lead to another address.
    """

    files: ClassVar[dict[str, bytes]] = {}
    seen: ClassVar[list[tuple[str, str | None]]] = []
    cuts: ClassVar[list[int]] = []
    ranges: ClassVar[bool] = True
    headers_of: ClassVar[dict[str, dict[str, str]]] = {}
    length: ClassVar[str | None] = "true"
    moved: ClassVar[dict[str, str]] = {}

    def do_HEAD(self):
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        for header, value in self.headers_of.get(self.path, {}).items():
            self.send_header(header, value)
        self.end_headers()

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.seen.append((self.path, wanted))
        if address := self.moved.get(self.path):
            self.send_response(302)
            self.send_header("Location", address)
            self.end_headers()
            return
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = (
            int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        )
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.length is not None:
            told = len(content) - start if self.length == "true" else self.length
            self.send_header("Content-Length", str(told))
        self.end_headers()
        with suppress(ConnectionError):  # the client has read enough
            self.wfile.write(
                content[start : start + self.cuts.pop(0)] if self.cuts else content[start:]
            )

    def log_message(self, *_):
        pass


def at_hub(monkeypatch, address):
    """Lets `huggingface_hub` ask this address, as HF_ENDPOINT in a new process would."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + template)


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A running server that publishes `mini` as gensim-data does; downloads go to `tmp_path`."""
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    Server.files, Server.seen, Server.cuts, Server.ranges = {"/mini/mini.gz": FILE}, [], [], True
    Server.headers_of, Server.length, Server.moved = {}, "true", {}
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}"
    monkeypatch.setattr(gensim_data, "ADDRESS", address)
    at_hub(monkeypatch, address)
    model = gensim_data.PublishedVectors(
        "a test", hashlib.md5(FILE, usedforsecurity=False).hexdigest(), len(FILE), "PDDL 1.0"
    )
    monkeypatch.setitem(fetch.MODELS, "mini", model)
    yield running
    running.shutdown()
    running.server_close()
    thread.join()
