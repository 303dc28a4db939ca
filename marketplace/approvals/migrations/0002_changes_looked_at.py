from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Staff may say that they looked at what was changed in a live work."""

    dependencies = [
        ("approvals", "0001_initial"),
        ("marketplace", "0002_catalogue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="decision", name="decision_names_its_rule"),
        migrations.AlterField(
            model_name="decision",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("approved", "Approved"),
                    ("rejected", "Sent back"),
                    ("removed", "Taken down"),
                    ("restored", "Restored"),
                    ("seen", "Changes looked at"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict__in", ["approved", "restored", "seen"]), models.Q(("rule", ""), _negated=True), _connector="OR"
                ),
                name="decision_names_its_rule",
            ),
        ),
    ]
