from celery import shared_task

from payments.services.sweep import sweep_payments


@shared_task(name="payments.sweep", soft_time_limit=55, time_limit=60)
def sweep() -> None:
    sweep_payments()
