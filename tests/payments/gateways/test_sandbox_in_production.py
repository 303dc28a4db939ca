from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured


def found(settings: Any) -> list[str]:
    return [message.id or "" for message in run_checks() if (message.id or "").startswith("payments.")]


def test_a_public_site_refuses_practice_money(settings: Any) -> None:  # R112, R126
    settings.SANDBOX_ALLOWED = False

    assert found(settings) == ["payments.E001"]
    with pytest.raises(ImproperlyConfigured, match="pretended money"):
        apps.get_app_config("gateways").ready()


def test_a_gateway_that_does_not_exist_is_named(settings: Any) -> None:
    settings.PAYMENT_GATEWAY = "strype"

    assert found(settings) == ["payments.E002"]


@pytest.mark.parametrize("gateway", ["sandbox", "none"])
def test_a_site_for_practice_and_a_site_without_payments_are_fine(settings: Any, gateway: str) -> None:
    settings.PAYMENT_GATEWAY = gateway

    assert found(settings) == []
