"""Reads docker-compose.yml as compose would, as far as that goes without Docker."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway.settings import GatewaySettings
from tests.deploy.dockerfile import stages

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rule>:?[-?])?(?P<rest>[^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|AUTH")
RUNS_ONCE = {"weir"}


def variables() -> dict[str, set[tuple[str, str]]]:
    """Every variable compose fills in, with the rules it is written with."""
    found: dict[str, set[tuple[str, str]]] = {}
    for match in VARIABLE.finditer(COMPOSE):
        found.setdefault(match["name"], set()).add((match["rule"] or "", match["rest"]))
    return found


def passed_through() -> set[str]:
    """Variables a service gets as they are, or not at all."""
    return {
        name for service in SERVICES.values() for name, value in service.get("environment", {}).items() if value is None
    }


def secrets() -> set[str]:
    return {name for name in variables() if SECRET.search(name)}


def test_everything_of_the_product_is_there():
    stores = {"clickhouse", "seaweedfs", "postgres", "valkey"}
    processes = {"weir", "gateway", "api", "app", "pipelines", "dagster-daemon", "dagster"}
    assert SERVICES.keys() == stores | processes


def test_a_missing_secret_stops_the_start():
    assert len(secrets()) == 7
    for name in secrets():
        assert {rule for rule, _ in variables()[name]} == {":?"}, f"{name} has a default or may be empty"


def test_no_secret_stands_in_the_file():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and value is not None:
                assert VARIABLE.fullmatch(str(value)), f"{name}: {variable}"
            for match in re.finditer(r"://\w*:([^@]*)@", str(value)):
                assert VARIABLE.fullmatch(match[1]), f"{name}: {variable} has a password in its URL"


def test_every_variable_is_documented_and_every_documented_one_is_used():
    documented = set(re.findall(r"`((?:WEIR|OPENAI|ANTHROPIC)_\w+)`", (ROOT / "deploy/compose.md").read_text()))
    documented.discard("WEIR_OBJECT_STORE_URL")
    assert documented == variables().keys() | passed_through()


def test_the_script_makes_every_secret_anew():
    made = [
        dict(
            line.split("=")
            for line in subprocess.check_output(["sh", "deploy/new-secrets.sh"], cwd=ROOT, text=True).split()
        )
        for _ in range(2)
    ]
    assert made[0].keys() == secrets()
    assert not set(made[0].values()) & set(made[1].values())
    assert all(re.fullmatch(r"[0-9a-f]{20,}", value) for value in made[0].values())
    assert os.access(ROOT / "deploy/new-secrets.sh", os.X_OK)


def test_images_are_pinned_or_built_here():
    for name, service in SERVICES.items():
        if "build" in service:
            assert service["build"]["target"] in stages()
            assert service["image"] == {"weir": "weir"}.get(
                service["build"]["target"], f"weir-{service['build']['target']}"
            )
        else:
            assert re.fullmatch(r"[\w/.-]+:\d+\.\d+[\w.-]*", service["image"]), name


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - RUNS_ONCE))
def test_every_service_says_whether_it_is_well(name):
    service = SERVICES[name]
    assert "healthcheck" in service or "HEALTHCHECK" in stages()[service["build"]["target"]]


def test_nothing_starts_before_the_stores_are_migrated():
    """What is waited for is well, or has ended well."""
    before = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    for name in ("gateway", "api", "app", "pipelines", "dagster", "dagster-daemon"):
        waited_for: set[str] = set()
        todo = [name]
        while todo:
            new = before[todo.pop()] - waited_for
            waited_for |= new
            todo += new
        assert {"weir", "clickhouse", "postgres", "seaweedfs"} <= waited_for
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            ends = other in RUNS_ONCE
            assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


def test_stores_are_published_to_nobody_and_dagster_to_this_machine_alone():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"gateway", "api", "app", "dagster"}
    assert published["dagster"] == ["127.0.0.1:${WEIR_DAGSTER_PORT:-3070}:3070"]
    for name in ("gateway", "api", "app"):
        assert published[name][0].startswith("${WEIR_BIND:-127.0.0.1}:")
    for name in ("clickhouse", "seaweedfs", "postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["stores"]
    assert yaml.safe_load(COMPOSE)["networks"]["stores"] == {"internal": True}


def test_the_gateway_and_the_dashboard_know_no_password_of_the_warehouse():
    for name in ("gateway", "app", "dagster", "dagster-daemon"):
        assert not [variable for variable in SERVICES[name]["environment"] if "WAREHOUSE" in variable]


def test_what_one_process_seals_the_other_opens():
    sealing = {SERVICES[name]["environment"]["WEIR_SECRET_KEY"] for name in ("weir", "gateway", "api")}
    assert len(sealing) == 1


def test_settings_of_the_gateway_exist():
    known = {f"WEIR_{name.upper()}" for name in GatewaySettings.model_fields}
    given = {name for name in SERVICES["gateway"]["environment"] if name.startswith("WEIR_")}
    assert given <= known


def test_gateways_count_in_the_valkey_that_runs_beside_them():
    password = SERVICES["valkey"]["environment"]["VALKEY_PASSWORD"]
    assert SERVICES["gateway"]["environment"]["WEIR_REDIS_URL"] == f"redis://:{password}@valkey:6379/0"
    assert set(SERVICES["valkey"]["networks"]) <= set(SERVICES["gateway"]["networks"])


def test_ports_that_stand_as_comments_are_those_of_the_aliases_beside_them():
    (aliases,) = re.findall(r"# .*WEIR_GATEWAY_ALIASES='(.+)'", COMPOSE)
    published = re.findall(r'# - "\$\{WEIR_BIND:-127\.0\.0\.1\}:(\d+):(\d+)"', COMPOSE)
    assert published == [(port, port) for port in json.loads(aliases)]


def test_what_must_last_is_on_a_volume():
    declared = yaml.safe_load(COMPOSE)["volumes"].keys()
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume[0] != "."
    }
    assert mounted == declared
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            if volume[0] == ".":
                assert (ROOT / volume.split(":")[0]).is_file()
