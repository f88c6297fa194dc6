"""The processes of an instance, in the order they start."""

import sys

from weir.instance import Instance
from weir.supervisor import Service


def storage_services(instance: Instance) -> list[Service]:
    """What must be there before anything can be created in it."""
    if not instance.is_embedded:
        return []
    port = instance.settings.warehouse_port
    return [
        Service(
            "warehouse",
            (sys.executable, "-m", "warehouse.embedded"),
            f"http://127.0.0.1:{port}/ping",
            instance.environment() | instance.warehouse_environment(),
        )
    ]


def services(instance: Instance) -> list[Service]:
    """Everything else; they are started at once, each `after` what it needs."""
    settings = instance.settings
    common = instance.environment()
    with_warehouse = common | instance.warehouse_environment()
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return [
        Service(
            "gateway",
            (sys.executable, "-m", "gateway"),
            f"http://{host}:{settings.gateway_port}/readyz",
            common | {"WEIR_SECRET_KEY": instance.secret_key},
        ),
        Service(
            "upstream",
            (sys.executable, "-m", "weir.upstream", "--port", str(settings.upstream_port)),
            f"http://127.0.0.1:{settings.upstream_port}/_calls",
            common,
        ),
        Service(
            "api",
            (sys.executable, "-m", "api"),
            f"http://{host}:{settings.api_port}/readyz",
            with_warehouse | {"WEIR_SECRET_KEY": instance.secret_key},
        ),
        Service(
            "app",
            (sys.executable, "-m", "app"),
            f"http://{host}:{settings.app_port}/_stcore/health",
            common,
        ),
        *dagster_services(instance, with_warehouse),
    ]


def dagster_services(instance: Instance, environment: dict[str, str]) -> list[Service]:
    """The code server with the pipelines, and Dagster's own webserver and daemon, which begin by asking it."""
    settings = instance.settings
    workspace = str(instance.dagster_home / "workspace.yaml")
    environment = environment | {
        "DAGSTER_HOME": str(instance.dagster_home),
        # A tick ends after 40 seconds by itself; on a busy machine what it began takes longer than Dagster's 60.
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "180",
    }
    code_port, web_port = str(settings.dagster_code_port), str(settings.dagster_port)
    dagster = (sys.executable, "-m", "dagster")
    return [
        Service(
            "pipelines",
            (*dagster, "api", "grpc", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", code_port),
            f"tcp://127.0.0.1:{code_port}",
            environment,
        ),
        Service(
            "dagster-daemon",
            (sys.executable, "-m", "dagster._daemon", "run", "-w", workspace),
            None,
            environment,
            after="pipelines",
        ),
        Service(
            "dagster",
            (sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", web_port, "-w", workspace),
            f"http://127.0.0.1:{web_port}/server_info",
            environment,
            after="pipelines",
        ),
    ]
