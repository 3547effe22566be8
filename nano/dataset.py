"""Pairs of request and code without end, the same for the same seed.

Splits: ``train``; ``phrasing`` has the held-out phrasings and frames, ``names`` the held-out names, ``both`` both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from nano import copying, harness, names, phrases, samples
from nano.family import LANGUAGES, Family
from nano.naming import styled, words
from nano.samples import Names

Split = Literal["train", "phrasing", "names", "both"]
# Python is what most people try first
WEIGHTS = {"python": 4, "typescript": 2, "rust": 2, "go": 2, "zig": 1.5, "java": 2}
COMMENT = {"python": "#"}
COPYING = 0.12  # the share of tasks that only copy


@dataclass(frozen=True, slots=True)
class Example:
    """A request, the code that answers it and how to run that."""

    prompt: str
    system: str
    sample: harness.Sample

    @property
    def code(self) -> str:
        return self.sample.code


def stream(
    families: Sequence[Family], seed: int, split: Split = "train", languages: Sequence[str] = LANGUAGES
) -> Iterator[Example]:
    """Examples for ever; families as often as each other."""
    random = Random(f"{seed} {split}")
    # a program has no name to give
    named = [each for each in families if each.kind != "program" or split in ("train", "phrasing")]
    by_language = {language: [each for each in named if language in each.code] for language in languages}
    known = [language for language in languages if by_language[language]]
    while True:
        language = random.choices(known, [WEIGHTS[each] for each in known])[0]
        if random.random() < COPYING:
            yield _copying(random, language, split)
        else:
            yield example(random.choice(by_language[language]), language, random, split)


def example(family: Family, language: str, random: Random, split: Split = "train") -> Example:
    """One request for the family, with given names or without."""
    unseen, held_out = split in ("names", "both"), split in ("phrasing", "both")
    own = samples.written(samples.own_names(family), language)
    given, chosen = _given(family, language, random, own, unseen)
    sample = harness.Sample(family, language, samples.code(family, language, chosen), chosen)
    pattern = random.choice(family.held_out if held_out else family.phrases)
    arguments = dict(zip(own_arguments(family), chosen.arguments, strict=True))
    changed = [new for new, old in zip(chosen.arguments, own.arguments, strict=True) if new != old]
    chance = random.random()
    if given and chance < 0.15 and (head := samples.signature(family, language, chosen)):
        prompt = _signature_prompt(head, language, random)
        if chance < 0.1:
            request = phrases.request(
                pattern, family.kind, language, random, arguments=arguments, held_out=held_out
            )
            prompt = random.choice(
                [f"{request}\n{prompt}", f"{prompt} {_comment(request, language)}", f"{request}: {prompt}"]
            )
        elif chosen.name != own.name:
            # a name that says nothing cannot be all that is said
            request = phrases.request(
                pattern, family.kind, language, random, arguments=arguments, held_out=held_out
            )
            prompt = f"{prompt}\n{_comment(request, language)}"
    else:
        prompt = phrases.request(
            pattern,
            family.kind,
            language,
            random,
            arguments=arguments,
            name=chosen.name if given else None,
            shown=list(chosen.arguments) if changed else (),
            held_out=held_out,
        )
        prompt = phrases.careless(prompt, random, {chosen.name, *chosen.arguments})
        if chance > 0.95:
            prompt = _comment(prompt, language)
    return Example(prompt, _system(language, random), sample)


def own_arguments(family: Family) -> list[str]:
    return [argument.name for argument in family.arguments]


def _given(family: Family, language: str, random: Random, own: Names, unseen: bool) -> tuple[bool, Names]:
    """Whether the request says a name, and what everything is called."""
    given = unseen or random.random() < 0.5
    if not given:
        return False, own
    if not unseen and random.random() < 0.25 and family.also:
        name = styled(random.choice([family.name, *family.also]), language)
        if family.kind == "class":
            name = family.name
        return True, Names(
            name if name not in words(samples.code(family, language)) else own.name, own.arguments
        )
    taken = words(samples.code(family, language)) - {own.name}
    if family.kind == "class":
        return True, Names(names.type_name(random, taken, unseen=unseen))
    if family.kind == "program":
        return False, own
    name = names.function(random, language, taken, unseen=unseen)
    arguments = list(own.arguments)
    if unseen or random.random() < 0.6:
        arguments.clear()
        for argument in family.arguments:
            arguments.append(
                names.argument(random, language, argument.type, taken | {name, *arguments}, unseen=unseen)
            )
    return True, Names(name, tuple(arguments))


def _signature_prompt(head: str, language: str, random: Random) -> str:
    """The beginning of the code as a prompt: as it is, or without types as people write it in a hurry."""
    return head.removesuffix(" {") if random.random() < 0.5 else head


def _comment(text: str, language: str) -> str:
    return f"{COMMENT.get(language, '//')} {text}"


def _system(language: str, random: Random) -> str:
    """Mostly what Maze sends to this model: the bare name; a user's own text now and then."""
    if random.random() < 0.9:
        return language
    title = random.choice(phrases.TITLES[language])
    return random.choice(SYSTEMS).format(L=title)


SYSTEMS = [
    "You write {L}.",
    "You are an expert in {L}. Answer with code only.",
    "You are a helpful assistant. Write {L} code.",
    "Write {L}, short and clear.",
    "{L} only, no explanation.",
    "You write {L}. Answer with {L} code only: no explanation, no Markdown fence.",
]


def _copying(random: Random, language: str, split: Split) -> Example:
    prompt, sample = copying.task(random, language, unseen=split in ("names", "both"))
    return Example(phrases.careless(prompt, random, set(prompt.split())), _system(language, random), sample)
