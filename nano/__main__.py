"""``python -m nano``: the commands that build the embedded model. See README.md."""

from __future__ import annotations

import argparse
import random
import sys

from nano import admission, copying, family, harness, samples
from nano.samples import Names


def chosen(options: argparse.Namespace) -> list[harness.Sample]:
    """The samples that ``admit`` is asked for, with the families' own names and with others."""
    found = []
    for each in family.load():
        if options.family and each.name not in options.family:
            continue
        for language in each.code:
            if options.lang and language not in options.lang:
                continue
            own = harness.named(each, language)
            found.append(harness.Sample(each, language, samples.code(each, language), own))
            if options.renamed and each.kind == "function":
                letters = random.Random(each.name).sample("bcdfghjklmnpqrstvwxz", len(each.arguments))
                other = Names("zorblat", tuple(f"{letter}{letter}{letter}" for letter in letters))
                found.append(harness.Sample(each, language, samples.code(each, language, other), other))
    return found


def copied(options: argparse.Namespace) -> list[harness.Sample]:
    """Some of the copying tasks: they are made, not read."""
    chance = random.Random(0)
    languages = options.lang or family.LANGUAGES
    return [copying.task(chance, language)[1] for language in languages for _ in range(options.copying)]


def admit(options: argparse.Namespace) -> int:
    found = chosen(options) + copied(options)
    faults = admission.admit(found)
    for sample, fault in faults:
        print(f"{sample.language}/{sample.family.name}: {fault}")
    print(f"{len(found) - len(faults)} of {len(found)} samples admitted", file=sys.stderr)
    return 1 if faults else 0


def show(options: argparse.Namespace) -> int:
    for sample in chosen(options):
        print(sample.code)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m nano", description="Build the embedded model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run, about in [(admit, "run every template in its language"), (show, "print templates")]:
        command = commands.add_parser(run.__name__, help=about)
        command.add_argument("--lang", action="append", choices=family.LANGUAGES)
        command.add_argument("--family", action="append", metavar="NAME")
        command.add_argument("--renamed", action="store_true", help="with other names too")
        command.add_argument(
            "--copying", type=int, default=0, metavar="N", help="and so many copying tasks of each language"
        )
        command.set_defaults(run=run)
    options = parser.parse_args()
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
