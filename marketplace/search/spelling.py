"""What a mistyped search may have meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from django.db import connection

from marketplace.search.text import has_operators

_WORD: Final = re.compile(r"[^\W_]+")
SHORTEST: Final = 3
MOST_WORDS: Final = 8

# Words within two letters of each typed one, the nearest and most common first.
_CANDIDATES: Final = """
SELECT typed.n, near.text, near.works
FROM unnest(%s::text[]) WITH ORDINALITY AS given (word, n)
CROSS JOIN LATERAL (SELECT given.n, lower(unaccent(given.word)) AS word) AS typed
CROSS JOIN LATERAL (
  SELECT w.text, w.works, levenshtein_less_equal(w.text, typed.word, 2) AS distance
  FROM search_word w
  WHERE length(w.text) BETWEEN length(typed.word) - 1 AND length(typed.word) + 1
    AND levenshtein_less_equal(w.text, typed.word, 2) <= 2
  ORDER BY distance, w.works DESC, w.text
  LIMIT 20
) AS near
ORDER BY typed.n
"""


def correct(words: str) -> str:
    """The search with unknown words replaced by the nearest known ones; "" when there is nothing to put right.

    One slip is put right in any word of three letters or more, two in words of seven or more. Two letters in each
    other's place are one slip.
    """
    found = [match for match in _WORD.finditer(words) if SHORTEST <= len(match[0]) <= 40][:MOST_WORDS]
    if not found or has_operators(words):
        return ""
    typed = [match[0] for match in found]
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(unaccent(word)) FROM unnest(%s::text[]) WITH ORDINALITY AS t (word, n) ORDER BY n", [typed])
        plain = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute(_CANDIDATES, [typed])
        near: dict[int, list[tuple[str, int]]] = {}
        for n, text, works in cursor.fetchall():
            near.setdefault(int(n) - 1, []).append((str(text), int(works)))
    corrected = words
    for index in reversed(range(len(found))):
        best = _nearest(plain[index], near.get(index, ()))
        if best and best != plain[index]:
            corrected = corrected[: found[index].start()] + best + corrected[found[index].end() :]
    return corrected if corrected != words else ""


def _nearest(word: str, candidates: Sequence[tuple[str, int]]) -> str:
    most = 2 if len(word) >= 7 else 1
    ranked = sorted((slips(word, text), text[:1] != word[:1], -works, text) for text, works in candidates)
    return ranked[0][3] if ranked and ranked[0][0] <= most else ""


def slips(a: str, b: str) -> int:
    """How many slips of the finger lie between two words: a letter too many, too few, wrong, or two in each other's place.

    The optimal string alignment distance (Damerau 1964).
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before = before, row
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
