"""Moving a snapshot of the past onto the coming months: by whole weeks of wall-clock time, so weekdays and hours stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Shift:
    """`weeks` None: automatic, so that the snapshot's date lands on `today` or up to six days after it. Never backwards."""

    today: date
    weeks: int | None = 0

    def weeks_for(self, snapshot: date | None) -> int:
        if self.weeks is not None:
            return self.weeks
        if snapshot is None:
            return 0
        return max(0, -((snapshot - self.today).days // 7))


def moved(moment: datetime, weeks: int, zone: tzinfo) -> datetime:
    """The same wall-clock time in `zone`, `weeks` later. A time that DST skips moves on by the gap."""
    if weeks == 0:
        return moment.astimezone(zone)
    wall = moment.astimezone(zone).replace(tzinfo=None) + timedelta(weeks=weeks)
    return normalised(wall.replace(tzinfo=zone))


def normalised(moment: datetime) -> datetime:
    """A wall-clock time inside a DST gap as the real time it stands for (02:30 -> 03:30)."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)
