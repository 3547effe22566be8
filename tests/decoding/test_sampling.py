import numpy as np
import pytest

from maze.decoding.sampling import Sampler
from maze.errors import EngineError
from maze.request import Sampling

SIZE = 32
LOGITS = np.random.default_rng(7).normal(0, 2, SIZE).astype(np.float32)
EVEN = np.arange(SIZE) % 2 == 0


def exact(sampling, allowed):
    """The distribution by its definition: truncate the allowed tokens' probabilities in turn, then renormalise."""
    probability = np.where(allowed, np.exp(LOGITS.astype(np.float64)), 0)
    probability /= probability.sum()
    order = np.argsort(-probability)
    if sampling.top_k:
        probability[order[sampling.top_k :]] = 0
    if sampling.top_p < 1:
        probability /= probability.sum()
        before = np.cumsum(probability[order]) - probability[order]
        probability[order[before >= sampling.top_p]] = 0
    probability[probability < sampling.min_p * probability.max()] = 0
    logits = np.log(probability, out=np.full(SIZE, -np.inf), where=probability > 0)
    heated = np.exp((logits - logits.max()) / sampling.temperature)
    return heated / heated.sum()


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=1, min_p=0),
        Sampling(temperature=0.7, min_p=0.05),
        Sampling(temperature=1.3, min_p=0, top_k=5),
        Sampling(temperature=1, min_p=0, top_p=0.8),
        Sampling(temperature=1.5, min_p=0.02, top_k=8, top_p=0.9),
    ],
)
@pytest.mark.parametrize("allowed", [np.ones(SIZE, bool), EVEN], ids=["all", "even"])
def test_draws_follow_the_truncated_distribution_of_the_allowed_tokens(sampling, allowed):
    draws = 20_000
    sampler = Sampler(SIZE, sampling, seed=1)
    counts = np.bincount([sampler.draw(LOGITS, allowed) for _ in range(draws)], minlength=SIZE)
    sampler.close()
    expected = exact(sampling, allowed) * draws
    assert not counts[expected == 0].any()
    live = expected > 0
    chi_square = ((counts[live] - expected[live]) ** 2 / expected[live]).sum()
    freedom = live.sum() - 1
    # mean + 5 standard deviations of the chi-square distribution
    assert chi_square < freedom + 5 * np.sqrt(2 * freedom)


def test_temperature_zero_takes_the_likeliest_allowed_token():
    sampler = Sampler(SIZE, Sampling(temperature=0), seed=1)
    assert sampler.draw(LOGITS, None) == LOGITS.argmax()
    allowed = np.ones(SIZE, bool)
    allowed[LOGITS.argmax()] = False
    assert sampler.draw(LOGITS, allowed) == np.argsort(LOGITS)[-2]


def test_the_same_seed_gives_the_same_tokens():
    def sequence(seed):
        sampler = Sampler(SIZE, Sampling(temperature=1), seed)
        return [sampler.draw(LOGITS, None) for _ in range(50)]

    assert sequence(3) == sequence(3)
    assert sequence(3) != sequence(4)


def test_the_logits_stay_as_the_model_wrote_them():
    before = LOGITS.copy()
    Sampler(SIZE, Sampling(temperature=1), seed=1).draw(LOGITS, EVEN)
    assert (before == LOGITS).all()


@pytest.mark.parametrize("temperature", [0, 1])
def test_logits_that_are_no_numbers_are_an_engine_error(temperature):
    sampler = Sampler(SIZE, Sampling(temperature=temperature), seed=1)
    with pytest.raises(EngineError, match="no usable probabilities"):
        sampler.draw(np.full(SIZE, np.nan, np.float32), None)
