"""Writes benchmarks/RESULTS.md and its plot, a section for each measurement; others keep theirs."""

from __future__ import annotations

import datetime
import os
import platform
import re
from html import escape
from importlib.metadata import version
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
PLOT = FILE.with_name("speed.svg")

TITLE = """# Results

Measured by `benchmarks/speed.py`, `benchmarks/rivals.py` and `benchmarks/budgets.py`; how is said there. Every line is a median.

![tokens a second with the grammar, as a share of those without](speed.svg)
"""

SECTIONS = {
    "ratio": (
        "Tokens a second, with and without a grammar",
        ("model, output", "refused", "masks", "forced", "without", "with", "ratio"),
    ),
    "length": (
        "As the text grows: Python, over the 100 tokens before each mark",
        ("token", "without", "with", "ratio"),
    ),
    "vocabulary": (
        "As the vocabulary grows: microseconds a token beside the model, without and with the grammar",
        ("vocabulary", "Python", "with", "TypeScript", "with", "JSON schema", "with"),
    ),
    "budgets": (
        "Any token budget: nano at temperature 1.5, budgets of 1 to 256 tokens",
        (
            "language",
            "runs",
            "ended by the model",
            "closed",
            "exit 7, too few",
            "other exits",
            "accepted by the parser",
            "closing ms p50",
            "p95",
            "p99",
            "most",
        ),
    ),
    "samples": ("Eight samples of one prompt, tokens a second in all", ("how", "tokens/s")),
    "start": ("From process start to the first text, in seconds", ("stage", "median", "fastest")),
    "memory": ("Memory, in MB", ("what", "at most", "at the end, without mapped files")),
    "rivals": (
        "Beside rivals: the same model and JSON schema",
        ("what", "first token s", "tokens/s after it", "peak MB"),
    ),
}


def write(part: str, rows: list[list[str]]) -> None:
    """Replace the section ``part`` by ``rows``, and draw the plot anew."""
    text = FILE.read_text("utf-8") if FILE.exists() else ""
    sections = dict(re.findall(r"^(## .*)\n((?:(?!## ).*\n?)*)", text, re.M))
    heading, columns = SECTIONS[part]
    table = "".join("| " + " | ".join(row) + " |\n" for row in (columns, ["---"] * len(columns), *rows))
    sections[f"## {heading}"] = f"\n{_how()}\n\n{table}"
    order = [f"## {heading}" for heading, _ in SECTIONS.values()]
    body = "\n".join(f"{name}\n{sections[name].rstrip()}\n" for name in order if name in sections)
    FILE.write_text(f"{TITLE}\n{body}", "utf-8")
    if part == "ratio":
        PLOT.write_text(_bars([(row[0], float(row[-1])) for row in rows]), "utf-8")


def _how() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("llama-cpp-python", "llguidance", "numpy"))
    load = os.getloadavg()[0]
    return f"{datetime.date.today()}, {os.cpu_count()} cores ({platform.machine()}, load {load:.1f}), {packages}."


def _bars(values: list[tuple[str, float]]) -> str:
    """A bar chart; the line is at 1, where the grammar costs nothing."""
    left, scale, step = 220, 220, 26
    width, height = (
        left + int(scale * max(2.0, *(value for _, value in values))) + 60,
        step * len(values) + 30,
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for index, (name, value) in enumerate(values):
        y = 10 + index * step
        bar = int(value * scale)
        lines += [
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{left}" y="{y + 3}" width="{bar}" height="{step - 9}" fill="#3b6ea5"/>',
            f'<text x="{left + bar + 6}" y="{y + 15}">{value:.2f}</text>',
        ]
    one = left + scale
    lines.append(f'<path d="M{one} 5V{height - 15}" stroke="#c33" stroke-dasharray="4 3"/></svg>')
    return "\n".join(lines) + "\n"
