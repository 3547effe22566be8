"""What a grammar is compiled for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """The same source gives a different text for each."""

    rule: str | None = None  # the rule a text begins with; None = "file" for languages, "start" for others
    profile: Literal["accept", "generate"] = "generate"
    indent: str = "4"  # "2", "4", "8", "tab", or "any"
    version: str | None = None  # of the language, such as "3.11"; None = the newest the grammar knows
