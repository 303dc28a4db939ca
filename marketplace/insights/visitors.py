"""Who looks: a person or a program, and the same one as before or another, without keeping who."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest

from kit.http import client_ip

_BOT: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scrap|archiv|fetch|preview|monitor|uptime|pingdom|lighthouse|headless|phantom|python|curl|wget|"
    r"httpx|axios|okhttp|go-http|java/|libwww|perl|ruby|feed|rss|facebookexternalhit|whatsapp|telegram|embedly|validator",
    re.IGNORECASE,
)


def is_bot(user_agent: str) -> bool:
    """Programs name themselves, or leave the name out. What poses as a browser is counted as one."""
    return not user_agent or not user_agent.startswith(("Mozilla/", "Opera/")) or bool(_BOT.search(user_agent))


def counts_as_view(request: HttpRequest) -> bool:
    """Whether a person asked for the page to see it: no program, no prefetching, no HEAD."""
    if request.method != "GET" or "prefetch" in (request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""):
        return False
    return not is_bot(request.headers.get("User-Agent", ""))


def visitor_of(request: HttpRequest) -> str:
    """A word for this visitor: her account, else her address and browser. It is hashed with the day's salt before it is kept."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return f"{client_ip(request)} {request.headers.get('User-Agent', '')[:200]}"
