"""Requests: the same for the same seed, with the names that the code has, and nothing of a split in another."""

from itertools import islice
from random import Random

import pytest

from nano import dataset, family, names, phrases

FAMILIES = family.load()


def some(split="train", count=400, seed=1):
    return list(islice(dataset.stream(FAMILIES, seed, split), count))


def test_a_seed_makes_the_same_examples_again():
    assert [(each.prompt, each.code) for each in some()] == [(each.prompt, each.code) for each in some()]
    assert [each.prompt for each in some()] != [each.prompt for each in some(seed=2)]


def test_requests_are_diverse():
    prompts = [each.prompt for each in some(count=1000)]
    assert len(set(prompts)) > 900


def test_a_name_that_is_given_is_in_the_code_and_in_the_request():
    for each in some("names"):
        assert each.sample.names.name in each.prompt, each.prompt
        for argument in each.sample.names.arguments:
            assert argument in each.prompt, each.prompt
            assert argument in each.code


def test_no_training_sees_a_held_out_name():
    own = {each.name for each in FAMILIES} | {name for each in FAMILIES for name in each.also}
    own |= {argument.name for each in FAMILIES for argument in each.arguments}
    flat = {name.replace("_", "").lower() for name in own}
    for each in some():
        for name in (each.sample.names.name, *each.sample.names.arguments):
            assert name.replace("_", "").lower() in flat or not names.held_out(name), name
    for each in some("names"):
        assert names.held_out(each.sample.names.name) or each.sample.family.kind == "program"


def test_patterns_expand_to_each_choice():
    read = {phrases.expand("the (sum|total [x]) of [all] it", Random(seed)) for seed in range(60)}
    assert read == {
        f"the {first} of {rest}" for first in ("sum", "total", "total x") for rest in ("it", "all it")
    }


@pytest.mark.parametrize(("verb", "third", "gerund"), [("sort", "sorts", "sorting"), ("multiply", "multiplies", "multiplying"),
                                                      ("get", "gets", "getting"), ("reverse", "reverses", "reversing"),
                                                      ("search", "searches", "searching")])  # fmt: skip
def test_verbs_are_inflected(verb, third, gerund):
    assert (phrases.third(verb), phrases.gerund(verb)) == (third, gerund)
