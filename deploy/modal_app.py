"""vLLM's OpenAI server on one GPU at Modal, set up to enforce Maze's grammars; README.md says how.

modal secret create maze-vllm VLLM_API_KEY=…
modal deploy deploy/modal_app.py
"""

import subprocess

import modal

MODEL = "Qwen/Qwen2.5-Coder-32B-Instruct"
GPU = "H100"  # 80 GB: 64 GB of weights and 8,192 tokens for a few requests at once
VLLM = "vllm>=0.12,<1"
MAX_MODEL_LEN = 8192
MAX_REQUESTS = 32  # at once, on one GPU
IDLE_SECONDS = 300  # until the GPU is given back
START_SECONDS = 1200  # the first start downloads the model
PORT = 8000
CACHE = "/root/.cache/huggingface"

app = modal.App("maze-vllm")
image = (
    modal.Image.from_registry("nvidia/cuda:12.8.1-devel-ubuntu22.04", add_python="3.12")
    .entrypoint([])
    .uv_pip_install(VLLM, "huggingface_hub[hf_xet]")
)
models = modal.Volume.from_name("maze-models", create_if_missing=True)
# without the key nothing starts: the address is open to the world
key = modal.Secret.from_name("maze-vllm", required_keys=["VLLM_API_KEY"])


def command() -> list[str]:
    """What runs on the GPU. vLLM reads its API key from VLLM_API_KEY."""
    return [
        *("vllm", "serve", MODEL),
        *("--host", "0.0.0.0", "--port", str(PORT)),
        *("--structured-outputs-config.backend", "guidance"),
        *("--max-model-len", str(MAX_MODEL_LEN)),
        *("--max-num-seqs", str(MAX_REQUESTS)),
    ]


@app.function(
    image=image,
    gpu=GPU,
    volumes={CACHE: models},
    secrets=[key],
    scaledown_window=IDLE_SECONDS,
    timeout=3600,
    max_containers=1,
)
@modal.concurrent(max_inputs=MAX_REQUESTS)
@modal.web_server(port=PORT, startup_timeout=START_SECONDS)
def serve() -> None:
    subprocess.Popen(command())
