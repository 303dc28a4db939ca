from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "payments.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        from accounts.closing import register_obstacle
        from accounts.data_export import register_exporter
        from payments.books import register_books
        from payments.ledger import checks
        from payments.ledger.own_data import earnings_of, money_still_owed
        from payments.ledger.reconcile import register_check
        from payments.ledger.services.payments import LedgerBooks

        register_books(LedgerBooks())
        register_exporter("earnings", earnings_of)
        register_obstacle(money_still_owed)
        for name, check in checks.ALL.items():
            register_check(name, check)
