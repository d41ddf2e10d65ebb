from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        # Counters of the last minutes may be lost in a crash; writing them to the log would be the main cost of a count.
        migrations.RunSQL(
            "ALTER TABLE accounts_ratecounter SET UNLOGGED", "ALTER TABLE accounts_ratecounter SET LOGGED"
        ),
        # Signing in and registering look an address up whatever its case.
        migrations.RunSQL(
            "CREATE INDEX auth_user_email_upper ON auth_user (UPPER(email))", "DROP INDEX auth_user_email_upper"
        ),
    ]
