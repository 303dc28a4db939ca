from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.ledger.reconcile import run_checks


class Command(BaseCommand):
    help = "Prove that the books balance and agree with payments and refunds. Exit code 1 with a list when they do not."

    def handle(self, *args: Any, **options: Any) -> None:
        results = run_checks()
        for result in results:
            self.stdout.write(f"{'ok   ' if not result.findings else 'WRONG'}  {result.name}  ({result.seconds:.1f} s)")
            for finding in result.findings:
                self.stdout.write(f"         {finding.subject}: {finding.message}")
            if result.is_cut:
                self.stdout.write(f"         … the first {len(result.findings)} of more")
        wrong = sum(bool(result.findings) for result in results)
        if wrong:
            raise CommandError(f"{wrong} of {len(results)} checks found something wrong.", returncode=1)
        self.stdout.write(f"All {len(results)} checks passed in {sum(result.seconds for result in results):.1f} s.")
