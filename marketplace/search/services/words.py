"""Keeping the vocabulary that corrects mistyped searches."""

from __future__ import annotations

from django.db import connection, transaction

from marketplace.search.models import Word

# Words of letters, as they stand in the search vector; sorted, so that two writers lock in one order.
_LEARN = """
INSERT INTO search_word (text, works)
SELECT word, 1 FROM (
  SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('atelier_simple',
    concat_ws(' ', p.title, p.summary, search_tags(p.id), search_maker(p.creator_id))))) AS word
  FROM marketplace_product p WHERE p.id = %s AND p.state = 'live'
) AS words
WHERE length(word) BETWEEN 3 AND 60 AND word ~ '^[[:alpha:]]'
ORDER BY word
ON CONFLICT (text) DO NOTHING
"""

_COUNT = """
INSERT INTO search_word (text, works)
SELECT word, least(ndoc, 2147483647) FROM ts_stat($$
  SELECT to_tsvector('atelier_simple', concat_ws(' ', p.title, p.summary, search_tags(p.id), search_maker(p.creator_id)))
  FROM marketplace_product p WHERE p.state = 'live'
$$)
WHERE length(word) BETWEEN 3 AND 60 AND word ~ '^[[:alpha:]]'
"""


def learn_words(product_id: int) -> None:
    """Put the words of a live work into the vocabulary; nothing for one that is not live."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LEARN, [product_id])


def rebuild_words() -> int:
    """Count the vocabulary of all live works anew and forget words that no work has. Returns how many words there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Learning waits meanwhile; searching does not.
        cursor.execute("LOCK TABLE search_word IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM search_word")
        cursor.execute(_COUNT)
    return Word.objects.count()
