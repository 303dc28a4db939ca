"""Fills a database with products as a large shop would have them: the same rows on every machine.

    python benchmarks/load.py 100000        into the database bench_100000 beside that of DATABASE_URL

Titles, summaries and descriptions are of a made-up language whose words are as unevenly common as those of a real one.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

BASE = Path(__file__).resolve().parent.parent
WORDS = 12_000
CREATORS = 2_000
BUYERS = 500
CATEGORIES = ("Design and type", "Writing", "Photography", "Software and data", "Craft and making", "Running a studio", "Music", "Food",
              "Teaching", "Film", "Science", "Languages")  # fmt: skip
TAGS = 300
KINDS = ("course", "prompt", "template", "ebook", "persona")
DETAILS = {
    "course": '{"lessons": 24}',
    "prompt": '{"models": ["GPT", "Claude"], "prompt_count": 12}',
    "template": '{"formats": ["Figma", "Docs"]}',
    "ebook": '{"pages": 184, "formats": ["PDF", "EPUB"]}',
    "persona": '{"models": ["Claude"], "examples": [{"question": "Why?", "answer": "Because."}]}',
}
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
REVIEWED = 200
"""So many products have reviews, five to sixty each: those whose pages are measured."""


def database_url(name: str) -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{name}"))


def words(chance: random.Random) -> list[str]:
    """A vocabulary; all different, five to eleven letters."""
    starts = ["b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w"]
    middles = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
    ends = ["", "n", "r", "l", "s", "t", "m", "nd", "rk", "lt"]
    found: dict[str, None] = {}
    while len(found) < WORDS:
        word = "".join(chance.choice(part) for _ in range(chance.choice((2, 2, 3))) for part in (starts, middles, ends))
        if 5 <= len(word) <= 11:
            found[word] = None
    return list(found)


class Shelf:
    """Rows for COPY, all from one seed."""

    def __init__(self, products: int) -> None:
        self.products = products
        self.chance = random.Random(20261121)
        self.words = words(self.chance)
        self.weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(WORDS)))

    def say(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, cum_weights=self.weights, k=count))

    def users(self) -> Iterable[Sequence[Any]]:
        for pk in range(1, CREATORS + BUYERS + 1):
            maker = pk <= CREATORS
            yield (pk, "!", False, f"person{pk}", f"person{pk}@example.com", False, True, BEGAN, BEGAN if maker else None, None, "", None)

    def profiles(self) -> Iterable[Sequence[Any]]:
        for pk in range(1, CREATORS + BUYERS + 1):
            yield (pk, self.say(2).title(), self.say(20).capitalize() + ".", "", "", "{}", "", "UTC", BEGAN)

    def tagged(self) -> Iterable[Sequence[Any]]:
        for pk in range(1, self.products + 1):
            for tag in {min(TAGS, int(self.chance.paretovariate(0.6))) for _ in range(4)}:
                yield (pk, tag)

    def rows(self) -> Iterable[Sequence[Any]]:
        chance = self.chance
        for pk in range(1, self.products + 1):
            kind = chance.choice(KINDS)
            pricing = chance.choices(("fixed", "free", "pwyw"), (70, 22, 8))[0]
            price = chance.randrange(100, 12_000) if pricing == "fixed" else 0
            compare = price * 2 if price and chance.random() < 0.1 else None
            ratings = int(chance.paretovariate(0.7)) - 1 if chance.random() < 0.8 else 0
            rated = min(ratings, 30)
            stars, times = sum(chance.choices((5, 4, 3, 2, 1), (60, 25, 8, 4, 3), k=rated)), max(1, min(ratings, 3_000) // 30)
            at = BEGAN + timedelta(minutes=10 * pk)
            title = self.say(chance.randrange(3, 7)).capitalize()
            yield (
                pk, chance.randrange(1, CREATORS + 1), kind, f"{title} {pk}", f"{title.lower().replace(' ', '-')}-{pk}"[:140],
                self.say(12).capitalize() + ".", "\n\n".join(self.say(30).capitalize() + "." for _ in range(3)), "", DETAILS[kind],
                "en", "",
                chance.randrange(1, len(CATEGORIES) + 1), pricing, "EUR", price, None, compare, "live", True, at, at, at, at,
                min(int(chance.paretovariate(0.6)), 90_000), min(int(chance.paretovariate(0.5)), 100_000),
                stars * times, rated * times,
            )  # fmt: skip


def copy(cursor: psycopg.Cursor[Any], table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row(row)


def fill(cursor: psycopg.Cursor[Any], products: int) -> None:
    shelf = Shelf(products)
    copy(cursor, "accounts_user",
         "id, password, is_superuser, username, email, is_staff, is_active, date_joined, creator_since, suspended_at, suspension_reason, "
         "closed_at",
         shelf.users())  # fmt: skip
    copy(
        cursor,
        "accounts_profile",
        "user_id, display_name, bio, location, website, social_links, avatar, time_zone, updated_at",
        shelf.profiles(),
    )
    copy(cursor, "marketplace_category", "id, name, slug, description, position",
         ((i, name, name.lower().replace(" ", "-"), "", i) for i, name in enumerate(CATEGORIES, 1)))  # fmt: skip
    copy(cursor, "marketplace_tag", "id, name, slug", ((i, word, word) for i, word in enumerate(shelf.words[-TAGS:], 1)))
    # The vector of a product is made as its row arrives; its tags have to be there by then. Foreign keys are checked at commit.
    cursor.execute("ALTER TABLE marketplace_product_tags DISABLE TRIGGER search_tags_put")
    copy(cursor, "marketplace_product_tags", "product_id, tag_id", shelf.tagged())
    copy(cursor, "marketplace_product",
         "id, creator_id, kind, title, slug, summary, description, sample_output, details, language, cover, category_id, pricing, "
        "currency, "
         "price_minor, suggested_minor, compare_at_minor, state, publish_on_approval, created_at, updated_at, submitted_at, published_at, "
         "sales_count, download_count, rating_sum, rating_count", shelf.rows())  # fmt: skip
    cursor.execute("""
        INSERT INTO marketplace_version (product_id, number, label, changelog, state, created_at, published_at)
        SELECT id, 1, '1.0.0', '', 'published', published_at, published_at FROM marketplace_product""")
    cursor.execute("""
        INSERT INTO marketplace_asset (id, version_id, name, file, size_bytes, sha256, content_type, notes, position, created_at)
        SELECT gen_random_uuid(), v.id, p.slug || f.ending, 'none', 40000 + p.id, '', f.type, '[]', f.position, p.published_at
        FROM marketplace_version v JOIN marketplace_product p ON p.id = v.product_id
        CROSS JOIN (VALUES ('.pdf', 'application/pdf', 0), ('.epub', 'application/epub+zip', 1)) AS f (ending, type, position)""")
    # Five to sixty reviews for the first products, whose counters then say so.
    cursor.execute(
        """
        INSERT INTO reviews_review (product_id, author_id, stars, title, text, created_at, updated_at, helpful_count)
        SELECT p.id, %s + n, 1 + (p.id * 7 + n * 3) %% 5, 'Worth it', 'I used it on a Monday and was done by Tuesday.',
               p.published_at + n * interval '1 hour', p.published_at, n %% 4
        FROM marketplace_product p CROSS JOIN LATERAL generate_series(1, 5 + p.id %% 56) AS n WHERE p.id <= %s""",
        [CREATORS, REVIEWED],
    )
    cursor.execute("""
        UPDATE marketplace_product p SET rating_sum = r.stars, rating_count = r.n
        FROM (SELECT product_id, sum(stars) AS stars, count(*) AS n FROM reviews_review GROUP BY 1) AS r WHERE r.product_id = p.id""")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("ALTER TABLE marketplace_product_tags ENABLE TRIGGER search_tags_put")
    for table in ("accounts_user", "marketplace_category", "marketplace_tag", "marketplace_product"):
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    cursor.execute("""
        CREATE TABLE floor_item AS
        SELECT p.id, p.slug, p.title, pr.display_name AS maker, p.price_minor, p.rating_average AS rating, p.description, p.published_at
        FROM marketplace_product p JOIN accounts_profile pr ON pr.user_id = p.creator_id ORDER BY p.id""")
    cursor.execute("ALTER TABLE floor_item ADD PRIMARY KEY (id)")
    cursor.execute("CREATE UNIQUE INDEX floor_item_slug ON floor_item (slug)")
    cursor.execute("CREATE INDEX floor_item_newest ON floor_item (published_at DESC, id DESC)")


def load(products: int) -> str:
    """The address of a database with so many products; made where it is not there yet, or of an older shape."""
    name = f"bench_{products}"
    url = database_url(name)
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.product_settings", "PYTHONPATH": str(BASE)}
    manage = [sys.executable, str(BASE / "manage.py")]
    up_to_date = [*manage, "migrate", "--check"]
    if _is_ready(url, products) and subprocess.run(up_to_date, env=environ, cwd=BASE, capture_output=True, check=False).returncode == 0:
        return url
    began = time.monotonic()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environ, cwd=BASE, check=True)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        fill(cursor, products)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    script = "import django; django.setup(); from marketplace.search.services.words import rebuild_words; print(rebuild_words(), 'words')"
    subprocess.run([sys.executable, "-c", script], env=environ, cwd=BASE, check=True)
    print(f"{products:,} products loaded into {name} in {time.monotonic() - began:.0f} s", flush=True)
    return url


def _is_ready(url: str, products: int) -> bool:
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM floor_item").fetchone()
            return row is not None and row[0] == products
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return False


if __name__ == "__main__":
    load(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
