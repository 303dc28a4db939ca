"""Whether this site can be paid through what its settings name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from payments.gateway import registered_gateways

NO_PRACTICE_MONEY = "PAYMENT_GATEWAY is sandbox, which gives goods away for pretended money: a public site cannot use it."


@register
def check_gateway(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.PAYMENT_GATEWAY == "sandbox" and not settings.SANDBOX_ALLOWED:
        return [Error(NO_PRACTICE_MONEY, id="payments.E001")]
    if settings.PAYMENT_GATEWAY != "none" and settings.PAYMENT_GATEWAY not in registered_gateways():
        known = ", ".join(["none", *registered_gateways()])
        return [Error(f"PAYMENT_GATEWAY is {settings.PAYMENT_GATEWAY!r}; there are: {known}.", id="payments.E002")]
    return []
