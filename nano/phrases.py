"""How people ask: a family's phrasings in the frames of requests, in any words, politeness and care for spelling.

A phrasing says what to do (``reverse a list``), what is wanted (``the sum of a list``) or what to find out (``how
many words a text has``); its first word tells. Verbs and frames have synonyms, so that a family's few lines become
hundreds of requests. Frames that begin with ``~`` are held out, as a family's own phrasings are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from random import Random

# whoever writes "compute" could as well have written the others
SYNONYMS = [
    ("compute", "calculate", "find", "get", "determine", "work out", "return"),
    ("check", "test", "determine", "find out"),
    ("remove", "delete", "drop", "strip", "eliminate"),
    ("convert", "turn", "change", "transform"),
    ("make", "create", "build", "generate", "produce"),
    ("list", "return", "collect", "get"),
    ("count", "count"),
    ("print", "print", "output", "show", "display"),
    ("implement", "implement", "write", "code"),
]
# they need other words around them: "check that", "drop from"
FIXED = {"check if", "check whether", "check that"}
VERBS = set(
    """abbreviate add align alternate append apply break build calculate call cap capitalize center change check chunk clamp collect combine
    compare compose compress compute concatenate convert copy count create cube cut decide decode deduplicate define delete detect determine
    divide double drop encode encrypt escape exchange evaluate expand explore extract factor factorize fill filter find flatten flip format
    generate get give greet group hide implement increment insert interleave invert join keep limit list load look lowercase make
    map mask measure memoize merge move multiply normalize order pad paint parse partition pick print prepend put raise read
    recursively remove repeat replace return reverse rotate round run safely save say scale schedule search see shift shorten show
    shuffle simulate slugify solve sort split square store strip subtract sum swap take tell test time toggle transpose traverse
    trim truncate turn unescape update uppercase validate verify visit walk work wrap write zip""".split()
)
# what a bare verb begins, and is a thing nevertheless
THINGS = ("merge sort", "count of", "sum of")
QUESTIONS = ("is ", "are ", "do ", "does ", "in how ")
CLAUSES = ("how ", "what ", "which ", "whether ", "where ", "why ")
TITLES = {
    "python": ("python", "Python", "py", "python 3"),
    "typescript": ("typescript", "TypeScript", "ts"),
    "rust": ("rust", "Rust"),
    "go": ("go", "Go", "golang"),
    "zig": ("zig", "Zig"),
    "java": ("java", "Java"),
}

# {v} the phrasing, {s} "sorts a list", {g} "sorting a list", {n} what is wanted, {L} the language
DOING = """{v}|{v}|{v}|{v} in {L}|write a function that {s}|write a {L} function that {s}|write a function to {v}
a function that {s}|a {L} function that {s}|a function to {v}|function to {v}|function that {s}|{L} function to {v}
create a function that {s}|create a function to {v}|implement a function that {s}|implement a function to {v}
I need a function that {s}|i need a function to {v}|give me a function that {s}|can you {v}?|can you write a function to {v}?
how do I {v}?|how to {v}|how do i {v} in {L}?|code to {v}|{L} code to {v}|write code that {s}|write code to {v}|make a function that {s}
a method that {s}|a helper that {s}|define a function that {s}|{v} using {L}|{L}: {v}|write a program to {v}|I want to {v}|let us {v}
something that {s}|code for {g}|function for {g}|a function for {g}|write something that {s}|a function which {s}|show me how to {v}
~could you give me a {L} func that {s}|~need {L} code for {g}|~a routine which {s}|~show {L} code that {s}|~a snippet to {v}"""
WANTING = """{n}|{n}|{n}|{n} in {L}|{n} function|write {n}|write {n} in {L}|a function for {n}|write a function for {n}|implement {n}
implement {n} in {L}|compute {n}|return {n}|a function that returns {n}|write a function that returns {n}|function returning {n}
a {L} function that returns {n}|get {n}|give me {n}|code for {n}|{L} code for {n}|I need {n}|show me {n}|how do I get {n}?|calculate {n}
a function that computes {n}|{L}: {n}|create {n}|{L} {n}
~a {L} implementation of {n}|~produce {n}|~could you write {n} for me|~something that gives {n}"""
KNOWING = """{n}|{n}|tell {n}|tell me {n}|a function that tells {n}|a function that returns {n}|find out {n}|return {n}|compute {n}|{n} in {L}
write a function that tells {n}|{L} function that returns {n}|I want to know {n}
~say {n}|~work out {n}"""
ASKING = """{n}?|{n}?|{n}|{L}: {n}?|{n}, in {L}?|a function that tells: {n}?|write a function: {n}?|function for: {n}
~tell me, {n}?|~{n}? Write it in {L}"""
BUILDING = """{n}|{n}|{n} in {L}|write {n}|implement {n}|{L} {n}|create {n}|make {n}|I need {n}|give me {n}|write {n} in {L}|code for {n}
define {n}|can you write {n}?|implement {n} in {L}|show me {n}|build {n}|~could you code {n}|~please produce {n} with {L}"""
# {q} is a request made of the frames above, {f} the name, {h} the name with its arguments
NAMED = """{q}, call it {f}|{q}, called {f}|{q}, named {f}|{q} called {f}|{q} and call it {f}|{q}. name it {f}|{q}. Call it {f}.|{q} named {f}
{f}: {q}|{q}: {f}|{h}: {q}|{q}. The function is called {f}|{q} as {f}|{q} ({f})|{q}, name: {f}|{q} - {h}|{q} with the name {f}
~{q}, it should be called {f}|~{q} (function name: {f})|~{f} -> {q}"""
NAMED_DOING = """write a function called {f} that {s}|write a function named {f} that {s}|a function {f} that {s}|function {f} to {v}
write {f}, a function that {s}|implement {f} to {v}|{f} {s}|{f} should {v}|write a function {h} that {s}|implement {h} that {s}
define {f} that {s}|create {h} to {v}|{h} {s}|write {h}, which {s}|{L} function {f} that {s}|make a function {f} which {s}
~I want a function with the name {f} that {s}|~write fn {f} {g}"""
WITH_ARGUMENTS = ", with the arguments {a}|, the arguments are {a}|, arguments {a}| with parameters {a}| taking {a}| given {a}|({a})|, it takes {a}"
OPENINGS = ("please ", "Please ", "pls ", "hey, ", "hi, ", "ok ")
CLOSINGS = (" please", ", please", ".", "!", " thanks", ", thank you", " pls", "?")


def frames(text: str, *, held_out: bool) -> list[str]:
    each = [part for line in text.splitlines() for part in line.split("|")]
    return [part.removeprefix("~") for part in each if part.startswith("~") == held_out]


def expand(pattern: str, random: Random) -> str:
    """One way to read the pattern: a choice of ``(a|b)``, with or without ``[x]``."""
    inner = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
    while found := inner.search(pattern):
        options = found[1].split("|") if found[1] is not None else [found[2], ""]
        pattern = pattern[: found.start()] + random.choice(options) + pattern[found.end() :]
    return re.sub(r" +", " ", pattern).strip()


def third(verb: str) -> str:
    """``sort`` as in "it sorts"."""
    if re.search(r"(s|sh|ch|x|z)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


DOUBLED = set(
    "get swap map strip drop put split cut sum add trim flip limit zip run pad chop wrap".split()
) - {"add", "limit"}


def gerund(verb: str) -> str:
    """``sort`` as in "sorting"."""
    if verb in DOUBLED:
        return verb + verb[-1] + "ing"
    return verb[:-1] + "ing" if re.search(r"[^e]e$", verb) else verb + "ing"


def is_doing(phrase: str) -> bool:
    first = phrase.split(maxsplit=1)[0].lower() if phrase else ""
    return first in VERBS and not phrase.startswith(THINGS)


def vary(phrase: str, random: Random) -> str:
    """The phrase with another verb for its first, where one is known that fits."""
    verb, _, rest = phrase.partition(" ")
    for group in SYNONYMS:
        if verb == group[0] and not (verb == "find" and rest.startswith("all")) and random.random() < 0.5:
            other = random.choice(group)
            if verb == "check" and not rest.startswith(("if ", "whether ")):
                return phrase
            return f"{other} {rest}".strip()
    return phrase


def forms(phrase: str) -> dict[str, str]:
    verb, _, rest = phrase.partition(" ")
    if verb in ("recursively", "safely"):
        inner = forms(rest)
        return {"v": phrase, "s": f"{verb} {inner['s']}", "g": f"{verb} {inner['g']}"}
    return {"v": phrase, "s": f"{third(verb)} {rest}".strip(), "g": f"{gerund(verb)} {rest}".strip()}


def request(
    pattern: str,
    kind: str,
    language: str,
    random: Random,
    *,
    arguments: Mapping[str, str],
    name: str | None = None,
    shown: Sequence[str] = (),
    held_out: bool = False,
) -> str:
    """A request for the family that ``pattern`` is a phrasing of.

    ``arguments`` are the names that the phrasing's placeholders stand for, ``name`` what the function shall be
    called and ``shown`` the argument names that the request must mention.
    """
    phrase = vary(expand(pattern, random), random)
    phrase = re.sub(r"\{(\w+)\}", lambda found: arguments.get(found[1], found[0]), phrase)
    words = {
        "L": random.choice(TITLES[language]),
        "f": name or "",
        "h": f"{name}({', '.join(arguments.values())})",
    }
    if doing := is_doing(phrase):
        words |= forms(phrase)
        frame_set = DOING
    else:
        words["n"] = phrase
        frame_set = WANTING if kind == "function" else BUILDING
        for beginnings, others in [(CLAUSES, KNOWING), (QUESTIONS, ASKING)]:
            frame_set = others if phrase.startswith(beginnings) else frame_set
    if name and doing and random.random() < 0.6:
        text = random.choice(frames(NAMED_DOING, held_out=held_out)).format_map(words)
    else:
        # a held-out phrasing in a common frame is as new as a common one in a held-out frame
        text = random.choice(frames(frame_set, held_out=held_out and random.random() < 0.3)).format_map(words)
        if name:
            text = random.choice(frames(NAMED, held_out=held_out)).format_map(words | {"q": text})
    if missing := [each for each in shown if not re.search(rf"\b{re.escape(each)}\b", text)]:
        listed = " and ".join(shown) if len(shown) == 2 and random.random() < 0.4 else ", ".join(shown)
        text += random.choice(WITH_ARGUMENTS.split("|")).format(a=listed) if missing else ""
    return text


def careless(text: str, random: Random, keep: Collection[str]) -> str:
    """The request as typed in a hurry: politeness, capitals, an end, a slip; the words to ``keep`` are kept."""
    if random.random() < 0.12:
        text = random.choice(OPENINGS) + text
    if random.random() < 0.2:
        text += random.choice(CLOSINGS)
    if random.random() < 0.15:
        words = text.split(" ")
        place = random.randrange(len(words))
        word = words[place]
        if len(word) > 3 and word.isalpha() and word not in keep:
            words[place] = slip(word, random)
        text = " ".join(words)
    style = random.random()
    first = text.split(" ", 1)[0]
    if style < 0.2 and first.strip(":,(") not in keep and not any(first.startswith(each) for each in keep):
        text = text[:1].upper() + text[1:]
    return text


def slip(word: str, random: Random) -> str:
    """A letter lost, doubled or swapped."""
    i = random.randrange(1, len(word) - 1)
    return random.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
        ]
    )
