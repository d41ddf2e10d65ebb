from django.db import migrations, models


class Migration(migrations.Migration):
    """The options of an import stay with its source. Forgetting the ETags makes the next refresh read each feed again."""

    dependencies = [("events", "0010_facets_alone")]
    operations = [
        migrations.AddField(
            "eventsource", "zone", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField(
            "eventsource", "place", models.CharField(blank=True, db_default="", default="", max_length=200)
        ),
        migrations.RunSQL("UPDATE events_eventsource SET etag = '' WHERE etag <> ''", migrations.RunSQL.noop),
    ]
