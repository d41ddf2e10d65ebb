"""The import itself, on one small country: Liechtenstein and Monaco stand for the world."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from locations.memory import current_number
from locations.models import Location, LocationName
from locations.selectors import suggest
from locations.services import save_location, store_gazetteer
from locations.sources import Gathered, gather

pytestmark = pytest.mark.django_db
VADUZ = 3042030


@pytest.fixture(scope="module")
def small() -> Gathered:
    return gather({"LI", "MC"})


@pytest.fixture
def imported(db: None, small: Gathered) -> Gathered:
    Location.objects.all().delete()
    store_gazetteer(small)
    return small


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'locations_locationname'")
        return {name for (name,) in cursor.fetchall()}


def constraints() -> set[tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'locations_locationname'::regclass"
        )
        return set(cursor.fetchall())


def test_towns_regions_and_countries_arrive(imported: Gathered) -> None:
    vaduz = Location.objects.get(pk=VADUZ)
    assert (vaduz.name, vaduz.country_code, vaduz.kind, vaduz.timezone) == ("Vaduz", "LI", "city", "Europe/Vaduz")
    assert list(Location.objects.filter(kind="country").order_by("name").values_list("name", flat=True)) == [
        "Liechtenstein",
        "Monaco",
    ]
    assert Location.objects.count() == len(imported.locations)
    assert LocationName.objects.count() == len(imported.names)
    assert suggest("vad")[0].id == VADUZ


def test_importing_again_changes_nothing(imported: Gathered) -> None:
    number = current_number()
    report = store_gazetteer(imported)
    assert (report.added, report.changed, report.removed) == (0, 0, 0)
    assert current_number() == number


def test_a_changed_row_is_put_right(imported: Gathered) -> None:
    Location.objects.filter(pk=VADUZ).update(population=1)
    LocationName.objects.filter(location_id=VADUZ).delete()
    report = store_gazetteer(imported)
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    assert suggest("vaduz")[0].population > 1


def test_vanished_rows_go_and_own_rows_stay(imported: Gathered) -> None:
    own = save_location(
        Location(
            name="Ours",
            label="Ours, Liechtenstein",
            country_code="LI",
            lat=47.1,
            lng=9.5,
            timezone="Europe/Vaduz",
            kind="city",
        )
    )
    fewer = Gathered(
        [row for row in imported.locations if row.id != VADUZ], [n for n in imported.names if n.location_id != VADUZ]
    )
    report = store_gazetteer(fewer)
    assert report.removed == 1
    assert [found.kind for found in suggest("vaduz")] == ["state"]
    assert [found.id for found in suggest("ours")] == [own.pk]


def test_other_countries_are_left_alone(imported: Gathered) -> None:
    report = store_gazetteer(gather({"MC"}), {"MC"})
    assert (report.removed, Location.objects.filter(pk=VADUZ).count()) == (0, 1)


def test_indexes_and_constraints_come_back(db: None, small: Gathered) -> None:
    before = indexes(), constraints()
    Location.objects.all().delete()
    store_gazetteer(small)
    assert (indexes(), constraints()) == before


def test_command_refuses_unknown_countries() -> None:
    with pytest.raises(CommandError, match="no such country: QQ"):
        call_command("import_locations", countries="LI,QQ")


@pytest.mark.parametrize("near", ["here", "38.4", "38.4,x"])
def test_the_suggest_command_names_a_point_that_is_none(near: str) -> None:
    with pytest.raises(CommandError, match=f"--near {near}: "):
        call_command("suggest", "santa ro", near=near)


def test_if_empty_does_nothing_when_there_are_places(imported: Gathered) -> None:
    out = StringIO()
    call_command("import_locations", if_empty=True, stdout=out)
    assert out.getvalue() == f"{len(imported.locations)} locations are here already\n"
