from celery import shared_task

from marketplace.insights.services import views


@shared_task(name="marketplace.insights.flush_views")
def flush_views() -> None:
    views.flush_views()
