from celery import shared_task
from django.utils import timezone

from marketplace.orders.models import Order
from marketplace.orders.services.carts import prune_visitors_carts
from marketplace.orders.services.ordering import expire_order


@shared_task(name="marketplace.orders.expire_overdue")
def expire_overdue() -> None:
    for order in Order.objects.overdue(timezone.now()).order_by("expires_at")[:500]:
        expire_order(order)


@shared_task(name="marketplace.orders.prune_carts")
def prune_carts() -> None:
    prune_visitors_carts()
