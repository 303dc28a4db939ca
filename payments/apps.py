from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from accounts.closing import register_obstacle
        from accounts.data_export import register_exporter
        from payments.own_data import payment_at_the_bank, payments_of

        register_exporter("payments", payments_of)
        register_obstacle(payment_at_the_bank)
