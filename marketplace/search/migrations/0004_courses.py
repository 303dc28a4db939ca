"""Courses are found by what they teach, and paid works with a free part are free to start, too.

The words of a course (`CourseListing.words`: outcomes, modules, lessons) join the vector with the weight of a description. The price
class gets a fourth value, and the indexes that cover the filters the column that it is made of.
"""

from django.db import migrations

_VECTOR = """
  SELECT setweight(to_tsvector('atelier_simple', title) || to_tsvector(search_stems(language), title), 'A')
      || setweight(to_tsvector('atelier_simple', tags) || to_tsvector(search_stems(language), tags), 'B')
      || setweight(to_tsvector('atelier_simple', summary) || to_tsvector(search_stems(language), summary), 'B')
      || setweight(to_tsvector('atelier_simple', maker), 'C')
      || setweight(to_tsvector(search_stems(language), description), 'D')
      || CASE WHEN lower(language) LIKE 'en%' THEN ''::tsvector ELSE setweight(to_tsvector('atelier_simple', description), 'D') END
"""

WORDS = f"""
CREATE FUNCTION search_words_inside(product bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce((SELECT l.words FROM courseware_courselisting l WHERE l.product_id = product), '')
$$;

CREATE FUNCTION search_vector(title text, tags text, summary text, maker text, description text, inside text, language text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  {_VECTOR}
      || setweight(to_tsvector('atelier_simple', inside) || to_tsvector(search_stems(language), inside), 'D')
$$;

CREATE OR REPLACE FUNCTION search_product_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := search_vector(
    NEW.title, search_tags(NEW.id), NEW.summary, coalesce(search_maker(NEW.creator_id), ''), NEW.description,
    search_words_inside(NEW.id), NEW.language);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH locked AS (SELECT id FROM marketplace_product WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE)
  UPDATE marketplace_product p
  SET search = search_vector(
    p.title, search_tags(p.id), p.summary, coalesce(search_maker(p.creator_id), ''), p.description, search_words_inside(p.id), p.language)
  FROM locked WHERE locked.id = p.id
$$;

CREATE FUNCTION search_words_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh(ARRAY[NEW.product_id::bigint]);
  RETURN NULL;
END $$;

CREATE TRIGGER search_words_put AFTER INSERT ON courseware_courselisting
  FOR EACH ROW WHEN (NEW.words <> '') EXECUTE FUNCTION search_words_written();
CREATE TRIGGER search_words_changed AFTER UPDATE OF words ON courseware_courselisting
  FOR EACH ROW WHEN (OLD.words IS DISTINCT FROM NEW.words) EXECUTE FUNCTION search_words_written();

DROP FUNCTION search_vector(text, text, text, text, text, text);
"""  # noqa: S608

NO_WORDS = f"""
DROP TRIGGER search_words_put ON courseware_courselisting;
DROP TRIGGER search_words_changed ON courseware_courselisting;
DROP FUNCTION search_words_written();

CREATE FUNCTION search_vector(title text, tags text, summary text, maker text, description text, language text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  {_VECTOR}
$$;

CREATE OR REPLACE FUNCTION search_product_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := search_vector(
    NEW.title, search_tags(NEW.id), NEW.summary, coalesce(search_maker(NEW.creator_id), ''), NEW.description, NEW.language);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH locked AS (SELECT id FROM marketplace_product WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE)
  UPDATE marketplace_product p
  SET search = search_vector(p.title, search_tags(p.id), p.summary, coalesce(search_maker(p.creator_id), ''), p.description, p.language)
  FROM locked WHERE locked.id = p.id
$$;

DROP FUNCTION search_vector(text, text, text, text, text, text, text);
DROP FUNCTION search_words_inside(bigint);
"""  # noqa: S608

PRICES = """
CREATE FUNCTION search_price_class(pricing text, price_minor integer, has_free_preview boolean) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN pricing = 'free' THEN 0 WHEN pricing = 'pwyw' AND price_minor = 0 THEN 1 WHEN has_free_preview THEN 3 ELSE 2 END::smallint
$$;
DROP FUNCTION search_price_class(text, integer);
"""

OLD_PRICES = """
CREATE FUNCTION search_price_class(pricing text, price_minor integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN pricing = 'free' THEN 0 WHEN pricing = 'pwyw' AND price_minor = 0 THEN 1 ELSE 2 END::smallint
$$;
DROP FUNCTION search_price_class(text, integer, boolean);
"""


def _indexes(also: str) -> str:
    return f"""
DROP INDEX search_by_newest; DROP INDEX search_by_downloads; DROP INDEX search_by_rating; DROP INDEX search_by_price;
CREATE INDEX search_by_newest ON marketplace_product (published_at DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor{also}, rating_average) WHERE state = 'live';
CREATE INDEX search_by_downloads ON marketplace_product (download_count DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor{also}, rating_average) WHERE state = 'live';
CREATE INDEX search_by_rating ON marketplace_product (rating_average DESC, rating_count DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor{also}) WHERE state = 'live';
CREATE INDEX search_by_price ON marketplace_product (search_price(price_minor, currency), id)
  INCLUDE (kind, category_id, pricing, price_minor{also}, currency, rating_average) WHERE state = 'live';
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0003_browsing"), ("marketplace", "0004_free_previews"), ("courseware", "0002_listing_words")]
    operations = [
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(PRICES, OLD_PRICES),
        migrations.RunSQL(_indexes(", has_free_preview"), _indexes("")),
    ]
