"""Reads settings from the environment. A missing or malformed one stops the start with a sentence that names it.

    from config.env import env
    MAX_ASSET_BYTES = env.int("MAX_ASSET_MB", 2048) * 1024 * 1024

A variable that is set to nothing counts as not set. Values of settings that may hold a password are never repeated.
"""

import builtins
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import environ


class SettingError(SystemExit):
    """Ends the process: the environment is not one that Atelier can run in. Its text is for whoever set it up."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        sentences = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(f"Atelier cannot start: {sentence}" for sentence in sentences))


class Environment:
    """Typed reading of environment variables, each with the default that holds when it is not set."""

    def __init__(self, values: Mapping[builtins.str, builtins.str]) -> None:
        self._values = values

    def __contains__(self, name: builtins.str) -> builtins.bool:
        return bool(self._values.get(name, "").strip())

    def str(self, name: builtins.str, default: builtins.str = "") -> builtins.str:
        """The text, without white space around it."""
        return self._values[name].strip() if name in self else default

    def int(self, name: builtins.str, default: builtins.int, *, least: builtins.int = 0) -> builtins.int:
        """A whole number, at least `least`."""
        if name not in self:
            return default
        text = self.str(name)
        try:
            value = builtins.int(text)
        except ValueError:
            raise SettingError(f"{name} must be a whole number, but is {text!r}.") from None
        if value < least:
            raise SettingError(f"{name} must be {least} or more, but is {value}.")
        return value

    def bool(self, name: builtins.str, default: builtins.bool = False) -> builtins.bool:
        """1, true, yes, on; 0, false, no, off; in any case of letters."""
        if name not in self:
            return default
        text = self.str(name).lower()
        if text in {"1", "true", "yes", "on"}:
            return True
        if text in {"0", "false", "no", "off"}:
            return False
        raise SettingError(f"{name} must be true or false, but is {text!r}.")

    def list(self, name: builtins.str, default: Sequence[builtins.str] = ()) -> builtins.list[builtins.str]:
        """Texts separated by commas."""
        if name not in self:
            return builtins.list(default)
        return [part.strip() for part in self.str(name).split(",") if part.strip()]

    def choice(self, name: builtins.str, default: builtins.str, choices: Sequence[builtins.str]) -> builtins.str:
        """One of a few words."""
        text = self.str(name, default)
        if text not in choices:
            raise SettingError(f"{name} must be one of {', '.join(choices)}, but is {text!r}.")
        return text

    def url(self, name: builtins.str, default: builtins.str = "", *, schemes: Sequence[builtins.str] = ("https", "http")) -> builtins.str:
        """An address with one of the schemes. Its value is not repeated in the refusal: it may hold a password."""
        text = self.str(name, default)
        if text and not _is_url(text, schemes):
            shown = " or ".join(f"{scheme}://" for scheme in schemes)
            raise SettingError(f"{name} must be an address that begins with {shown}.")
        return text

    def db(self, name: builtins.str, default: builtins.str) -> dict[builtins.str, Any]:
        """A Postgres address as Django's database settings."""
        text = self.url(name, default, schemes=("postgres", "postgresql"))
        try:
            parsed: dict[builtins.str, Any] = environ.Env.db_url_config(text)
        except ValueError:
            raise SettingError(f"{name} is not a well-formed database address.") from None
        if not parsed.get("NAME"):
            raise SettingError(f"{name} must end with the name of the database: postgres://user:password@host:5432/name.")
        return parsed

    def email_url(self, name: builtins.str, default: builtins.str) -> dict[builtins.str, Any]:
        """A mail server's address as Django's mail settings: smtp://, smtp+tls://, smtp+ssl://, filemail:// or consolemail://."""
        text = self.url(name, default, schemes=("smtp+tls", "smtp+ssl", "smtp", "filemail", "consolemail"))
        try:
            parsed: dict[builtins.str, Any] = environ.Env.email_url_config(text)
        except (ValueError, environ.ImproperlyConfigured):
            raise SettingError(f"{name} is not a well-formed mail server address.") from None
        parsed.update(parsed.pop("OPTIONS", {}))
        return {key: value for key, value in parsed.items() if value is not None}


def _is_url(text: builtins.str, schemes: Sequence[builtins.str]) -> builtins.bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and "://" in text and bool(parts.netloc or parts.path.strip("/") or parts.scheme == "consolemail")


env = Environment(os.environ)
