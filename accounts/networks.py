"""Places elsewhere that a profile can link to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

_HANDLE = re.compile(r"@?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,60}[A-Za-z0-9_])?", re.ASCII)
_FEDIVERSE = re.compile(r"@?([A-Za-z0-9_.-]{1,60})@([a-z0-9.-]+\.[a-z]{2,})", re.ASCII | re.IGNORECASE)
_web_address = URLValidator(schemes=["https", "http"])


@dataclass(frozen=True)
class Network:
    """`hosts` are those that a link may point to (none: any); `profile` makes an address of a handle."""

    label: str
    hosts: tuple[str, ...]
    profile: str


NETWORKS: dict[str, Network] = {
    "mastodon": Network("Mastodon", (), ""),
    "bluesky": Network("Bluesky", ("bsky.app",), "https://bsky.app/profile/{}"),
    "github": Network("GitHub", ("github.com",), "https://github.com/{}"),
    "youtube": Network("YouTube", ("youtube.com", "www.youtube.com"), "https://www.youtube.com/@{}"),
    "instagram": Network("Instagram", ("instagram.com", "www.instagram.com"), "https://www.instagram.com/{}"),
    "linkedin": Network("LinkedIn", ("linkedin.com", "www.linkedin.com"), "https://www.linkedin.com/in/{}"),
    "x": Network("X", ("x.com", "twitter.com"), "https://x.com/{}"),
}


def clean_link(key: str, typed: str) -> str:
    """The https address of what was typed: an address of that place, or a handle there; "" for nothing.

    Raises ValidationError for an address of another place.
    """
    network, text = NETWORKS[key], typed.strip()
    if not text:
        return ""
    if match := _FEDIVERSE.fullmatch(text) if not network.hosts else None:
        text = f"https://{match[2].lower()}/@{match[1]}"
    elif network.profile and "/" not in text and _HANDLE.fullmatch(text) and text not in network.hosts:
        return network.profile.format(text.removeprefix("@"))
    elif "://" not in text:
        text = f"https://{text}"
    _web_address(text)
    parts = urlsplit(text)
    if parts.username or parts.port or (network.hosts and (parts.hostname or "") not in network.hosts):
        raise ValidationError(_("This is no address at %(network)s."), params={"network": network.label})
    if parts.path in ("", "/"):
        raise ValidationError(_("Give the address of your own page at %(network)s."), params={"network": network.label})
    return parts._replace(scheme="https").geturl()
