"""What browsing asks about each product, and one index for each way of sorting that holds it all.

The indexes cover the filters: a page of any selection in any order is read from the index alone, and only its
twenty-four rows are fetched (docs/adr/0008-search.md). The rates order prices of different currencies, nothing else:
being off by a tenth puts a work a few places away.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION search_price(price_minor integer, currency text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (price_minor * CASE currency
    WHEN 'EUR' THEN 1.0 WHEN 'USD' THEN 0.9 WHEN 'GBP' THEN 1.15 WHEN 'INR' THEN 0.01 WHEN 'JPY' THEN 0.6 ELSE 1.0 END)::bigint
$$;

CREATE FUNCTION search_price_class(pricing text, price_minor integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN pricing = 'free' THEN 0 WHEN pricing = 'pwyw' AND price_minor = 0 THEN 1 ELSE 2 END::smallint
$$;

CREATE FUNCTION search_rating_class(average double precision) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN average >= 4.5 THEN 2 WHEN average >= 4 THEN 1 ELSE 0 END::smallint
$$;

CREATE INDEX search_by_newest ON marketplace_product (published_at DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor, rating_average) WHERE state = 'live';
CREATE INDEX search_by_downloads ON marketplace_product (download_count DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor, rating_average) WHERE state = 'live';
CREATE INDEX search_by_rating ON marketplace_product (rating_average DESC, rating_count DESC, id DESC)
  INCLUDE (kind, category_id, pricing, price_minor) WHERE state = 'live';
CREATE INDEX search_by_price ON marketplace_product (search_price(price_minor, currency), id)
  INCLUDE (kind, category_id, pricing, price_minor, currency, rating_average) WHERE state = 'live';
"""
DROP = """
DROP INDEX search_by_newest; DROP INDEX search_by_downloads; DROP INDEX search_by_rating; DROP INDEX search_by_price;
DROP FUNCTION search_price(integer, text); DROP FUNCTION search_price_class(text, integer); DROP FUNCTION search_rating_class(double precision);
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0002_vector")]
    operations = [migrations.RunSQL(CREATE, DROP)]
