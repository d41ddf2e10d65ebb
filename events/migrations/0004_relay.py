from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

FOLDER = Path(__file__).parent / "sql"
SQL = (FOLDER / "0004_relay.sql").read_text(encoding="utf-8")
_BEFORE = (FOLDER / "0002_triggers.sql").read_text(encoding="utf-8")
UNDO = (
    """
DROP TRIGGER occurrence_inserted ON events_occurrence; DROP TRIGGER occurrence_updated ON events_occurrence;
DROP TRIGGER occurrence_deleted ON events_occurrence; DROP FUNCTION events_occurrence_announce();
"""
    + _BEFORE[_BEFORE.index("CREATE FUNCTION events_event_changed") :]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")
    + "DROP FUNCTION events_announce(bigint[], text, text); DROP SEQUENCE events_relay_fence;"
    " ALTER TABLE events_outboxmessage RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);"
)


class Migration(migrations.Migration):
    dependencies = [("events", "0003_index_model")]
    operations = [
        migrations.CreateModel(
            name="OutboxConsumer",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("kinds", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ("subscribed_at", models.DateTimeField(auto_now_add=True)),
                ("delivered", models.BigIntegerField(default=0)),
                ("retried", models.BigIntegerField(default=0)),
                ("buried", models.BigIntegerField(default=0)),
                ("last_delivered_at", models.DateTimeField(blank=True, null=True)),
                ("down_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("consumer", models.CharField(max_length=40)),
                ("event_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=30)),
                ("version", models.PositiveSmallIntegerField()),
                ("payload", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField()),
                ("error", models.TextField()),
                ("died_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["-died_at"], name="dead_letter_died")]},
        ),
        migrations.RemoveIndex(model_name="outboxmessage", name="outbox_due"),
        migrations.RemoveField(model_name="outboxmessage", name="dead_at"),
        migrations.AddField(
            model_name="outboxmessage", name="consumer", field=models.CharField(default="embedding", max_length=40)
        ),
        migrations.AddIndex(
            model_name="outboxmessage", index=models.Index(fields=["consumer", "id"], name="outbox_queue")
        ),
        migrations.AddIndex(
            model_name="outboxmessage", index=models.Index(fields=["consumer", "event_id", "id"], name="outbox_order")
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("attempts__gt", 0)), fields=["consumer", "event_id"], name="outbox_retrying"
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
