"""Settings: one typed schema, five layers, TOML in and out.

Flags beat ``MAZE_*`` variables, which beat the project's ``maze.toml``, which beats the user's
``config.toml``, which beats the defaults::

    settings = load(os.environ, Path.cwd())
    settings.generation.max_tokens, settings.origin("generation.max_tokens")
"""

from __future__ import annotations

from maze.settings.files import plain, project_path, set_value, unset_value, user_path, write_new
from maze.settings.layers import check_file, load
from maze.settings.schema import (
    ALIASES,
    SETTINGS,
    Origin,
    Setting,
    Settings,
    Unknown,
    Value,
    find,
    section_help,
)

__all__ = [
    "ALIASES",
    "SETTINGS",
    "Origin",
    "Setting",
    "Settings",
    "Unknown",
    "Value",
    "check_file",
    "find",
    "load",
    "plain",
    "project_path",
    "section_help",
    "set_value",
    "unset_value",
    "user_path",
    "write_new",
]
