"""Brings the database, the static files and the demo data up to date, in one process: Django is slow to import.

Run as `python -m scripts.prepare [--demo]` with the services' addresses in the environment.
"""

import argparse
import os
from pathlib import Path

from scripts.console import say
from scripts.installation import Stamp, digest
from scripts.layout import BASE
from scripts.locks import exclusive


def prepare(*, demo: bool) -> None:
    """Migrate, collect static files if they changed, and make the demo data unless it is there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    say("database migrated")
    collected = Path(settings.STATIC_ROOT)
    sources = [BASE / "static" / "dist" / ".built", BASE / "requirements.txt", BASE / "config" / "settings" / "base.py"]
    made_from = [settings.STORAGES["staticfiles"]["BACKEND"], *(digest(source) for source in sources if source.exists())]
    stamp = Stamp(collected / ".collected", made_from)
    # Sites on different data folders share the checkout's static files: none may clear them while another collects.
    with exclusive(BASE / "var" / "locks" / "static.lock"):
        if not stamp.is_current():
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            stamp.write()
            say("static files collected")
    if demo:
        call_command("seed_demo", verbosity=0)
        say("demo data in place")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="also make the demo accounts and products")
    prepare(demo=parser.parse_args().demo)


if __name__ == "__main__":
    main()
