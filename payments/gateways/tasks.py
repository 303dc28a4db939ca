from celery import shared_task
from django.conf import settings

from payments.gateways.services.sandbox_checkouts import let_time_pass


@shared_task(name="payments.gateways.sandbox_bank")
def sandbox_bank() -> None:
    if settings.SANDBOX_ALLOWED:
        let_time_pass()
