"""The main job, from request to proof.

request ─▶ grammar ─▶ prompt ─▶ engine (decoding loop) ─▶ verification ─▶ generation
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from maze.errors import CheckError, GrammarError, IncompleteError
from maze.request import ContextFile, Generation, Request, Sampling, Target
from maze.text import Place

if TYPE_CHECKING:
    from maze.engines import Draft, Engine, Listener
    from maze.grammar import Constraint
    from maze.models import Model
    from maze.prompt import Prompt
    from maze.settings import Settings

_LARGEST_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Plan:
    """A request with everything it names found and compiled, and nothing loaded yet.

    ``constraint`` masks the tokens (profile generate), ``judge`` proves the result (profile accept).
    ``model`` is the file that the engine loads, None where a server has the model.
    """

    request: Request
    model: Model | None
    constraint: Constraint
    judge: Constraint
    prompt: Prompt
    compile_seconds: float


def request(
    prompt: str,
    target: Target,
    settings: Settings,
    *,
    prefix: str = "",
    suffix: str = "",
    context: Sequence[ContextFile] = (),
    samples: int = 1,
    constrained: bool = True,
) -> Request:
    """A request that takes from ``settings`` what is not given; an unset seed is drawn here."""
    chosen = settings.generation
    seed = secrets.randbelow(_LARGEST_SEED - samples) if chosen.seed is None else chosen.seed
    return Request(
        prompt=prompt,
        target=target,
        engine=chosen.engine,
        model=_model(settings),
        prefix=prefix,
        suffix=suffix,
        context=tuple(context),
        sampling=Sampling(
            chosen.temperature,
            chosen.min_p,
            chosen.top_p,
            chosen.top_k,
            seed,
            chosen.repetition_penalty,
            chosen.presence_penalty,
        ),
        max_tokens=chosen.max_tokens,
        samples=samples,
        constrained=constrained,
    )


def _model(settings: Settings) -> str:
    """The name of the model; empty for a server's own, where the settings name a file of this machine."""
    from maze import engines, models

    chosen = settings.generation
    if not engines.is_remote(chosen.engine):
        return models.default(settings)
    name = chosen.model or ""
    return "" if name == models.NANO or name.lower().endswith(".gguf") else name


def plan(request: Request, settings: Settings) -> Plan:
    """Find and compile what ``request`` names.

    Raises ``UsageError``, ``GrammarError`` or ``ModelError``, all before the model is loaded.
    """
    from maze import engines, languages, models, prompt
    from maze.grammar import constraint_for

    engines.check_name(request.engine)
    model = None if engines.is_remote(request.engine) else models.resolve(request.model, settings)
    target = request.target
    start = perf_counter()
    judge = constraint_for(target, profile="accept")
    constraint = constraint_for(target, profile="generate")
    if request.prefix:
        constraint = _constraint_for_prefix(request.prefix, constraint, judge)
    if request.suffix:
        constraint = judge  # nobody knows yet whether the suffix is laid out as tightly as Maze writes
    compile_seconds = perf_counter() - start
    language = languages.get(target.language) if target.language else None
    bare = model is not None and model.source == "embedded"
    built = prompt.build(request, language, judge.schema, bare_system=bare)
    return Plan(request, model, constraint, judge, built, compile_seconds)


def generate(
    planned: Plan, settings: Settings, listener: Listener, engine: Engine | None = None
) -> Iterator[Generation]:
    """Run ``planned`` and yield one generation per sample, as soon as it is finished and judged.

    ``engine`` is one that is open already and stays so; without it, one is made for this run.
    What is wrong with a sample is its ``error``; what is wrong with the run is raised.
    """
    from maze import engines

    request = planned.request
    constraint = planned.constraint if request.constrained else None
    with nullcontext(engine) if engine else engines.create(request.engine, settings) as running:
        drafts = running.generate(request, planned.prompt, constraint, listener)
        for index, draft in enumerate(drafts):
            start = perf_counter()
            generation = _judged(draft, planned)
            timings = generation.timings
            timings.verify = perf_counter() - start
            timings.compile += planned.compile_seconds
            timings.total += timings.verify + (planned.compile_seconds if index == 0 else 0)
            yield generation


def _judged(draft: Draft, planned: Plan) -> Generation:
    """The draft with its proof, or with the error that says why there is none."""
    from maze import verify

    request, constraint = planned.request, planned.constraint
    code = draft.text
    if draft.complete and constraint.language and not request.suffix and not code.endswith("\n"):
        code += "\n"  # as every file of a language ends; the proof below includes it
    generation = Generation(
        code=code,
        finish=draft.finish,
        language=constraint.language,
        engine=request.engine,
        model=planned.model.name if planned.model else draft.model,
        seed=draft.seed,
        grammar={"name": constraint.name, "entry": constraint.entry, "sha256": constraint.sha256},
        tokens=draft.tokens,
        timings=draft.timings,
        ended=draft.ended,
        added=draft.added,
        dropped=draft.dropped,
        prefix=request.prefix,
        suffix=request.suffix if draft.complete else "",
    )
    if request.constrained and not draft.complete:
        generation.error = _incomplete(draft, request)
        return generation
    try:
        generation.verified = verify.verify(code, planned.judge)
    except CheckError as error:
        generation.error = error
    return generation


def _incomplete(draft: Draft, request: Request) -> IncompleteError:
    count = draft.tokens.generated
    if draft.budget < request.max_tokens:
        return IncompleteError(
            f"not complete after {count} tokens, where the context ends",
            hint="another --seed, a shorter prompt, or a model with a larger context",
        )
    if draft.needed is not None:
        return IncompleteError(
            f"{request.max_tokens} tokens are too few: the shortest text found has {draft.needed}",
            hint=f"--max-tokens {draft.needed} or more",
        )
    if request.suffix:
        return IncompleteError(
            f"not complete after {count} tokens: nothing was found that the suffix can follow",
            hint="check that the suffix goes on where the prefix and the new text end",
        )
    return IncompleteError(
        f"not complete after {count} tokens, and no way to complete it was found in time",
        hint=f"--max-tokens {max(64, 2 * request.max_tokens)}, or another --seed",
    )


def _constraint_for_prefix(prefix: str, tight: Constraint, loose: Constraint) -> Constraint:
    """The constraint that can follow ``prefix``: a person's layout may be looser than what Maze writes.

    Raises ``GrammarError`` with the place where no program can begin like that.
    """
    from maze.decoding.matcher import Matcher
    from maze.decoding.tokenizer import byte_tokenizer

    data = prefix.encode()
    taken = 0
    for constraint in (tight, loose):
        taken = Matcher(byte_tokenizer(), constraint).consume(data)
        if taken == len(data):
            return constraint
    raise GrammarError(
        f"no {loose.name} text begins with this prefix",
        place=Place.at_byte("--prefix", data, taken),
        hint="correct the prefix, or choose another --rule or --lang",
    )
