from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class GatewaysConfig(AppConfig):
    name = "payments.gateways"
    label = "gateways"
    verbose_name = _("Payment gateways")

    def ready(self) -> None:
        from payments.gateway import register_gateway
        from payments.gateways import checks
        from payments.gateways.sandbox import SandboxGateway

        if settings.SANDBOX_ALLOWED:
            register_gateway(SandboxGateway())
        elif SandboxGateway.name == settings.PAYMENT_GATEWAY:
            raise ImproperlyConfigured(checks.NO_PRACTICE_MONEY)
