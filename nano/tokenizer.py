"""The tokenizer: byte-level BPE, trained on the data, small because the model is.

Digits are single tokens and the pre-tokenizer is the one that llama.cpp calls ``smollm``, so that both split alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 2048
# in this order: their numbers are 0, 1 and 2
END_OF_TEXT, START, END = SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PADDING_ID, END_ID = 0, 2
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train(texts: Iterable[str], size: int = VOCABULARY) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def load(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def chat(system: str, prompt: str) -> str:
    """What the chat template makes of a request: all that comes before the answer."""
    return f"{START}system\n{system}{END}\n{START}user\n{prompt}{END}\n{START}assistant\n"


def encode(tokenizer: Tokenizer, system: str, prompt: str, code: str) -> tuple[list[int], int]:
    """The tokens of a request and its answer, and how many belong to the request."""
    # separately, as the answer begins in a fresh token when it is generated
    before = tokenizer.encode(chat(system, prompt)).ids
    return before + tokenizer.encode(code.rstrip("\n")).ids + [END_ID], len(before)
