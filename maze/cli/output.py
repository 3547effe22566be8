"""Where results go: stdout, a file, JSON; and what was asked and what it cost, for people."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze.cli.live import CodeStream, Watcher
from maze.cli.terminal import Environment
from maze.errors import UsageError
from maze.request import Generation

if TYPE_CHECKING:
    from maze.pipeline import Plan


class Sink:
    """Takes finished generations: nothing unproven reaches a pipe or a file.

    Raises ``UsageError`` for a destination that cannot work, before anything is generated.
    """

    def __init__(
        self,
        environment: Environment,
        path: Path | None,
        as_json: bool,
        stats: bool,
        *,
        wants_stream: bool,
        only_new: bool,
        samples: int,
    ) -> None:
        self._environment = environment
        self._path = None if path == Path("-") else path
        self._as_json = as_json
        self._stats = stats
        self._only_new = only_new
        self._code = CodeStream(environment, "text")
        self._prints_anything = False
        plain = not as_json and self._path is None
        self.live = plain and wants_stream and environment.stdout_tty and not only_new
        if self._path is not None:
            _check_writable(self._path)
        if samples > 1 and (self._path or (plain and not environment.stdout_tty)):
            where = str(self._path or "a pipe")
            raise UsageError(f"{samples} samples do not fit into {where}", hint="add --json, or ask for one")

    @contextmanager
    def watching(self, planned: Plan) -> Iterator[Watcher]:
        """The listener for the run of ``planned``."""
        request = planned.request
        lexer = planned.constraint.language or ("json" if request.target.schema else "text")
        self._code = CodeStream(self._environment, lexer)
        self._prints_anything = not request.constrained
        watcher = Watcher(self._environment, self._code if self.live else None, request.samples)
        try:
            yield watcher
        finally:
            watcher.stop()

    def deliver(self, generation: Generation) -> None:
        """Print or store ``generation``. The text of one that failed goes into its error: nothing is lost."""
        environment, error = self._environment, generation.error
        code = generation.new if self._only_new else generation.code
        if self._as_json:
            environment.json_line(generation.as_json())
            environment.json_errors = False  # that line carries the error
        elif self.live:
            self._code.finish()
        elif error is not None and not self._prints_anything:
            error.text = code
        elif self._path is None:
            self._print(code)
        if self._path is not None and error is None:
            self._store(self._path, code)
        if generation.finish == "closed":
            environment.note(_closing_note(generation))
        if self._stats:
            for line in _stats(generation):
                environment.say(line, "2")

    def _print(self, code: str) -> None:
        if self._environment.stdout_tty:
            self._code.write(code)
            self._code.finish()
        else:
            self._environment.out(code)

    def _store(self, path: Path, code: str) -> None:
        try:
            write_file(path, code)
        except OSError as error:
            failed = UsageError(f"{path} cannot be written: {error.strerror}", hint="-o another file")
            failed.text = code
            raise failed from None
        self._environment.note(f"wrote {path}")


def write_file(path: Path, code: str) -> None:
    """Put ``code`` into ``path``, whole or not at all; devices and pipes are written directly.

    Raises ``OSError``.
    """
    data = code.encode()
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb", buffering=0) as file:
            file.write(data)
        return
    target = path.resolve()  # a link stays a link
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _check_writable(path: Path) -> None:
    """Raise ``UsageError`` when ``path`` cannot be written, before any work is done for it."""
    if path.is_dir():
        raise UsageError(f"{path} is a directory", hint=f"-o {path / 'FILE'}")
    where = path.resolve()
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(f"{path} cannot be written: permission denied", hint="-o another file")
    if not path.exists() and not (where.parent.is_dir() and os.access(where.parent, os.W_OK)):
        raise UsageError(
            f"{path} cannot be written: {where.parent} is not a writable directory",
            hint=f"mkdir -p {path.parent}",
        )


def _closing_note(generation: Generation) -> str:
    """What Maze did to end a text that the model did not."""
    done = [
        f"{verb} {_shortened(text)}"
        for verb, text in (("dropped", generation.dropped), ("added", generation.added))
        if text.strip()
    ]
    return f"{generation.ended}: " + (" and ".join(done) or "ended where it was complete")


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}")


def _stats(generation: Generation) -> list[str]:
    """What a generation cost, in lines for people."""
    tokens, timings = generation.tokens, generation.timings
    writing = max(timings.total - timings.verify - timings.first_token, 1e-9)
    speed = (tokens.generated - 1) / writing if tokens.generated > 1 else 0.0
    return [
        f"tokens   {tokens.prompt} prompt ({tokens.cached} cached), {tokens.generated} generated "
        f"({tokens.forced} forced, {tokens.closing} closing, {tokens.refused} refused), "
        f"{speed:,.0f} a second",
        "ms       "
        + ", ".join(
            f"{name.replace('_', ' ')} {getattr(timings, name) * 1e3:,.0f}"
            for name in (
                "load",
                "tokenizer",
                "compile",
                "prefill",
                "first_token",
                "closing",
                "verify",
                "total",
            )
        ),
        f"masks    {timings.mask_p50:,.0f} µs median, {timings.mask_p99:,.0f} µs p99",
        f"grammar  {generation.grammar['name']}, entry {generation.grammar['entry']}, "
        f"sha256 {(generation.grammar['sha256'] or '')[:12]}",
        f"result   {generation.finish}, seed {generation.seed}, proven by "
        + (", ".join(verdict.by for verdict in generation.verified) or "nothing"),
    ]


def show_plan(environment: Environment, planned: Plan, *, as_json: bool) -> None:
    """What ``--dry-run`` prints."""
    request, constraint, model = planned.request, planned.constraint, planned.model
    shown: dict[str, Any] = {
        "engine": request.engine,
        "model": f"{model.name} ({model.path})" if model else request.model or "the server's own",
        "grammar": f"{constraint.name}, entry {constraint.entry}, sha256 {constraint.sha256}",
        "max_tokens": request.max_tokens,
        "samples": request.samples,
        "sampling": asdict(request.sampling),
        "system": planned.prompt.system,
        "user": planned.prompt.user,
        "prefix": planned.prompt.prefix,
        "suffix": planned.prompt.suffix,
    }
    if as_json:
        environment.json(shown)
        return
    shown["sampling"] = ", ".join(f"{name} {value}" for name, value in shown["sampling"].items())
    for name, value in shown.items():
        indented = str(value).replace("\n", "\n" + " " * 12)
        environment.out(f"{name:<12}{indented}".rstrip() + "\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
