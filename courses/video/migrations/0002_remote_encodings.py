import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("video", "0001_videos"),
    ]

    operations = [
        migrations.CreateModel(
            name="RemoteEncoding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("generation", models.PositiveIntegerField()),
                ("encoder", models.CharField(max_length=20)),
                ("remote_id", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitting", "Being submitted"),
                            ("running", "Running"),
                            ("made", "Made, to be taken over"),
                            ("over", "Taken over"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="submitting",
                        max_length=12,
                    ),
                ),
                ("order", models.JSONField(default=dict)),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "video",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="remote_encodings", to="video.videoasset"),
                ),
            ],
            options={
                "verbose_name": "encoding elsewhere",
                "verbose_name_plural": "encodings elsewhere",
                "indexes": [models.Index(condition=models.Q(("ended_at", None)), fields=["asked_at"], name="remote_encoding_open")],
                "constraints": [
                    models.UniqueConstraint(fields=("video", "generation"), name="remote_encoding_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("remote_id", ""), _negated=True),
                        fields=("encoder", "remote_id"),
                        name="remote_encoding_of_one_job",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["running", "made", "over"]), _negated=True),
                            models.Q(("remote_id", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="remote_encoding_runs_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state__in", ["over", "failed", "cancelled"])),
                            models.Q(("ended_at", None), ("state__in", ["submitting", "running", "made"])),
                            _connector="OR",
                        ),
                        name="remote_encoding_end_and_date_agree",
                    ),
                ],
            },
        ),
    ]
