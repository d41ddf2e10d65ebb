from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ratelimit
from accounts.errors import RateLimited
from accounts.models import RateCounter
from accounts.params import Rate

TWICE = Rate("test-twice", 2, 60)


@pytest.mark.django_db
def test_one_too_many_is_refused_with_the_wait():
    ratelimit.hit(TWICE, "a")
    ratelimit.hit(TWICE, "a")
    with pytest.raises(RateLimited) as caught:
        ratelimit.hit(TWICE, "a")
    assert 0 < caught.value.retry_after_s <= 60
    assert (caught.value.code, caught.value.retryable) == ("rate_limited", True)


@pytest.mark.django_db
def test_callers_and_rates_are_counted_apart():
    for rate, who in ((TWICE, "a"), (TWICE, "b"), (Rate("test-other", 2, 60), "a")):
        ratelimit.hit(rate, who)
        ratelimit.hit(rate, who)
    assert RateCounter.objects.count() == 3


@pytest.mark.django_db
def test_a_window_that_is_over_starts_anew():
    ratelimit.hit(TWICE, "a")
    ratelimit.hit(TWICE, "a")
    RateCounter.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ratelimit.check(TWICE, "a")
    ratelimit.hit(TWICE, "a")
    assert RateCounter.objects.get().count == 1


@pytest.mark.django_db
def test_checking_counts_nothing():
    for _ in range(5):
        ratelimit.check(TWICE, "a")
    assert not RateCounter.objects.exists()


@pytest.mark.django_db
def test_uses_in_turn_are_counted_up_to_the_first_that_is_refused():
    wide = Rate("test-wide", 3, 60)
    for _ in range(2):
        ratelimit.hit_in_turn((TWICE, "a"), (wide, "here"))
    with pytest.raises(RateLimited, match="test-twice"):
        ratelimit.hit_in_turn((TWICE, "a"), (wide, "here"))
    ratelimit.hit_in_turn((TWICE, "b"), (wide, "here"))
    with pytest.raises(RateLimited, match="test-wide"):
        ratelimit.hit_in_turn((TWICE, "c"), (wide, "here"))
    assert sorted(RateCounter.objects.values_list("count", flat=True)) == [1, 1, 3, 4]


@pytest.mark.django_db
def test_the_factor_scales_every_rate(settings):
    settings.RATE_LIMIT_FACTOR = 2.0
    for _ in range(4):
        ratelimit.hit(TWICE, "a")
    with pytest.raises(RateLimited):
        ratelimit.hit(TWICE, "a")


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_moment_lose_no_count():
    many = Rate("test-many", 1000, 60)

    def use(_):
        ratelimit.hit(many, "a")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(40)))
    assert RateCounter.objects.get().count == 40


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("a unix socket", "a unix socket"),
    ],
)
def test_one_household_is_one_caller(address, expected):
    assert ratelimit.network(address) == expected
