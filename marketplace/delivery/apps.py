from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "marketplace.delivery"
    label = "delivery"
    verbose_name = _("Downloads")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from marketplace.delivery import own_data

        register_exporter("downloads", own_data.downloads_of)
        register_closer(own_data.forget_reader)
