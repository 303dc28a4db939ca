"""How long `manage.py reconcile_ledger` takes over a large ledger (goal 15: at most 30 s at 1,000,000 entries).

Fills a database of its own (created and dropped here, beside the one of DATABASE_URL) with sales, fees and refunds of many
creators, then runs the command three times, the balances of the busiest creator, and the admin's lists.

    python benchmarks/reconcile.py [entries]
"""

# ruff: noqa: E402 - Django is set up before its models are imported
from __future__ import annotations

import io
import logging
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
os.environ.setdefault("TEST_DATABASE", "bench_reconcile")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment

from accounts.models import User
from payments.ledger.selectors import balances, history

GOAL_SECONDS = 30.0
ADMIN_LISTS = [
    "payments/payment/",
    "payments/payment/?q=A-77",
    "payments/payment/?q=maker7",
    "ledger/entry/",
    "ledger/entry/?q=maker7",
    "ledger/transaction/",
]
ENTRIES_PER_PAYMENT = 5.3  # sale 3, fee 2, a tenth of them refunded by 3

FILL = """
CREATE TEMP TABLE sale AS
SELECT gen_random_uuid() AS id, n, now() - (n % 365) * interval '1 day' - (n % 1440) * interval '1 minute' AS at,
       500 + n % 9000 AS amount, (500 + n % 9000) * 3 / 10 AS site, %(first)s + n % 2000 AS payee
FROM generate_series(1, %(payments)s) AS n;
INSERT INTO payments_payment (id, reference, payer_id, gateway, gateway_id, gateway_charge_id, checkout_url, return_url, cancel_url,
    description, currency, amount_minor, gateway_fee_minor, state, failure, attention, idempotency_key,
    created_at, expires_at, settled_at, next_ask_at)
SELECT id, 'A-' || n, %(first)s + (n * 7) % 2000, 'sandbox', 'co_' || n, 'ch_' || n, '', 'http://x/', 'http://x/', 'A work',
    'EUR', amount, 10, 'succeeded', '', '', gen_random_uuid(), at, at, at, at FROM sale;
INSERT INTO payments_paymentline
    (payment_id, reference, payee_id, description, amount_minor, fee_bps, payee_minor, platform_minor, refunded_minor)
SELECT id, 'L-' || n, payee, '', amount, 3000, amount - site, site, CASE WHEN n % 10 = 0 THEN amount ELSE 0 END FROM sale;
INSERT INTO payments_refund
    (id, payment_id, key, amount_minor, reason, gateway_id, state, failure, attention, created_at, settled_at, next_ask_at)
SELECT gen_random_uuid(), id, 'r' || n, amount, '', 're_' || n, 'succeeded', '', '', at, at, at FROM sale WHERE n % 10 = 0;
INSERT INTO payments_refundline (refund_id, line_id, amount_minor, payee_minor, platform_minor)
SELECT r.id, l.id, l.amount_minor, l.payee_minor, l.platform_minor
FROM payments_refund r JOIN payments_paymentline l ON l.payment_id = r.payment_id;
INSERT INTO ledger_account (kind, owner_id, gateway, currency, created_at)
SELECT 'creator', %(first)s + n, '', 'EUR', now() FROM generate_series(0, 1999) AS n
UNION ALL VALUES ('gateway', NULL::bigint, 'sandbox', 'EUR', now()), ('platform', NULL, '', 'EUR', now()), ('fees', NULL, '', 'EUR', now());
INSERT INTO ledger_transaction (kind, cause, description, entry_count, occurred_at, created_at)
SELECT 'sale', 'payment:' || id, 'A work', 3, at, at FROM sale
UNION ALL SELECT 'fee', 'payment:' || id || ':fee', 'A work', 2, at, at FROM sale
UNION ALL SELECT 'refund', 'refund:' || r.id, 'A work', 3, settled_at, settled_at FROM payments_refund r;
INSERT INTO ledger_entry (transaction_id, account_id, amount_minor, occurred_at, available_at, reference)
SELECT t.id, a.id, x.amount, s.at, CASE WHEN x.kind = 'creator' THEN s.at + interval '7 days' ELSE s.at END, x.reference
FROM sale s
LEFT JOIN payments_refund r ON r.payment_id = s.id
CROSS JOIN LATERAL (VALUES
    ('payment:' || s.id, 'gateway', NULL::bigint, -s.amount, ''), ('payment:' || s.id, 'creator', s.payee, s.amount - s.site, 'L-' || s.n),
    ('payment:' || s.id, 'platform', NULL, s.site, 'L-' || s.n), ('payment:' || s.id || ':fee', 'gateway', NULL, 10, ''),
    ('payment:' || s.id || ':fee', 'fees', NULL, -10, ''), ('refund:' || r.id, 'gateway', NULL, s.amount, ''),
    ('refund:' || r.id, 'creator', s.payee, s.site - s.amount, 'L-' || s.n), ('refund:' || r.id, 'platform', NULL, -s.site, 'L-' || s.n)
) AS x (cause, kind, owner, amount, reference)
JOIN ledger_transaction t ON t.cause = x.cause
JOIN ledger_account a ON a.kind = x.kind AND a.owner_id IS NOT DISTINCT FROM x.owner;
"""


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    setup_test_environment()
    logging.disable(logging.INFO)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        fill(entries)
        measure()
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


def fill(entries: int) -> None:
    started = time.perf_counter()
    makers = User.objects.bulk_create(User(username=f"maker{n}", email=f"maker{n}@example.com") for n in range(2000))
    sql = FILL.replace("%(payments)s", str(round(entries / ENTRIES_PER_PAYMENT))).replace("%(first)s", str(makers[0].pk))
    with connection.cursor() as cursor:
        # The rows are loaded as they are; what the triggers would check is what the command is about to prove.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*) FROM ledger_entry")
        print(f"{cursor.fetchone()[0]:,} entries written in {time.perf_counter() - started:.0f} s")


def measure() -> None:
    seconds = []
    for _round in range(3):
        started = time.perf_counter()
        call_command("reconcile_ledger", stdout=sys.stdout if not seconds else io.StringIO())
        seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    print(f"reconcile_ledger: median {median:.1f} s of {[round(one, 1) for one in seconds]}, load {os.getloadavg()[0]:.1f}")
    print(f"goal {GOAL_SECONDS:.0f} s: {'met' if median <= GOAL_SECONDS else 'MISSED'}")
    maker = User.objects.get(username="maker1")
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", "x"))
    client.get("/admin/payments/payment/")  # what is imported and compiled once is not what is measured
    for name, ask in (("balances", lambda: balances(maker)), ("history, first page", lambda: list(history(maker)[:50]))):
        started = time.perf_counter()
        ask()
        print(f"{name} of one creator: {(time.perf_counter() - started) * 1000:.0f} ms")
    for path in ADMIN_LISTS:
        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            assert client.get(f"/admin/{path}").status_code == 200
        print(f"/admin/{path}: {(time.perf_counter() - started) * 1000:.0f} ms, {len(queries)} queries")


if __name__ == "__main__":
    main()
