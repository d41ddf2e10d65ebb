"""The `fuzz` profile of the property tests: many more examples than `make test` has time for (see `make fuzz`)."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fuzz", max_examples=5_000, deadline=None, print_blob=True)
