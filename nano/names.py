"""Names that users give: as diverse as theirs from the first step, or the model learns names instead of copying.

One name in ten, chosen by its hash, is never trained on: those names test that the rest is copied, not known.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection
from random import Random
from zlib import crc32

from nano.naming import SNAKE, camel, pascal
from nano.types import Type

SYLLABLES = (
    "ba be bi bo bu ca co da de di do fa fe fi fo ga ge go gu ha he hi ho ja jo ka ke ki ko la le li lo lu ma me mi "
    "mo mu na ne ni no nu pa pe pi po qua ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo wa we wi xa yo za "
    "ze zi zo bar ton mix lex net zen cor tan vel dor kin gor pax trum blin"
).split()
VERBS = (
    "calc compute get find do run make my new simple fast quick main test eval solve process handle apply build check "
    "count filter sort best first last next old raw safe parse read load update all total each any is has to from as"
).split()
NOUNS = (
    "value result number thing data item answer list text total string job work step score output input code sum max "
    "min len digit word char key node part piece row cell name id flag index size rate user order price line file date "
    "entry record event page query state point field path group tag level queue table image color"
).split()
SHORT = "foo bar baz f g h fn func solve solution helper task run calc qux thing it go_on compute answer work".split()
ARGUMENTS = {
    "number": "n x num number k m val value i count amount y limit z v t total size age score price".split(),
    "float": "x y value amount price rate total number height width weight score a b".split(),
    "str": "s text string word st txt line sentence msg message name phrase title input_str content".split(),
    "list": "nums numbers xs arr lst items values data elements seq a array scores prices words names".split(),
    "other": "d mapping data table info m x value obj grid matrix rows config".split(),
}
# what none of the six languages takes, or takes for something else
RESERVED = set(keyword.kwlist) | set(
    """abstract any as assert async await bool boolean box break byte case catch chan char class comptime console const
    continue crate debugger default defer delete do double dyn else enum errdefer error export extends extern false
    final finally float fmt fn for func function goto if impl implements import in inline instanceof int interface len
    let list long loop macro map match math mod module move mut namespace native new nil null number object or orelse
    out override package packed pass print private protected pub public range record ref return sealed self set short
    static str string strings struct super switch sync test this throw throws trait true try type typeof undefined union
    unreachable unsafe use using var vec virtual void volatile when where while with yield sort std sum min max abs
    append copy close u8 i64 f64 main Main id input dict""".split()
)


def held_out(name: str) -> bool:
    """Whether no training sees this name, in any style."""
    return crc32(name.replace("_", "").lower().encode()) % 10 == 0


def function(random: Random, language: str, taken: Collection[str], *, unseen: bool = False) -> str:
    """A name for a function, mostly in the language's style."""
    return _pick(lambda: _styled(_words(random), random, language), taken, unseen)


def type_name(random: Random, taken: Collection[str], *, unseen: bool = False) -> str:
    return _pick(lambda: pascal(_words(random)), taken, unseen)


def argument(
    random: Random, language: str, type_: Type, taken: Collection[str], *, unseen: bool = False
) -> str:
    """A name for an argument: a usual one for its type, or any."""
    kind = {"int": "number", "long": "number", "nat": "number"}.get(type_.name, type_.name)

    def one() -> str:
        if not unseen and random.random() < 0.55:
            return random.choice(ARGUMENTS.get(kind, ARGUMENTS["other"]))
        return random.choice(NOUNS) if random.random() < 0.4 else _invented(random)

    return _pick(lambda: _styled(one(), random, language), taken, unseen)


def _pick(make: object, taken: Collection[str], unseen: bool) -> str:
    while True:
        name = make()  # type: ignore[operator]
        if name not in taken and name not in RESERVED and held_out(name) == unseen:
            return str(name)


def _invented(random: Random) -> str:
    return "".join(random.choice(SYLLABLES) for _ in range(random.randint(2, 3)))


def _words(random: Random) -> str:
    chance = random.random()
    if chance < 0.3:
        return _invented(random)
    if chance < 0.6:
        return f"{random.choice(VERBS)}_{random.choice(NOUNS)}"
    if chance < 0.75:
        return f"{random.choice(VERBS)}_{random.choice(NOUNS)}_{random.choice(NOUNS)}"
    if chance < 0.85:
        return f"{random.choice(VERBS + NOUNS)}_{_invented(random)}"
    if chance < 0.93:
        return random.choice(SHORT)
    return f"{random.choice(NOUNS)}{random.randint(1, 99)}"


def _styled(name: str, random: Random, language: str) -> str:
    """One name in ten is in the style of another language, and is copied as it is."""
    snake = (language in SNAKE) != (random.random() < 0.1)
    return name if snake else camel(name)
