"""HTTP to one server: connections that are reused, retries where they are safe, errors as Maze's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from maze.engines.remote.refusals import in_stream, refusal
from maze.engines.remote.server import Server
from maze.errors import EngineError, MazeError, SettingsError

_CONNECT_SECONDS = 10.0
_TRIES = 4
_LONGEST_WAIT = 30.0  # seconds between two tries, whatever the server asks for
_PASSING = frozenset({429, 502, 503, 504})
_LONGEST_ANSWER = 16 << 20  # bytes; of an answer that is not streamed, or of one line of one that is
_backoff = wait_random_exponential(multiplier=0.1, max=4)


class _Passing(Exception):
    """A failure before anything was answered, which another try may not have."""

    def __init__(self, error: MazeError, wait: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class Connection:
    """Requests to ``server``. May be used by several threads; raises ``EngineError`` for what fails."""

    def __init__(self, server: Server) -> None:
        self.server = server
        try:
            self._client = httpx.Client(
                base_url=server.url,
                headers={"Authorization": f"Bearer {server.key}"} if server.key else {},
                timeout=httpx.Timeout(server.timeout, connect=min(_CONNECT_SECONDS, server.timeout)),
                trust_env=not server.loopback,  # a proxy would only learn the key
                limits=httpx.Limits(max_connections=None),
            )
        except httpx.InvalidURL as error:
            key = f"{server.section}.base_url"
            raise SettingsError(
                f"{key} = {server.url} is no address: {error}", hint=f"maze config set {key} URL"
            ) from None

    def close(self) -> None:
        """Close all connections; servers abort what they were writing."""
        self._client.close()

    def find(self, path: str) -> Any:
        """The JSON at ``path``, None where the server has none."""
        with self._failures():
            response = self._retried(self._client.build_request("GET", path), (404, 405))
            try:
                return _json(response) if response.status_code < 400 else None
            finally:
                response.close()

    def ask(self, path: str, body: object) -> Any:
        """The JSON that the server answers to ``body``."""
        with self._failures():
            response = self._retried(self._client.build_request("POST", path, json=body))
            try:
                return _json(response)
            finally:
                response.close()

    def stream(self, path: str, body: object) -> Iterator[dict[str, Any]]:
        """The server-sent events that the server answers to ``body``; leaving early closes the connection."""
        with self._failures():
            response = self._retried(self._client.build_request("POST", path, json=body))
            try:
                for line in _lines(response):
                    if not line.startswith(b"data:"):
                        continue  # a comment, or a field that nobody uses
                    data = line[5:].strip()
                    if data == b"[DONE]":
                        return
                    event = json.loads(data)
                    if error := event.get("error"):
                        raise in_stream(self.server, error)
                    yield event
            finally:
                response.close()

    def _retried(self, request: httpx.Request, allowed: tuple[int, ...] = ()) -> httpx.Response:
        """The response to ``request``, whose body is still to come."""
        tries = Retrying(
            stop=stop_after_attempt(_TRIES), wait=_wait, retry=retry_if_exception_type(_Passing), reraise=True
        )
        try:
            return tries(self._sent, request, allowed)
        except _Passing as failure:
            raise failure.error from None

    def _sent(self, request: httpx.Request, allowed: tuple[int, ...]) -> httpx.Response:
        try:
            response = self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Passing(self._unreachable(error)) from None
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            # often a connection that was kept too long; asking twice does no harm
            raise _Passing(self._broken(error)) from None
        status = response.status_code
        if status < 300 or status in allowed:
            return response
        try:
            refused = refusal(self.server, status, response.read())
        finally:
            response.close()
        if status in _PASSING:
            raise _Passing(refused, _seconds(response.headers.get("retry-after", "")))
        raise refused

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except httpx.ReadTimeout:
            raise EngineError(
                f"{self.server.url} sent nothing for {self.server.timeout:g} s: it is wedged, or very busy",
                hint=f"restart the server, or maze config set {self.server.section}.timeout SECONDS",
            ) from None
        except httpx.HTTPError as error:
            raise self._broken(error) from None
        except (ValueError, AttributeError):
            raise EngineError(
                f"{self.server.url} does not answer like an OpenAI-compatible server",
                hint=f"maze config get {self.server.section}.base_url",
            ) from None

    def _broken(self, error: Exception) -> EngineError:
        message = f"the connection to {self.server.url} broke: {error}"
        return EngineError(message, hint="look at the server's log")

    def _unreachable(self, error: Exception) -> EngineError:
        reason = str(error) or type(error).__name__
        return EngineError(
            f"no server at {self.server.url}: {reason}", hint=f"start one: {self.server.start}"
        )


def _json(response: httpx.Response) -> Any:
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) > _LONGEST_ANSWER:
            raise ValueError
    return json.loads(bytes(data))


def _lines(response: httpx.Response) -> Iterator[bytes]:
    # not iter_lines, which ends a line at any of Unicode's line ends too: JSON strings may hold those
    rest = b""
    for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_ANSWER:
            raise ValueError
    if rest:
        yield rest


def _wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.wait if isinstance(failure, _Passing) else 0.0
    return min(max(_backoff(state), asked), _LONGEST_WAIT)


def _seconds(text: str) -> float:
    """Of a ``Retry-After`` header; its other form, a date, counts as nothing."""
    return float(text) if text.isascii() and text.isdigit() else 0.0
