import numpy as np
import pytest
from llguidance import LLMatcher

from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import EngineError
from maze.request import Sampling

SIZE = 257  # bytes and the end marker
WORDS = np.frombuffer(b"abcdefghijklmnopqrstuvwx", np.uint8)
LEGAL = np.isin(np.arange(SIZE), WORDS[1::2])  # "bdfh…"


class Text:
    text = LLMatcher.grammar_from_lark("%llguidance {}\nstart: /[bdfhjlnprtvx]+/")


class Resting(Matcher):
    """The real matcher, moved back after each token so that each draw is from the same state."""

    __slots__ = ()

    def take(self, token):
        taken = super().take(token)
        self.rollback(taken)
        return taken


def row(*probabilities):
    """Logits of the words, the likeliest first."""
    logits = np.full(SIZE, -30, np.float32)
    logits[WORDS[: len(probabilities)]] = np.log(probabilities)
    return logits


# every other word is legal, from the second on
ROWS = {
    "illegal leader": row(0.4, 0.2, 0.15, 0.1, 0.08, 0.04, 0.02, 0.012),
    "legal leader": row(0.2, 0.4, 0.15, 0.1, 0.08, 0.04, 0.02, 0.012),
    "five illegal leaders": row(0.2, 0.02, 0.2, 0.01, 0.2, 0.008, 0.2, 0.005, 0.13, 0.002),
    "flat": row(*np.linspace(2, 1, 24) / 36),
    "random": np.random.default_rng(7).normal(0, 2, SIZE).astype(np.float32),
}
SAMPLINGS = [
    Sampling(temperature=1, min_p=0),
    Sampling(temperature=0.7, min_p=0.05),
    Sampling(temperature=0.8, min_p=0.3),
    Sampling(temperature=1, min_p=0, top_k=2),
    Sampling(temperature=1.3, min_p=0.05, top_k=3),
    Sampling(temperature=1, min_p=0, top_p=0.6),
    Sampling(temperature=1, min_p=0.1, top_p=0.6),
    Sampling(temperature=1.5, min_p=0.02, top_k=8, top_p=0.9),
]


def exact(logits, sampling, allowed):
    """The distribution by its definition: mask, then each truncation of what is left, then the temperature."""
    probability = np.where(allowed, np.exp(logits.astype(np.float64)), 0)
    probability[probability < sampling.min_p * probability.max()] = 0
    order = np.argsort(-probability, kind="stable")
    if sampling.top_k:
        probability[order[sampling.top_k :]] = 0
    probability /= probability.sum()
    before = np.cumsum(probability[order]) - probability[order]
    probability[order[before >= sampling.top_p]] = 0
    heated = np.where(probability > 0, probability, 0) ** (1 / sampling.temperature)
    return heated / heated.sum()


def assert_drawn_from(distribution, draw, draws=5000):
    counts = np.bincount([draw() for _ in range(draws)], minlength=len(distribution))
    expected = distribution * draws
    assert not counts[expected == 0].any()
    common = expected >= 5  # the chi-square distribution is an approximation for these only
    counts = np.append(counts[common], counts[~common].sum())
    expected = np.append(expected[common], max(expected[~common].sum(), 1e-9))
    chi_square = ((counts - expected) ** 2 / expected)[expected >= 5].sum()
    freedom = max((expected >= 5).sum() - 1, 1)
    # mean + 5 standard deviations of the chi-square distribution
    assert chi_square < freedom + 5 * np.sqrt(2 * freedom)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
@pytest.mark.parametrize("logits", ROWS.values(), ids=list(ROWS))
def test_peeling_draws_from_the_masked_distribution(logits, sampling):
    matcher = Resting(byte_tokenizer(), Text())
    sampler = Sampler(sampling, seed=1)
    assert_drawn_from(exact(logits, sampling, LEGAL), lambda: sampler.draw(logits, matcher), draws=2500)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_without_a_grammar_every_token_is_legal(sampling):
    sampler = Sampler(sampling, seed=1)
    logits = ROWS["random"]
    assert_drawn_from(exact(logits, sampling, np.ones(SIZE, bool)), lambda: sampler.draw(logits))


def test_truncating_before_the_grammar_is_asked_would_be_wrong():
    # .5 illegal, .3 and .2 legal: the two likeliest legal ones are drawn .6 to .4, not .75 to .25
    sampler = Sampler(Sampling(temperature=1, min_p=0, top_k=2), seed=1)
    matcher = Resting(byte_tokenizer(), Text())
    logits = row(0.5, 0.3, 1e-9, 0.2)
    draws = [sampler.draw(logits, matcher) for _ in range(5000)]
    assert np.mean(np.array(draws) == ord("b")) == pytest.approx(0.6, abs=0.03)


def test_temperature_zero_takes_the_likeliest_legal_token():
    greedy = Sampler(Sampling(temperature=0), seed=1)
    matcher = Resting(byte_tokenizer(), Text())
    for logits in ROWS.values():
        assert greedy.draw(logits) == logits.argmax()
        assert greedy.draw(logits, matcher) == np.where(LEGAL, logits, -np.inf).argmax()


def test_the_matcher_has_moved_over_the_token():
    matcher = Matcher(byte_tokenizer(), Text())
    sampler = Sampler(Sampling(temperature=1), seed=1)
    for _ in range(20):
        sampler.draw(ROWS["flat"], matcher)
    matcher.rollback(20)
    assert not matcher.accepting


def test_the_end_is_drawn_only_where_the_text_is_complete():
    matcher = Matcher(byte_tokenizer(), Text())
    logits = row(0.1, 0.1)
    logits[256] = 5
    greedy = Sampler(Sampling(temperature=0), seed=1)
    assert [greedy.draw(logits, matcher) for _ in range(3)] == [ord("b"), 256, 256]
    assert matcher.accepting


def test_a_mask_is_computed_only_after_several_refusals():
    matcher = Resting(byte_tokenizer(), Text())
    sampler = Sampler(Sampling(temperature=0.7, min_p=0.05), seed=1)
    sampler.draw(ROWS["illegal leader"], matcher)
    assert (sampler.refused, sampler.mask_seconds) == (1, [])
    sampler.draw(ROWS["five illegal leaders"], matcher)
    assert (sampler.refused, len(sampler.mask_seconds)) == (2, 1)


def test_the_same_seed_gives_the_same_tokens():
    def sequence(seed):
        sampler = Sampler(Sampling(temperature=1), seed)
        return [sampler.draw(ROWS["random"]) for _ in range(50)]

    assert sequence(3) == sequence(3)
    assert sequence(3) != sequence(4)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_the_logits_stay_as_the_model_wrote_them(sampling):
    for logits in ROWS.values():
        before = logits.copy()
        Sampler(sampling, seed=1).draw(logits, Resting(byte_tokenizer(), Text()))
        assert (before == logits).all()


PENALTIES = [
    Sampling(temperature=1, min_p=0, repetition_penalty=1.8),
    Sampling(temperature=0.8, min_p=0.05, presence_penalty=1.5),
    Sampling(temperature=1, min_p=0, top_k=3, repetition_penalty=1.2, presence_penalty=-1),
]


@pytest.mark.parametrize("sampling", PENALTIES, ids=str)
@pytest.mark.parametrize("logits", ROWS.values(), ids=list(ROWS))
def test_penalties_change_the_logits_of_what_was_written_and_nothing_else(logits, sampling):
    written = [ord("b"), ord("a"), ord("b"), ord("x")]
    expected = logits.copy()
    for token in set(written):
        value = logits[token]
        factor = sampling.repetition_penalty
        expected[token] = (value / factor if value > 0 else value * factor) - sampling.presence_penalty
    matcher = Resting(byte_tokenizer(), Text())
    sampler = Sampler(sampling, seed=1)
    before = logits.copy()
    # every draw refuses tokens, among them written ones
    assert_drawn_from(
        exact(expected, sampling, LEGAL), lambda: sampler.draw(logits, matcher, written), draws=2500
    )
    assert (before == logits).all()


def test_a_refused_token_is_not_penalised():
    matcher = Resting(byte_tokenizer(), Text())
    greedy = Sampling(temperature=0, presence_penalty=2)
    logits = row(0.5, 0.3, 0.0001, 0.1)  # "a" is refused, then "b" is taken
    sampler = Sampler(greedy, seed=1)
    assert sampler.draw(logits, matcher, []) == ord("b")
    assert sampler.draw(logits, matcher, [ord("b")]) == ord("d")  # .3 / e² is less than .1
    assert sampler.draw(logits, None, [ord("b"), ord("d")]) == ord("a")


@pytest.mark.parametrize("temperature", [0, 1])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("constrained", [False, True])
def test_logits_that_are_no_numbers_are_an_engine_error(temperature, value, constrained):
    matcher = Matcher(byte_tokenizer(), Text()) if constrained else None
    with pytest.raises(EngineError, match="no usable probabilities"):
        Sampler(Sampling(temperature=temperature), seed=1).draw(np.full(SIZE, value, np.float32), matcher)


def test_one_nan_among_numbers_is_noticed():
    logits = ROWS["flat"].copy()
    logits[3] = np.nan
    with pytest.raises(EngineError, match="no usable probabilities"):
        Sampler(Sampling(), seed=1).draw(logits, Matcher(byte_tokenizer(), Text()))
