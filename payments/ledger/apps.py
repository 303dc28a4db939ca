from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "payments.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        from payments.books import register_books
        from payments.ledger import checks
        from payments.ledger.reconcile import register_check
        from payments.ledger.services.payments import LedgerBooks

        register_books(LedgerBooks())
        for name, check in checks.ALL.items():
            register_check(name, check)
