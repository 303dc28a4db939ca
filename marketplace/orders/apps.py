from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "marketplace.orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from accounts.closing import register_closer
        from accounts.data_export import register_exporter
        from marketplace.access import register_reader
        from marketplace.orders import own_data, sessions
        from marketplace.orders.access import has_access, was_acquired
        from marketplace.orders.checks import register_checks
        from marketplace.retention import register_hold

        register_hold(was_acquired)
        register_reader(has_access)
        register_exporter("orders", own_data.orders_of)
        register_exporter("library", own_data.entitlements_of)
        register_exporter("cart", own_data.cart_of)
        register_closer(own_data.forget_buyer)
        register_checks()
        user_logged_in.connect(sessions.on_sign_in, dispatch_uid="orders.take_cart_along")
