from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    label = "marketplace"
    verbose_name = _("Marketplace")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from marketplace.own_data import close_shop, products_of

        register_exporter("products", products_of)
        register_closer(close_shop)
