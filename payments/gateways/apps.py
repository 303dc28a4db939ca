from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "payments.gateways"
    label = "gateways"
