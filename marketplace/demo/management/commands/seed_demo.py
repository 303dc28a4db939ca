"""`manage.py seed_demo`: a shop that lives, for trying things out. Run again, it adds only what is missing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.demo.courses import ensure_courses
from marketplace.demo.learners import ensure_learners
from marketplace.demo.people import PASSWORD, PEOPLE, ensure_people
from marketplace.demo.sales import ensure_sales
from marketplace.demo.works import ensure_works


class Command(BaseCommand):
    help = "Fill the shop with demo creators, works, courses and ninety days of trade. Changes nothing that is there."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PAYMENT_GATEWAY != "sandbox":
            raise CommandError(
                "Demo data has accounts with a known password: it goes only where payments are practice (PAYMENT_GATEWAY=sandbox)."
            )
        people = ensure_people()
        products, works = ensure_works(people, people["mo"])
        orders = ensure_sales(products, works, people)
        courses, taught = ensure_courses(people, people["mo"])
        orders += ensure_sales(courses, taught, people)
        learners = ensure_learners(courses)
        if options["verbosity"]:
            named = ", ".join(f"{person.username}@example.com" for person in PEOPLE if person.signs_in)
            self.stdout.write(
                f"{len(products) + len(courses)} works, {orders} new orders, {learners} new learners. Sign in as {named} with {PASSWORD}."
            )
