"""A server on this machine that speaks the hub's API, and misbehaves where it is told to."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

COMMIT = "c" * 40


@dataclass
class Faults:
    """What goes wrong: ``cuts`` are bytes after which connections end, one for each request for data."""

    cuts: list[int] = field(default_factory=list)
    status: dict[str, list[int]] = field(
        default_factory=dict
    )  # "api", "head" or "data" → of the next requests
    corrupt: bool = False
    ranges: bool = True
    delay: float = 0.0  # seconds before each 64 kB
    headers: dict[str, str] = field(default_factory=dict)  # of refusals


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a mapping from file names to their bytes."""

    daemon_threads = True

    def __init__(self, repositories: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories = repositories
        self.faults = Faults()
        self.info: dict[str, Any] = {}  # overrides what the API says
        self.requests: list[tuple[str, str, Message]] = []
        self.sent = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Connections that the test cuts are no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer("head")

    def do_GET(self) -> None:
        self._answer("api" if self.path.startswith("/api/") else "data")

    def _answer(self, kind: str) -> None:
        path = urlsplit(self.path).path
        self.server.requests.append((self.command, path, self.headers))
        waiting = self.server.faults.status.get(kind)
        if waiting:
            self._send(waiting.pop(0), b"{}", self.server.faults.headers)
        elif path.startswith("/api/models/"):
            self._info("/".join(path.split("/")[3:5]))
        elif path.startswith("/cdn/"):
            self._data(self._file(*path.removeprefix("/cdn/").split("/", 2)))
        else:
            user, name, _, _, file = path.strip("/").split("/", 4)
            self._resolve(user, name, file)

    def _file(self, user: str, name: str, file: str) -> bytes | None:
        return self.server.repositories.get(f"{user}/{name}", {}).get(file)

    def _info(self, repository: str) -> None:
        files = self.server.repositories.get(repository)
        if files is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = [
            {
                "rfilename": name,
                "size": len(data),
                "lfs": {"sha256": _sha256(data), "size": len(data), "pointerSize": 135},
            }
            for name, data in files.items()
        ]
        info = {
            "id": repository,
            "modelId": repository,
            "sha": COMMIT,
            "siblings": siblings,
            "tags": [],
            "private": False,
        }
        self._send(
            200, json.dumps({**info, **self.server.info}).encode(), {"Content-Type": "application/json"}
        )

    def _resolve(self, user: str, name: str, file: str) -> None:
        data = self._file(user, name, file)
        if data is None:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        headers = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Etag": f'"{_sha256(data)}"',
            "X-Linked-Size": str(len(data)),
            # another origin, as the hub's storage is
            "Location": f"http://localhost:{self.server.server_port}/cdn/{user}/{name}/{file}",
        }
        self._send(302, b"", headers)

    def _data(self, data: bytes | None) -> None:
        assert data is not None
        faults, start, total = self.server.faults, 0, len(data)
        asked = self.headers.get("Range", "")
        if faults.ranges and asked.startswith("bytes="):
            start = int(asked[6:].split("-")[0])
        body = data[start:]
        if faults.corrupt:
            body = bytes(len(body))
        part = faults.ranges and bool(asked)
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = faults.cuts.pop(0) if faults.cuts else len(body)
        for at in range(0, min(cut, len(body)), 1 << 16):
            time.sleep(faults.delay)
            piece = body[at : min(at + (1 << 16), cut)]
            self.wfile.write(piece)
            self.server.sent += len(piece)
        if cut < len(body):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
