"""The trained model as files that engines read: GGUF, and a Hugging Face folder of the same weights."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import torch
from gguf import GGMLQuantizationType, LlamaFileType, TokenType
from safetensors.torch import save_file
from tokenizers import Tokenizer

from nano.model import Model
from nano.tokenizer import CHAT_TEMPLATE, END, END_ID, END_OF_TEXT, PADDING_ID, SPECIAL

FORMATS = {
    "f32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}


def to_gguf(model: Model, words: Tokenizer, path: Path, format_: str = "q8_0") -> None:
    """Write a GGUF file that llama.cpp loads as ``llama``."""
    quantization, file_type = FORMATS[format_]
    writer = gguf.GGUFWriter(path, "llama")
    config = model.config
    writer.add_name("maze-nano")
    writer.add_description(
        "Maze's embedded model: small functions in six languages, for first steps and for tests"
    )
    writer.add_license("MIT")
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.hidden)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.heads)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_rope_freq_base(config.theta)
    writer.add_rope_dimension_count(config.head)
    writer.add_vocab_size(config.vocabulary)
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _tokenizer(writer, words, config.vocabulary)
    for name, tensor in model.state_dict().items():
        # the head is the embedding: llama.cpp takes token_embd where there is no output.weight
        array = tensor.detach().float().numpy()
        if array.ndim == 1:
            writer.add_tensor(name, array)
        else:
            writer.add_tensor(name, gguf.quants.quantize(array, quantization), raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokenizer(writer: gguf.GGUFWriter, words: Tokenizer, size: int) -> None:
    vocabulary = words.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    types = [TokenType.CONTROL if token in SPECIAL else TokenType.NORMAL for token in tokens]
    unused = [f"[unused{number}]" for number in range(len(tokens), size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens + unused)
    writer.add_token_types(types + [TokenType.UNUSED] * len(unused))
    merges = json.loads(words.to_str())["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(PADDING_ID)
    writer.add_eos_token_id(END_ID)
    writer.add_eot_token_id(END_ID)
    writer.add_pad_token_id(PADDING_ID)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


HUGGING_FACE = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def to_hugging_face(model: Model, words: Tokenizer, folder: Path) -> None:
    """Write a folder that transformers and vLLM load as ``LlamaForCausalLM``."""
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config
    save_file(
        {
            _hugging_face(name): _halves(name, tensor, config.heads)
            for name, tensor in model.state_dict().items()
        },
        folder / "model.safetensors",
        {"format": "pt"},
    )
    settings = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": config.vocabulary,
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.heads,
        "max_position_embeddings": config.context,
        "rope_theta": config.theta,
        "rms_norm_eps": config.epsilon,
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "bos_token_id": PADDING_ID,
        "eos_token_id": END_ID,
        "pad_token_id": PADDING_ID,
        "torch_dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    tokens = {"bos_token": END_OF_TEXT, "eos_token": END, "pad_token": END_OF_TEXT}
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": config.context}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(tokens | kind | {"chat_template": CHAT_TEMPLATE}, indent=2) + "\n"
    )
    words.save(str(folder / "tokenizer.json"))


def _hugging_face(name: str) -> str:
    if name.startswith("blk."):
        _, number, part, _ = name.split(".")
        return f"model.layers.{number}.{HUGGING_FACE[part]}.weight"
    return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[name]


def _halves(name: str, tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """transformers rotates halves where llama.cpp rotates pairs: queries and keys are reordered."""
    if not name.endswith(("attn_q.weight", "attn_k.weight")):
        return tensor.clone().contiguous()
    rows, columns = tensor.shape
    paired = tensor.view(heads, rows // heads // 2, 2, columns)
    return paired.transpose(1, 2).reshape(rows, columns).contiguous()
