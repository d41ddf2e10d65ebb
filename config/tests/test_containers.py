"""No container engine runs in the tests: the files are read and held against the code they start."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import yaml

from config.probe import allowed_host
from config.runner.services import BASE_DIR

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILES = {path: (BASE_DIR / path).read_text() for path in ("Dockerfile", "embedding_service/Dockerfile")}


def instructions(text: str, name: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def test_the_services_are_the_ones_that_make_run_starts():
    assert set(SERVICES) == {"db", "setup", "embedding", "web", "chat", "worker", "elasticsearch"}
    assert [name for name, service in SERVICES.items() if service.get("profiles")] == ["elasticsearch"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"setup"}))
def test_every_lasting_service_has_a_health_check_and_restarts(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_every_dependency_exists_and_is_waited_for():
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            assert name in SERVICES
            assert how["condition"] in ("service_healthy", "service_completed_successfully")


def test_every_build_names_a_target_that_exists():
    targets = re.findall(r"^FROM \S+ AS (\w+)", DOCKERFILES["Dockerfile"], re.MULTILINE)
    assert targets == ["build", "base", "web", "chat", "worker"]
    for service in SERVICES.values():
        build = service.get("build")
        if build and "dockerfile" not in build:
            assert build["target"] in targets


def test_named_volumes_are_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("path", sorted(DOCKERFILES))
def test_images_run_as_an_unprivileged_user(path):
    stages = re.split(r"^FROM ", DOCKERFILES[path], flags=re.MULTILINE)[1:]
    users = {stage.split("\n", 1)[0]: instructions(stage, "USER") for stage in stages}
    named = "python:3.11-slim AS base" if path == "Dockerfile" else "python:3.11-slim"
    assert users[named] == ["app"]
    assert [user for found in users.values() for user in found] == ["app"]


@pytest.mark.parametrize("path", sorted(DOCKERFILES))
def test_commands_are_lists_that_name_modules_of_this_repository(path):
    for command in instructions(DOCKERFILES[path], "CMD"):
        words = json.loads(command)
        named = [word for word in words if re.fullmatch(r"[a-z_]+(\.[a-z_]+)*(:\w+)?", word) and "_" in word]
        for word in named:
            module = word.split(":")[0].replace(".", "/")
            assert (BASE_DIR / f"{module}.py").exists() or (BASE_DIR / module / "__init__.py").exists()


@pytest.mark.parametrize("path", sorted(DOCKERFILES))
def test_what_is_copied_from_the_context_exists(path):
    for copied in instructions(DOCKERFILES[path], "COPY"):
        words = shlex.split(copied)
        if not words[0].startswith("--"):
            assert [word for word in words[:-1] if not (BASE_DIR / word).exists()] == []


def test_chat_runs_two_workers():
    commands = [json.loads(command) for command in instructions(DOCKERFILES["Dockerfile"], "CMD")]
    chat = next(command for command in commands if "chat_service.app:create_app" in command)
    assert chat[chat.index("--workers") + 1] == "2"


def test_every_variable_that_compose_asks_for_is_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", (BASE_DIR / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^(\w+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE))
    assert asked - example == set()


OURS = ("setup", "web", "chat", "worker")


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_the_environment_file_reaches_our_services(name):
    assert SERVICES[name]["env_file"] == [{"path": ".env", "required": False}]


@pytest.mark.parametrize("name", OURS)
def test_an_empty_line_of_the_environment_file_takes_nothing_from_the_image(name):
    base = re.split(r"^FROM ", DOCKERFILES["Dockerfile"], flags=re.MULTILINE)[2]
    of_image = set(re.findall(r"(\w+)=", " ".join(instructions(base, "ENV"))))
    example = set(re.findall(r"^(\w+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE))
    assert of_image & example == {"ENV", "DATA_DIR"}
    assert of_image & example <= set(SERVICES[name]["environment"])


def test_the_example_leaves_it_to_the_containers_to_be_in_production():
    assert "\nENV=\n" in (BASE_DIR / ".env.example").read_text()
    assert SERVICES["web"]["environment"]["ENV"] == "${ENV:-production}"


def test_the_example_believes_the_proxy_that_uvicorn_believes_by_itself():
    """Empty would mean nobody: it is no reader of ours that takes it."""
    assert "\nFORWARDED_ALLOW_IPS=127.0.0.1\n" in (BASE_DIR / ".env.example").read_text()


def test_secrets_have_no_default_in_compose():
    text = (BASE_DIR / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "JWT_KEY", "POSTGRES_PASSWORD", "ADMIN_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(.)", text)) == {":"}
        assert set(re.findall(rf"\$\{{{name}:(.)", text)) == {"?"}


@pytest.mark.parametrize(
    ("hosts", "name"),
    [("", "localhost"), ("*", "localhost"), ("*, .example.org", "example.org"), ("a.org,b.org", "a.org")],
)
def test_the_probe_speaks_to_a_host_that_django_answers_for(monkeypatch, hosts, name):
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    assert allowed_host() == name
