"""English time expressions of people looking for events, to half-open zone-aware ranges."""

from .types import DailyMask, DateRange, When, WhenReading
from .understand import understand_when, warm_dates

__all__ = ["DailyMask", "DateRange", "When", "WhenReading", "understand_when", "warm_dates"]
