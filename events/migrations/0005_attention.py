import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0004_relay")]
    operations = [
        migrations.CreateModel(
            name="AttentionMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counted_to", models.BigIntegerField(default=0)),
                ("swept_to", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="EventAttention",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="attention",
                        serialize=False,
                        to="events.event",
                    ),
                ),
                ("shown", models.PositiveIntegerField(default=0)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("stale", models.BooleanField(default=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("stale", True)), fields=["event"], name="attention_stale")
                ],
            },
        ),
    ]
