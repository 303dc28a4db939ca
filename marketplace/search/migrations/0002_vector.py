"""The search vector of a product, kept by the database (docs/adr/0008-search.md).

Title A, tags and summary B, the maker's name C, description D; each word once as written (lower case, no accents) and
once as the stem of the work's own language. A trigger rather than code: whatever writes a product, be it a form, the
admin or a bulk load, what is committed is what is found.
"""

from django.db import migrations

# language of the work → the stemming that Postgres brings
STEMS = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

_CONFIGS = [("simple", "simple")] + [(name, f"{name}_stem") for name in sorted(set(STEMS.values()))]

CREATE_CONFIGS = "\n".join(
    f"CREATE TEXT SEARCH CONFIGURATION atelier_{name} (COPY = pg_catalog.{name});\n"
    f"ALTER TEXT SEARCH CONFIGURATION atelier_{name} ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {dictionary};"
    for name, dictionary in _CONFIGS
)
DROP_CONFIGS = "\n".join(f"DROP TEXT SEARCH CONFIGURATION atelier_{name};" for name, _dictionary in _CONFIGS)

_CASES = "\n    ".join(f"WHEN '{language}' THEN 'atelier_{stem}'::regconfig" for language, stem in STEMS.items())

CREATE_FUNCTIONS = f"""
CREATE FUNCTION search_stems(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE split_part(lower(language), '-', 1)
    {_CASES}
    ELSE 'atelier_simple'::regconfig END
$$;

CREATE FUNCTION search_vector(title text, tags text, summary text, maker text, description text, language text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('atelier_simple', title) || to_tsvector(search_stems(language), title), 'A')
      || setweight(to_tsvector('atelier_simple', tags) || to_tsvector(search_stems(language), tags), 'B')
      || setweight(to_tsvector('atelier_simple', summary) || to_tsvector(search_stems(language), summary), 'B')
      || setweight(to_tsvector('atelier_simple', maker), 'C')
      || setweight(to_tsvector(search_stems(language), description), 'D')
      -- Everybody searches by English stems; other languages are also found by their words as written.
      || CASE WHEN lower(language) LIKE 'en%' THEN ''::tsvector ELSE setweight(to_tsvector('atelier_simple', description), 'D') END
$$;

CREATE FUNCTION search_maker(creator bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT concat_ws(' ', p.display_name, u.username)
  FROM accounts_user u LEFT JOIN accounts_profile p ON p.user_id = u.id WHERE u.id = creator
$$;

CREATE FUNCTION search_tags(product bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(t.name, ' ' ORDER BY t.name), '')
  FROM marketplace_product_tags pt JOIN marketplace_tag t ON t.id = pt.tag_id WHERE pt.product_id = product
$$;

CREATE FUNCTION search_product_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := search_vector(
    NEW.title, search_tags(NEW.id), NEW.summary, coalesce(search_maker(NEW.creator_id), ''), NEW.description, NEW.language);
  RETURN NEW;
END $$;

-- Rows are locked in one order, so that two renames at once wait for each other instead of dying.
CREATE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH locked AS (SELECT id FROM marketplace_product WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE)
  UPDATE marketplace_product p
  SET search = search_vector(p.title, search_tags(p.id), p.summary, coalesce(search_maker(p.creator_id), ''), p.description, p.language)
  FROM locked WHERE locked.id = p.id
$$;

CREATE FUNCTION search_tags_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh(array(SELECT DISTINCT product_id FROM changed));
  RETURN NULL;
END $$;

CREATE FUNCTION search_tag_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh(array(SELECT product_id FROM marketplace_product_tags WHERE tag_id = NEW.id));
  RETURN NULL;
END $$;

CREATE FUNCTION search_maker_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh(array(SELECT id FROM marketplace_product WHERE creator_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint));
  RETURN NULL;
END $$;

CREATE TRIGGER search_product_written BEFORE INSERT OR UPDATE OF title, summary, description, language, creator_id
  ON marketplace_product FOR EACH ROW EXECUTE FUNCTION search_product_written();
CREATE TRIGGER search_tags_put AFTER INSERT ON marketplace_product_tags
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_tags_written();
CREATE TRIGGER search_tags_taken AFTER DELETE ON marketplace_product_tags
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_tags_written();
CREATE TRIGGER search_tag_renamed AFTER UPDATE OF name ON marketplace_tag
  FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_tag_renamed();
CREATE TRIGGER search_profile_renamed AFTER UPDATE OF display_name ON accounts_profile
  FOR EACH ROW WHEN (OLD.display_name IS DISTINCT FROM NEW.display_name) EXECUTE FUNCTION search_maker_renamed('user_id');
CREATE TRIGGER search_user_renamed AFTER UPDATE OF username ON accounts_user
  FOR EACH ROW WHEN (OLD.username IS DISTINCT FROM NEW.username) EXECUTE FUNCTION search_maker_renamed('id');

UPDATE marketplace_product p
SET search = search_vector(p.title, search_tags(p.id), p.summary, coalesce(search_maker(p.creator_id), ''), p.description, p.language);
"""  # noqa: S608

DROP_FUNCTIONS = """
DROP TRIGGER search_product_written ON marketplace_product;
DROP TRIGGER search_tags_put ON marketplace_product_tags;
DROP TRIGGER search_tags_taken ON marketplace_product_tags;
DROP TRIGGER search_tag_renamed ON marketplace_tag;
DROP TRIGGER search_profile_renamed ON accounts_profile;
DROP TRIGGER search_user_renamed ON accounts_user;
DROP FUNCTION search_product_written(), search_tags_written(), search_tag_renamed(), search_maker_renamed(), search_refresh(bigint[]);
DROP FUNCTION search_vector(text, text, text, text, text, text), search_maker(bigint), search_tags(bigint), search_stems(text);
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_words"), ("marketplace", "0002_catalogue"), ("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE_CONFIGS, DROP_CONFIGS),
        migrations.RunSQL(CREATE_FUNCTIONS, DROP_FUNCTIONS),
    ]
