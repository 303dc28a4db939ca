from celery import shared_task

from kit.events import delivery
from kit.events.publishing import DELIVER_TASK


@shared_task(name=DELIVER_TASK)
def deliver(delivery_id: int) -> None:
    delivery.deliver(delivery_id)


@shared_task(name="kit.events.sweep")
def sweep() -> None:
    delivery.sweep()


@shared_task(name="kit.events.prune", soft_time_limit=590, time_limit=600)
def prune() -> None:
    delivery.prune_events()
