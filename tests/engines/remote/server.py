"""A server that speaks vLLM's wire format, as it was recorded from vLLM 0.32.0, on a port of this machine.

Its model draws random words; what it does with grammars is llguidance's work, or one of the ways in which
real servers go wrong (``Behaviour.grammars``).
"""

from __future__ import annotations

import codecs
import json
import random
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from llguidance import LLMatcher

from maze.decoding.tokenizer import byte_tokenizer

WORDS = [
    word.encode()
    for word in [
        "def",
        "return",
        "if",
        "x",
        "y",
        "total",
        "(",
        ")",
        ":",
        "=",
        "1",
        "23",
        ",",
        "\n",
        "\n\t",
        "{",
        "}",
        "[",
        "]",
        "true",
        "null",
    ]
]
WORDS += [b"    ", b"maze-"]
PIECES = [*(bytes([byte]) for byte in range(256)), *WORDS]
CONTEXT = "This model's maximum context length is {} tokens. However, your request has {} input tokens."


@dataclass(frozen=True)
class Behaviour:
    """How a server is set up. ``reply`` is what its model says without a grammar, one after the other."""

    grammars: str = "guidance"  # or ignored, xgrammar, locked, empty, illegal
    fields: tuple[str, ...] = ("structured_outputs",)
    described: bool = True  # has /openapi.json
    version: str = ""  # by default one that no other server of these tests has
    models: tuple[str, ...] = ("toy",)
    key: str | None = None
    context: int = 4096
    template: bool = True  # the model has a chat template
    replies: tuple[str, ...] = ("Sure! Here is the code you asked for.",)
    tokens: int | None = None  # after so many, the grammar's engine gives up without a word
    delay: float = 0.0  # before each token
    dies_after: int | None = None  # tokens, then the connection breaks
    fails_after: int | None = None  # tokens, then the engine reports an error in the stream
    busy: int = 0  # requests answered with 503 before it works


@dataclass
class Log:
    """What a server saw."""

    requests: list[tuple[str, dict]] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    aborted: threading.Event = field(default_factory=threading.Event)
    busy: int = 0

    def bodies(self, path: str) -> list[dict]:
        return [body for at, body in self.requests if at == path]

    @property
    def generations(self) -> list[dict]:
        return [body for _, body in self.requests if body.get("stream")]


@dataclass
class Running:
    url: str
    log: Log
    behaviour: Behaviour

    def become(self, **changes) -> None:
        self.behaviour = replace(self.behaviour, **changes)


@contextmanager
def serving(**options) -> Iterator[Running]:
    """A server until the end of the block."""
    running = Running("", Log(), Behaviour(**({"version": f"0.32.0+{secrets.token_hex(4)}"} | options)))
    running.log.busy = running.behaviour.busy

    class Bound(Handler):
        server_state = running

    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    running.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Refusal(Exception):
    def __init__(self, status: int, body: object) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def _error(status: int, message: str) -> Refusal:
    return Refusal(
        status, {"error": {"message": message, "type": "BadRequestError", "param": None, "code": status}}
    )


class Handler(BaseHTTPRequestHandler):
    server_state: Running
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None: ...

    def setup(self) -> None:
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        how = self.server_state.behaviour
        found = {
            "/health": {},
            "/version": {"version": how.version},
            "/v1/models": {
                "object": "list",
                "data": [{"id": name, "object": "model"} for name in how.models],
            },
        }
        if how.described:
            properties = {name: {} for name in ("model", "prompt", *how.fields)}
            schemas = {"CompletionRequest": {"properties": properties}}
            found["/openapi.json"] = {"paths": {"/tokenize": {}}, "components": {"schemas": schemas}}
        try:
            if self.path.startswith("/v1"):
                self._authorize()
            if self.path not in found:
                raise Refusal(404, {"detail": "Not Found"})
            self._json(200, found[self.path])
        except Refusal as refusal:
            self._json(refusal.status, refusal.body)

    def do_POST(self) -> None:
        state, how = self.server_state, self.server_state.behaviour
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        state.log.requests.append((self.path, body))
        state.log.headers.append(dict(self.headers))
        try:
            if self.path == "/tokenize" and how.described:
                count = sum(1 for _ in _tokenized(body["prompt"].encode()))
                self._json(200, {"count": count, "max_model_len": how.context, "tokens": []})
                return
            self._authorize()
            if state.log.busy:
                state.log.busy -= 1
                raise _error(503, "The model is loading")
            chat = {"/v1/chat/completions": True, "/v1/completions": False}.get(self.path)
            if chat is None:
                raise Refusal(404, {"detail": "Not Found"})
            self._generate(body, chat)
        except Refusal as refusal:
            self._json(refusal.status, refusal.body)
        except (BrokenPipeError, ConnectionResetError):
            state.log.aborted.set()
            self.close_connection = True

    def _authorize(self) -> None:
        key = self.server_state.behaviour.key
        if key and self.headers.get("authorization") != f"Bearer {key}":
            raise Refusal(401, {"error": "Unauthorized"})

    def _generate(self, body: dict, chat: bool) -> None:
        how = self.server_state.behaviour
        if body["model"] not in how.models:
            raise _error(404, f"The model `{body['model']}` does not exist.")
        if chat and not how.template:
            raise _error(
                400, "default chat template is no longer allowed, so you must provide a chat template"
            )
        said = json.dumps(body["messages"]) if chat else body["prompt"]
        prompt = len(said) // 4 + 1
        if prompt >= how.context:
            raise _error(400, CONTEXT.format(how.context, prompt))
        grammar = _grammar(body, how)
        limit = min(body.get("max_tokens", 16), how.context - prompt)
        pieces = self._written(body, grammar, limit)
        if body.get("stream"):
            self._stream(body, chat, pieces, prompt, limit)
            return
        parts = list(pieces)
        text = b"".join(parts).decode("utf-8", "replace")
        finish = "length" if len(parts) == limit else "stop"
        choice = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        usage = {"prompt_tokens": prompt, "completion_tokens": len(parts)}
        self._json(200, {"choices": [choice | {"index": 0, "finish_reason": finish}], "usage": usage})

    def _written(self, body: dict, grammar: str | None, limit: int) -> Iterator[bytes]:
        how = self.server_state.behaviour
        if grammar is None:
            number = len(self.server_state.log.generations) - 1
            reply = how.replies[max(number, 0) % len(how.replies)]
            for count, piece in enumerate(_tokenized(reply.encode())):
                if count == limit:
                    return
                yield piece
            return
        chance = random.Random(body.get("seed", 0))
        matcher = LLMatcher(byte_tokenizer(tuple(WORDS)), grammar, log_level=0)
        if matcher.is_error():
            raise _error(400, f"Grammar error: {matcher.get_error()[:80]}")
        for count in range(limit):
            if matcher.is_stopped() or (body.get("stream") and count == how.tokens):
                return
            mask = np.frombuffer(matcher.compute_bitmask(), np.uint8)
            legal = np.flatnonzero(np.unpackbits(mask, count=len(PIECES), bitorder="little"))
            if not len(legal) or (matcher.is_accepting() and chance.random() < 0.1):
                return
            token = chance.choices(legal.tolist(), [_liking(PIECES[token]) for token in legal])[0]
            matcher.consume_token(token)
            yield PIECES[token]

    def _stream(self, body: dict, chat: bool, pieces: Iterator[bytes], prompt: int, limit: int) -> None:
        how = self.server_state.behaviour
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        every = body.get("stream_options", {}).get("continuous_usage_stats")
        decoder, count = codecs.getincrementaldecoder("utf-8")("replace"), 0

        def choice(text: str | None, finish: str | None) -> dict:
            said = {"delta": {} if text is None else {"content": text}} if chat else {"text": text or ""}
            chosen = {"index": 0, "logprobs": None, "finish_reason": finish, **said}
            return {"choices": [chosen]} | ({"usage": usage()} if every else {})

        def usage() -> dict:
            return {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count}

        if chat:
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        self._chunk(b": a comment\n\n")
        for piece in pieces:
            time.sleep(how.delay)
            count += 1
            self._event(choice(decoder.decode(piece), None))
            if count == how.dies_after:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if count == how.fails_after:
                self._event({"error": {"message": "EngineCore encountered an issue", "code": 500}})
                break
        self._event(choice(decoder.decode(b"", final=True), "length" if count == limit else "stop"))
        self._event({"choices": [], "usage": usage()})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, event: dict) -> None:
        self._chunk(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _json(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _grammar(body: dict, how: Behaviour) -> str | None:
    """The grammar that the server will obey, by what it knows and how it is set up."""
    given = [body[name] for name in how.fields if name in body]
    if not given or how.grammars == "ignored":
        return None
    if how.grammars == "xgrammar":
        raise _error(400, "Invalid grammar specification.")
    if how.grammars == "locked":
        raise _error(500, "Internal server error")
    if how.grammars == "empty":
        return 'start: ""'
    if how.grammars == "illegal" and body.get("stream"):  # obeys the probe, and nothing after it
        return None
    return given[0]["grammar"] if isinstance(given[0], dict) else given[0]


def _tokenized(text: bytes) -> Iterator[bytes]:
    while text:
        piece = max((word for word in PIECES if text.startswith(word)), key=len)
        yield piece
        text = text[len(piece) :]


def _liking(piece: bytes) -> float:
    return 1.0 if len(piece) > 1 else 0.3 if piece.isalnum() or piece in b'_()[]{}":=,\n ' else 0.001
