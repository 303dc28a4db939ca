from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kit.events.catalogue import document, table, with_table


class Command(BaseCommand):
    help = "Lists all events and their handlers; with --write, puts the list into docs/events.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["write"]:
            self.stdout.write(table())
            return
        path = document()
        path.write_text(with_table(path.read_text()))
        self.stdout.write(f"Written to {path}")
