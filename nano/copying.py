"""Tasks whose only difficulty is to copy: names, arguments and texts out of the request."""

from __future__ import annotations

import json
from random import Random

from nano import names
from nano.family import Argument, Code, Family, Test
from nano.harness import Sample
from nano.samples import Names, code
from nano.types import Type

INT, STR = Type("int"), Type("str")
ONE_OF = ["{f}({a}) returns {x}", "a function {f} with arguments {a} that returns {x}", "write {f}({a}) that returns {x}",
          "function {f} taking {a}, returning {x}", "{f}({a}): return {x}"]  # fmt: skip
CONSTANT = ["a function {f} that returns {x}", "write a function called {f} returning {x}", "{f} returns {x}", "{f}() -> {x}",
            "function named {f} that always returns {x}"]  # fmt: skip
TOTAL = [
    "{f}({a}) adds {a}",
    "a function {f} that adds {a}",
    "write {f}({a}): the sum of {a}",
    "sum {a} in a function {f}",
]


def task(random: Random, language: str, *, unseen: bool = False) -> tuple[str, Sample]:
    """A request and its answer."""
    arguments: list[str] = []
    for _ in range(random.randint(2, 4)):
        arguments.append(names.argument(random, language, INT, arguments, unseen=unseen))
    name = names.function(random, language, arguments, unseen=unseen)
    request, family = random.choice([_one_of, _constant, _total])(random, language, name, arguments)
    chosen = Names(name, tuple(arguments) if family.arguments else ())
    return request, Sample(family, language, code(family, language, chosen), chosen)


def _family(language: str, count: int, result: Type, expression: str, test: Test) -> Family:
    """What all of these are: a function of numbers a, b, c … that returns an expression."""
    body = (
        expression
        if language == "rust"
        else f"return {expression}" + ("" if language in ("python", "go") else ";")
    )
    letters = "abcd"[:count]
    if language == "zig":
        # an argument that is not used does not compile
        body = "".join(f"_ = {each};\n" for each in letters if each not in expression) + body
    family = Family("copied", "function", tuple(Argument(each, INT) for each in letters), result)
    family.code[language] = Code(body + "\n", whole=False)
    family.tests = [test]
    return family


def _one_of(random: Random, language: str, name: str, arguments: list[str]) -> tuple[str, Family]:
    index = random.randrange(len(arguments))
    values = tuple(random.sample(range(100), len(arguments)))
    text = random.choice(ONE_OF).format(f=name, a=", ".join(arguments), x=arguments[index])
    return text, _family(language, len(arguments), INT, "abcd"[index], Test(values, values[index]))


def _constant(random: Random, language: str, name: str, _: list[str]) -> tuple[str, Family]:
    value: int | str = random.randrange(1000)
    result = INT
    if random.random() < 0.5:
        value = " ".join(random.choice(names.NOUNS + names.SYLLABLES) for _ in range(random.randint(1, 3)))
        result = STR
    written = json.dumps(value)
    expression = f"{written}.to_string()" if language == "rust" and result == STR else written
    return random.choice(CONSTANT).format(f=name, x=written), _family(
        language, 0, result, expression, Test((), value)
    )


def _total(random: Random, language: str, name: str, arguments: list[str]) -> tuple[str, Family]:
    values = tuple(random.sample(range(100), len(arguments)))
    listed = (
        ", ".join(arguments[:-1]) + " and " + arguments[-1] if random.random() < 0.5 else ", ".join(arguments)
    )
    text = random.choice(TOTAL).format(f=name, a=listed)
    return text, _family(
        language, len(arguments), INT, " + ".join("abcd"[: len(arguments)]), Test(values, sum(values))
    )
