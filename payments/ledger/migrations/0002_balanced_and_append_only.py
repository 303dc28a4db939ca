"""The books guard themselves: balanced at commit, never changed, never deleted.

TRUNCATE is allowed only to a session that says so (`atelier.ledger_may_be_emptied`), which only the test settings do: the test
runner empties tables between tests.
"""

from django.db import migrations

BALANCED = """
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    sealed integer;
    found integer;
    uneven text;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN checked := NEW.transaction_id; ELSE checked := NEW.id; END IF;
    SELECT entry_count INTO sealed FROM ledger_transaction WHERE id = checked;
    SELECT count(*) INTO found FROM ledger_entry WHERE transaction_id = checked;
    IF found <> sealed THEN
        RAISE EXCEPTION 'ledger transaction % is sealed with % entries but has %', checked, sealed, found USING ERRCODE = 'check_violation';
    END IF;
    SELECT string_agg(currency || ' ' || off, ', ') INTO uneven FROM (
        SELECT a.currency, sum(e.amount_minor) AS off
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE e.transaction_id = checked GROUP BY a.currency HAVING sum(e.amount_minor) <> 0
    ) AS sums;
    IF uneven IS NOT NULL THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero: %', checked, uneven USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();
"""

NOT_BALANCED = """
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP TRIGGER ledger_transaction_balanced ON ledger_transaction;
DROP FUNCTION ledger_check_balanced();
"""

APPEND_ONLY = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('atelier.ledger_may_be_emptied', true) = 'yes' THEN RETURN NULL; END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_account_fixed BEFORE UPDATE OR DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_fixed BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_fixed BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_kept BEFORE TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_kept BEFORE TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_kept BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

NOT_APPEND_ONLY = """
DROP TRIGGER ledger_entry_kept ON ledger_entry;
DROP TRIGGER ledger_transaction_kept ON ledger_transaction;
DROP TRIGGER ledger_account_kept ON ledger_account;
DROP TRIGGER ledger_entry_fixed ON ledger_entry;
DROP TRIGGER ledger_transaction_fixed ON ledger_transaction;
DROP TRIGGER ledger_account_fixed ON ledger_account;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(BALANCED, NOT_BALANCED),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
