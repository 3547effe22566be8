"""The model: a small decoder of llama's architecture, so that every engine can run it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Config:
    vocabulary: int = 2048
    width: int = 256
    layers: int = 7
    heads: int = 8
    hidden: int = 704
    context: int = 1024
    theta: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        return self.width // self.heads


# q8_0 sizes: 3.8, 6.4 and 8.9 MB
SIZES = {
    "3M": Config(width=192, heads=6, hidden=512),
    "6M": Config(),
    "8M": Config(width=320, layers=6, heads=10, hidden=896),
}


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions over interleaved pairs, which is how llama.cpp lays out the ``llama`` architecture."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2).to(x.dtype)


class Block(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.attn_norm = nn.RMSNorm(width, eps=config.epsilon)
        self.ffn_norm = nn.RMSNorm(width, eps=config.epsilon)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.ffn_gate, self.ffn_up = (nn.Linear(width, config.hidden, bias=False) for _ in range(2))
        self.ffn_down = nn.Linear(config.hidden, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        normal = self.attn_norm(x)
        shape = (*x.shape[:2], self.config.heads, self.config.head)
        query, key, value = (each(normal).view(shape) for each in (self.attn_q, self.attn_k, self.attn_v))
        query, key = rotate(query, cos, sin), rotate(key, cos, sin)
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
        )
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(x.shape))
        normal = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(normal)) * self.ffn_up(normal))


class Model(nn.Module):
    cos: Tensor
    sin: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocabulary, config.width)
        self.blk = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.output_norm = nn.RMSNorm(config.width, eps=config.epsilon)
        frequency = config.theta ** (-torch.arange(0, config.head, 2).float() / config.head)
        angle = torch.outer(torch.arange(config.context).float(), frequency)[:, None]
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.apply(self._initialize)

    def _initialize(self, module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.5 * module.in_features**-0.5)
        if isinstance(module, Block):
            # what is added to the residual stream shrinks with the number of additions
            for last in (module.attn_output, module.ffn_down):
                last.weight.data /= (2 * self.config.layers) ** 0.5

    def hidden(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.token_embd(tokens)
        for block in self.blk:
            x = block(x, self.cos[:length], self.sin[:length])
        return self.output_norm(x)

    def forward(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """Logits everywhere, or at the ``places`` in the flattened batch: the head is a third of the work."""
        hidden = self.hidden(tokens).flatten(0, 1)
        return functional.linear(hidden if places is None else hidden[places], self.token_embd.weight)

    @property
    def parameters_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())
