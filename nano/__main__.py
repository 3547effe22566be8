"""``python -m nano``: the commands that build the embedded model. See README.md."""

from __future__ import annotations

import argparse
import random
import sys
from itertools import islice
from pathlib import Path

from nano import admission, copying, dataset, family, harness, samples
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
            if options.renamed and each.kind != "program":
                letters = random.Random(each.name).sample("bcdfghjklmnpqrstvwxz", len(each.arguments))
                other = Names(
                    "Zorblat" if each.kind == "class" else "zorblat",
                    tuple(f"{letter}{letter}{letter}" for letter in letters),
                )
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


def build(options: argparse.Namespace) -> int:
    """All from nothing: what is there already is gone on from."""
    # torch is only in the extra; the other commands do without
    from nano import export, tokenizer
    from nano.train import Recipe, train

    families = admitted()
    recipe = Recipe(size=options.size, steps=options.steps)
    words_path = admission.BUILD / "tokenizer.json"
    examples = islice(dataset.stream(families, recipe.seed), 20_000)
    words = tokenizer.train(text for each in examples for text in (each.prompt, each.code))
    words.save(str(words_path))
    model = train(families, words, recipe, admission.BUILD / "checkpoint.pt", print)
    export.to_gguf(model, words, admission.BUILD / "nano.gguf")
    export.to_hugging_face(model, words, admission.BUILD / "nano")
    print(
        f"{admission.BUILD / 'nano.gguf'}: try it with maze generate --model, score it with python -m nano evaluate"
    )
    return 0


def admitted() -> list[family.Family]:
    """The families, each in the languages in which it is known to be right."""
    families, known = family.load(), admission.remembered()
    for each in families:
        for language in list(each.code):
            own = harness.named(each, language)
            if admission.key(harness.Sample(each, language, samples.code(each, language), own)) not in known:
                del each.code[language]
    families = [each for each in families if each.code]
    if not families:
        sys.exit("nothing is admitted yet: python -m nano admit")
    return families


def evaluate(options: argparse.Namespace) -> int:
    from nano import evaluate

    families = admitted()
    pools = range(1_000_003, 1_000_003 + options.pools)
    seen = evaluate.trained_prompts(families, pools, 4_000)
    text = evaluate.card(families, options.model, options.count, seen)
    options.model.with_suffix(".md").write_text(text)
    print(text)
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nano", description="Build the embedded model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run, about in [(admit, "run every template in its language"), (show, "print templates")]:
        command = commands.add_parser(run.__name__, help=about)
        command.add_argument("--lang", action="append", choices=family.LANGUAGES)
        command.add_argument("--family", action="append", metavar="NAME")
        command.add_argument("--renamed", action="store_true", help="with other names too")
        command.add_argument(
            "--copying", type=int, default=0, metavar="N", help="and N copying tasks of each language"
        )
        command.set_defaults(run=run)
    command = commands.add_parser(
        "build", help="train the tokenizer and the model, write GGUF and Hugging Face files"
    )
    command.add_argument("--size", default="6M", help="3M, 6M or 8M (%(default)s)")
    command.add_argument("--steps", type=int, default=12_000, help="steps of training (%(default)s)")
    command.set_defaults(run=build)
    command = commands.add_parser("evaluate", help="run the model's answers, write its model card")
    command.add_argument("--model", type=Path, default=admission.BUILD / "nano.gguf")
    command.add_argument("-n", "--count", type=int, default=100, help="requests for each row (%(default)s)")
    command.add_argument(
        "--pools", type=int, default=121, help="pools of training that prompts must not be in (%(default)s)"
    )
    command.set_defaults(run=evaluate)
    return parser


def main() -> int:
    options = arguments().parse_args()
    try:
        return int(options.run(options))
    except (family.FamilyError, admission.ToolMissing) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main())
