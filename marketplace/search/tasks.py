from celery import shared_task

from marketplace.search.services import words


@shared_task(name="marketplace.search.rebuild_words", soft_time_limit=590, time_limit=600)
def rebuild_words() -> None:
    words.rebuild_words()
