"""Where a server is, how its key is found, and to whom the key is never sent."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from maze.engines.remote.presets import Preset
from maze.errors import SettingsError
from maze.settings import Settings
from maze.settings.secrets import api_key


@dataclass(frozen=True, slots=True)
class Server:
    """One server, as the settings say. ``section`` is that of its settings, e.g. ``engines.vllm``."""

    url: str
    section: str
    timeout: float
    start: str  # how to start one
    key: str | None = field(default=None, repr=False)

    @property
    def loopback(self) -> bool:
        """The server is on this machine."""
        return _is_loopback(urlsplit(self.url).hostname or "")


def find(preset: Preset, settings: Settings) -> Server:
    """The server of ``preset``.

    Raises ``SettingsError`` when nobody says where it is, and when its key would be readable on the way.
    """
    section = f"engines.{preset.section}"
    chosen = getattr(settings.engines, preset.section)
    url = chosen.base_url
    if preset.url_variable and settings.origin(f"{section}.base_url").layer == "default":
        url = os.environ.get(preset.url_variable) or url
    if not url:
        raise SettingsError(
            f"nothing says where the server of {preset.name} is",
            hint=f"maze config set {section}.base_url URL"
            + (f", or export {preset.url_variable}=URL" if preset.url_variable else ""),
        )
    # people paste the address other clients want
    root = url.rstrip("/").removesuffix("/v1")
    key = stored_key(preset.section, settings)
    server = Server(root, section, chosen.timeout, preset.start, key)
    if key and urlsplit(root).scheme == "http" and not server.loopback and not chosen.allow_plain_http:
        raise SettingsError(
            f"{section}.base_url = {root}: the API key would be sent in plain text",
            hint=f"an https:// address, or maze config set {section}.allow_plain_http true",
        )
    return server


def stored_key(section: str, settings: Settings) -> str | None:
    """The API key of ``section``: of its variable, else of the file of keys."""
    return os.environ.get(getattr(settings.engines, section).api_key_env) or api_key(section)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
