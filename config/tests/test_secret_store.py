from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from config.secret_store import SecretStoreDamaged, read_secrets, remembered


def test_racing_writers_get_one_value(tmp_path):
    store = tmp_path / "secrets.json"
    with ThreadPoolExecutor(16) as pool:
        values = set(pool.map(lambda number: remembered(store, "KEY", lambda: str(number)), range(64)))
    assert values == {read_secrets(store)["KEY"]}


def test_a_new_name_keeps_the_old_ones(tmp_path):
    store = tmp_path / "secrets.json"
    remembered(store, "A", lambda: "1")
    remembered(store, "B", lambda: "2")
    assert read_secrets(store) == {"A": "1", "B": "2"}


@pytest.mark.parametrize("text", ["{", "[]", '{"A": 1}'])
def test_a_damaged_file_is_never_replaced(tmp_path, text):
    store = tmp_path / "secrets.json"
    store.write_text(text)
    with pytest.raises(SecretStoreDamaged):
        remembered(store, "A", lambda: "new")
    assert store.read_text() == text
