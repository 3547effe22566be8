"""Generating on a server: constrained there, replayed here, and completed here where the budget ended it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

from maze.decoding.infill import Infill
from maze.decoding.matcher import Matcher
from maze.decoding.tokenizer import byte_tokenizer
from maze.engines import Draft, Listener
from maze.engines.remote import probe, wire
from maze.engines.remote.connection import Connection
from maze.engines.remote.ending import Ended, Endings
from maze.engines.remote.presets import PRESETS
from maze.engines.remote.probe import Ability
from maze.engines.remote.refusals import GUIDANCE
from maze.engines.remote.server import find
from maze.engines.remote.transcript import Transcript, Unfenced
from maze.errors import EngineError, NotEnforcedError
from maze.grammar import constraint_for
from maze.request import Request, Timings, Tokens

if TYPE_CHECKING:
    from maze.grammar import Constraint
    from maze.prompt import Prompt
    from maze.settings import Settings

_ROUNDS = 4  # requests for one sample whose server enforces nothing
_BUDGET = "the token budget was reached"
_STOPPED = "the server stopped in the middle"
_REFUSED = "the model left the grammar"


@dataclass(slots=True)
class _Answer:
    """What one request came to."""

    finish: str | None = None
    usage: wire.Usage = field(default_factory=wire.Usage)
    first_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """What the samples of a request share. ``enforced``: the server keeps to the ``constraint``."""

    request: Request
    prompt: Prompt
    model: str
    ability: Ability
    enforced: bool
    constraint: Constraint | None
    endings: Endings | None
    start: float
    load: float


class Remote:
    """The engine of one of the ``PRESETS``."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._preset = PRESETS[name]
        self._chosen = getattr(settings.engines, self._preset.section)
        self._connection = Connection(find(self._preset, settings))
        self._resources = ExitStack()
        self._resources.callback(self._connection.close)
        self._lock = Lock()  # requests of several threads ask the server once what it is
        self._known: dict[tuple[str, bool], tuple[str, Ability]] = {}
        self._matchers: dict[str, Matcher] = {}

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *exception: object) -> None:
        self._resources.close()

    def generate(
        self, request: Request, prompt: Prompt, constraint: Constraint | None, listener: Listener
    ) -> Iterator[Draft]:
        """See ``Engine.generate``. Raises ``NotEnforcedError`` when the server does not obey the grammar."""
        start = perf_counter()
        url = self._connection.server.url
        listener.stage(f"asking {url}")
        # a server begins a grammar with the first token it writes
        whole = constraint is not None and not request.prefix and not request.suffix
        model, ability = self._found(request.model, whole and self._preset.promises)
        enforced = whole and bool(ability.fields)
        if constraint and not enforced:
            listener.note(f"{_why_free(ability)}: what it writes is replayed and completed here")
            constraint = constraint_for(request.target, profile="accept")
        listener.detail(
            f"model {model} at {url}, {ability.endpoint}, grammar in {', '.join(ability.fields) or 'nothing'}"
        )
        endings = None
        if constraint:
            count = partial(self._count, model) if ability.counts else _unknown
            endings = Endings(constraint, request.suffix, request.prefix.encode(), count)
            self._resources.callback(endings.close)
        load = perf_counter() - start
        job = _Job(request, prompt, model, ability, enforced, constraint, endings, start, load)
        for index in range(request.samples):
            listener.stage("writing")
            yield self._draft(job, request.sampling.seed + index, listener)

    def _found(self, name: str, demanded: bool) -> tuple[str, Ability]:
        """The model that ``name`` means, and what the server does for it."""
        with self._lock:
            if (name, demanded) not in self._known:
                model = probe.model(self._connection, name)
                ability = probe.ability(
                    self._connection, self._preset, model, self._endpoints(), demanded=demanded
                )
                self._known[name, demanded] = model, ability
            return self._known[name, demanded]

    def _endpoints(self) -> tuple[wire.Endpoint, ...]:
        chosen = self._chosen.endpoint
        return tuple(one for one in wire.PATHS if chosen in ("auto", one))

    def _draft(self, job: _Job, seed: int, listener: Listener) -> Draft:
        begun = job.request.prefix.encode()
        # built here under limits before anybody else has to
        transcript = Transcript(self._matcher(job, begun), begun, listener)
        begin = perf_counter() if seed != job.request.sampling.seed else job.start
        first = answer = self._round(job, transcript, seed)
        if job.constraint and job.enforced:
            self._must_be_obeyed(transcript, answer)
        elif job.constraint:
            for again in range(1, _ROUNDS):
                if not transcript.refused or transcript.tokens >= job.request.max_tokens:
                    break
                transcript.retry()
                answer = self._round(job, transcript, seed + again)
        return self._finished(job, transcript, seed, first, answer, begin)

    def _round(self, job: _Job, transcript: Transcript, seed: int) -> _Answer:
        """Let the server go on from where ``transcript`` is, up to what the grammar refuses."""
        request, endpoint = job.request, job.ability.endpoint
        before = transcript.tokens
        left = request.max_tokens - before
        asked = wire.body(self._preset, job.model, request.sampling, seed=seed, max_tokens=left)
        asked |= wire.asked(self._preset, endpoint, job.prompt, transcript.text.decode("utf-8", "replace"))
        if job.constraint and job.enforced:
            text = wire.grammar_text(job.constraint)
            for name in job.ability.fields:
                asked |= wire.constrained(name, text)
        unfenced = Unfenced() if job.constraint and not job.enforced and endpoint == "chat" else None
        answer, count = _Answer(), 0
        for raw in self._connection.stream(wire.PATHS[endpoint], asked):
            event = wire.event(raw)
            answer.finish = event.finish or answer.finish
            answer.usage = event.usage or answer.usage
            if not event.text:
                continue
            answer.first_at = answer.first_at or perf_counter()
            count = event.usage.written if event.usage and event.usage.written else count + 1
            text = unfenced.feed(event.text) if unfenced else event.text
            transcript.write(text, before + count)
            if transcript.refused or (unfenced and unfenced.ended):
                answer.finish = "stop"
                return answer  # which closes the connection, so that the server stops
        if unfenced:
            transcript.write(unfenced.rest(), before + count)
        if answer.finish is None:
            raise EngineError(
                f"{self._connection.server.url} broke off in the middle of an answer",
                hint="look at the server's log",
            )
        return answer

    def _must_be_obeyed(self, transcript: Transcript, answer: _Answer) -> None:
        url = self._connection.server.url
        nothing = not transcript.text and not transcript.refused
        if not transcript.refused and (not nothing or answer.finish != "stop" or transcript.accepting):
            return
        what = "answered with nothing: it failed at" if nothing else "did not enforce"
        error = NotEnforcedError(f"{url} {what} the grammar", hint=GUIDANCE)
        error.text = (transcript.text + transcript.refused).decode("utf-8", "replace") or None
        raise error

    def _finished(
        self, job: _Job, transcript: Transcript, seed: int, first: _Answer, answer: _Answer, begin: float
    ) -> Draft:
        request = job.request
        used = max(transcript.tokens, answer.usage.written)
        # a server may end a text where its context does
        clamped = answer.finish == "length" and 0 < used < request.max_tokens
        budget = used if clamped else request.max_tokens
        complete = answer.finish == "stop" and transcript.accepting
        closed, ended = False, Ended()
        if job.endings and not complete:
            complete, ended = job.endings.end(transcript, budget)
            closed = complete
        text = transcript.text.decode("utf-8", "replace")
        if complete and request.suffix:
            text += request.suffix
        now = perf_counter()
        return Draft(
            text=text,
            finish="closed" if closed else "stop" if complete else "length",
            complete=complete,
            seed=seed,
            budget=budget,
            tokens=Tokens(
                prompt=first.usage.prompt, cached=first.usage.cached, generated=used, closing=ended.tokens
            ),
            timings=Timings(
                load=job.load,
                first_token=(first.first_at or now) - begin,
                closing=ended.seconds,
                total=now - begin,
            ),
            ended=_reason(answer, transcript) if closed else "",
            added=ended.added,
            dropped=ended.dropped,
            needed=ended.needed,
            model=job.model,
        )

    def _matcher(self, job: _Job, begun: bytes) -> Matcher | None:
        if job.constraint is None:
            return None
        suffix = job.request.suffix.encode()
        if begun or suffix:
            return Infill(byte_tokenizer(), job.constraint, head=begun, tail=b"", suffix=suffix, data=bytes)
        with self._lock:
            key = job.constraint.sha256
            if key not in self._matchers:  # which takes longer than many a request
                self._matchers[key] = Matcher(byte_tokenizer(), job.constraint)
            return self._matchers[key].copy()

    def _count(self, model: str, text: str) -> int | None:
        try:
            found = self._connection.ask(
                "/tokenize", {"model": model, "prompt": text, "add_special_tokens": False}
            )
        except EngineError as error:
            if error.status is None:
                raise
            return None
        return int(found["count"])


def _why_free(ability: Ability) -> str:
    if ability.fields:
        return "a server cannot begin a grammar in the middle of a text"
    return ability.because


def _reason(answer: _Answer, transcript: Transcript) -> str:
    if transcript.refused:
        return _REFUSED
    return _BUDGET if answer.finish == "length" else _STOPPED


def _unknown(text: str) -> int | None:
    return None
