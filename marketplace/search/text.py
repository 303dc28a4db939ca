"""What somebody typed, as a Postgres text query."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import get_language

_OPERATOR: Final = re.compile(r'["()]|(?:^|\s)-|(?:^|\s)or(?:\s|$)', re.IGNORECASE)
_LAST_WORD: Final = re.compile(r"^(?:(?P<head>.*)\s)?(?P<tail>\w{2,})\Z", re.DOTALL)

# As search_stems() in the database names them.
_STEMS: Final = {
    "da": "danish", "de": "german", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip


def has_operators(words: str) -> bool:
    """Whether quotes, a minus or an "or" ask for something exact."""
    return bool(_OPERATOR.search(words))


def text_query(words: str) -> tuple[str, list[str]]:
    """An SQL expression of type tsquery and its parameters.

    The words as written or their English stems or those of the reader's language. Quotes, "or" and a minus mean what they mean
    on search pages (websearch_to_tsquery); otherwise the last word may be unfinished. The expression is constant, so the
    planner sees what is asked and how common it is.
    """
    configs = ["simple", "english"]
    own = _STEMS.get((get_language() or "en").partition("-")[0])
    if own:
        configs.append(own)
    match = None if has_operators(words) else _LAST_WORD.match(words)
    parts: list[str] = []
    params: list[str] = []
    for config in configs:
        if match:
            head, tail = match["head"] or "", match["tail"]
            parts.append(f"(websearch_to_tsquery('atelier_{config}', %s) && to_tsquery('atelier_{config}', %s))")
            params += [head, f"'{tail}':*"]
        else:
            parts.append(f"websearch_to_tsquery('atelier_{config}', %s)")
            params.append(words)
    return f"({' || '.join(parts)})", params
