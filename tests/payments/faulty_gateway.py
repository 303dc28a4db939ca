"""A gateway behind a bad line: each call can be cut before it arrives or after it was carried out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from payments.gateway import Checkout, CheckoutRequest, Gateway, GatewayRefund, RefundRequest, WebhookMessage


class FaultyGateway:
    """`before["open_checkout"] = [error]` raises instead of the next call, `after` lets it happen first, `answers` changes
    what comes back."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.name = gateway.name
        self.before: dict[str, list[BaseException]] = defaultdict(list)
        self.after: dict[str, list[BaseException]] = defaultdict(list)
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.calls: list[tuple[str, str]] = []

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        return self._call("open_checkout", request, request.key)

    def read_checkout(self, gateway_id: str) -> Checkout:
        return self._call("read_checkout", gateway_id, gateway_id)

    def close_checkout(self, gateway_id: str) -> Checkout:
        return self._call("close_checkout", gateway_id, gateway_id)

    def send_refund(self, request: RefundRequest) -> GatewayRefund:
        return self._call("send_refund", request, request.key)

    def read_refund(self, gateway_id: str) -> GatewayRefund:
        return self._call("read_refund", gateway_id, gateway_id)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookMessage:
        return self.gateway.read_webhook(body, headers)

    def keys_of(self, name: str) -> list[str]:
        return [key for called, key in self.calls if called == name]

    def _call(self, name: str, argument: Any, key: str) -> Any:
        self.calls.append((name, key))
        if self.before[name]:
            raise self.before[name].pop(0)
        answer = getattr(self.gateway, name)(argument)
        if self.after[name]:
            raise self.after[name].pop(0)
        return self.answers.get(name, lambda same: same)(answer)
