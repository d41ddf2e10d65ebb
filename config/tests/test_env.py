from __future__ import annotations

import os
import stat

import pytest

from config.env import (
    BadEnvironment,
    env_bool,
    env_float,
    env_int,
    env_list,
    env_pairs,
    env_port,
    env_secret,
    env_str,
    env_url,
    env_zone,
    load_env_file,
)


@pytest.mark.parametrize("word", ["1", "true", "YES", "On"])
def test_flag_is_on_for_words_that_say_so(monkeypatch, word):
    monkeypatch.setenv("EZ_FLAG", word)
    assert env_bool("EZ_FLAG") is True


@pytest.mark.parametrize("word", ["0", "False", "no", "OFF"])
def test_flag_is_off_for_words_that_say_so(monkeypatch, word):
    monkeypatch.setenv("EZ_FLAG", word)
    assert env_bool("EZ_FLAG", default=True) is False


def test_flag_set_to_maybe_is_an_error_that_names_variable_value_and_fix(monkeypatch):
    monkeypatch.setenv("EZ_FLAG", "maybe")
    with pytest.raises(BadEnvironment) as caught:
        env_bool("EZ_FLAG")
    assert str(caught.value) == "EZ_FLAG: 'maybe' is neither yes nor no. Set EZ_FLAG=1 or EZ_FLAG=0, or unset it."


@pytest.mark.parametrize("value", [None, "", "   "])
def test_unset_and_empty_give_the_default(monkeypatch, value):
    monkeypatch.delenv("EZ", raising=False)
    if value is not None:
        monkeypatch.setenv("EZ", value)
    assert (
        env_str("EZ", "x"),
        env_int("EZ", 3),
        env_float("EZ", 0.5),
        env_bool("EZ", True),
        env_list("EZ", ["a"]),
    ) == (
        "x",
        3,
        0.5,
        True,
        ["a"],
    )


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda: env_int("EZ", 1), "1.5"),
        (lambda: env_int("EZ", 1, minimum=1), "0"),
        (lambda: env_int("EZ", 1, maximum=9), "10"),
        (lambda: env_port("EZ", 8000), "70000"),
        (lambda: env_float("EZ", 1.0), "nan"),
        (lambda: env_float("EZ", 1.0), "inf"),
        (lambda: env_float("EZ", 1.0), "a lot"),
        (lambda: env_str("EZ", "a", choices=("a", "b")), "c"),
        (lambda: env_url("EZ"), "localhost:8000"),
        (lambda: env_url("EZ"), "ftp://host"),
        (lambda: env_list("EZ", choices=("a", "b")), "a, c"),
        (lambda: env_pairs("EZ"), "1:one,two"),
        (lambda: env_zone("EZ", "UTC"), "America/Newyork"),
        (lambda: env_zone("EZ", "UTC"), "../UTC"),
    ],
)
def test_a_value_of_another_type_or_out_of_bounds_is_refused(monkeypatch, reader, value):
    monkeypatch.setenv("EZ", value)
    with pytest.raises(BadEnvironment, match=r"^EZ: "):
        reader()


def test_lists_are_cut_at_commas_and_stripped(monkeypatch):
    monkeypatch.setenv("EZ", " a, b ,,c ")
    assert env_list("EZ") == ["a", "b", "c"]


def test_pairs_are_cut_at_the_first_colon_and_an_error_shows_no_value(monkeypatch):
    monkeypatch.setenv("EZ", "1:one, 2:t:wo")
    assert env_pairs("EZ") == {"1": "one", "2": "t:wo"}
    monkeypatch.setenv("EZ", "s3cret")
    with pytest.raises(BadEnvironment) as caught:
        env_pairs("EZ")
    assert "s3cret" not in str(caught.value)


def test_url_loses_its_trailing_slash(monkeypatch):
    monkeypatch.setenv("EZ", "http://host:8003/")
    assert env_url("EZ") == "http://host:8003"


def test_secret_is_made_once_and_kept_private(monkeypatch, tmp_path):
    monkeypatch.delenv("EZ_KEY", raising=False)
    monkeypatch.setenv("ENV", "local")
    store = tmp_path / "secrets.json"
    first = env_secret("EZ_KEY", remember_in=store)
    assert env_secret("EZ_KEY", remember_in=store) == first
    assert len(first) >= 48
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_production_has_no_secret_of_its_own_making(monkeypatch, tmp_path):
    monkeypatch.delenv("EZ_KEY", raising=False)
    monkeypatch.setenv("ENV", "production")
    with pytest.raises(BadEnvironment, match="EZ_KEY: is required when ENV=production"):
        env_secret("EZ_KEY", remember_in=tmp_path / "secrets.json")
    assert list(tmp_path.iterdir()) == []


def test_secret_comes_from_the_file_named_for_it(monkeypatch, tmp_path):
    monkeypatch.delenv("EZ_KEY", raising=False)
    (tmp_path / "key").write_text("k" * 40 + "\n")
    monkeypatch.setenv("EZ_KEY_FILE", str(tmp_path / "key"))
    assert env_secret("EZ_KEY", remember_in=tmp_path / "secrets.json") == "k" * 40


def test_short_secret_is_refused_without_being_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("EZ_KEY", "hunter2")
    with pytest.raises(BadEnvironment) as caught:
        env_secret("EZ_KEY", remember_in=tmp_path / "secrets.json")
    assert "hunter2" not in str(caught.value)


def test_env_file_sets_what_is_unset(monkeypatch, tmp_path):
    for name in ("EZ_A", "EZ_B", "EZ_C"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EZ_B", "kept")
    (tmp_path / ".env").write_text('# comment\n\nexport EZ_A="one two"\nEZ_B=other\nEZ_C=three # why\n')
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert load_env_file(tmp_path / ".env") == ["EZ_A", "EZ_C"]
    assert {name: os.environ[name] for name in ("EZ_A", "EZ_B", "EZ_C")} == {
        "EZ_A": "one two",
        "EZ_B": "kept",
        "EZ_C": "three",
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("three # why", "three"),
        ('"one # two" # why', "one # two"),
        ("'' # why", ""),
        ("# why", ""),
        ("a#b", "a#b"),
        ("don't", "don't"),
        ('"half', '"half'),
        ('"in"side"', 'in"side'),
    ],
)
def test_a_comment_behind_a_value_of_an_env_file_is_no_part_of_it(monkeypatch, tmp_path, written, value):
    monkeypatch.setattr(os, "environ", {})
    (tmp_path / ".env").write_text(f"EZ={written}\n")
    load_env_file(tmp_path / ".env")
    assert os.environ == {"EZ": value}


def test_env_file_that_is_missing_sets_nothing(tmp_path):
    assert load_env_file(tmp_path / ".env") == []


def test_env_file_with_a_broken_line_names_it(tmp_path):
    (tmp_path / ".env").write_text("A_FINE=1\nnot an assignment\n")
    with pytest.raises(BadEnvironment, match=r"^\.env line 2: "):
        load_env_file(tmp_path / ".env")
