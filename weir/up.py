"""`weir up`: brings the whole product up on this machine, says where everything is, and keeps it running.

The order: check the machine, start the warehouse, migrate both databases, create the first organization, start
everything else at once, load the demo data, print the links.
"""

import asyncio
import re
import signal
import time
from collections.abc import Awaitable

from rich.console import Console
from rich.text import Text

from control.settings import BootstrapSettings
from weir import preflight
from weir.dagster_home import write_dagster_home
from weir.first_start import FirstStart, create_first, migrate_stores
from weir.instance import Instance, open_instance
from weir.links import print_links
from weir.services import services, storage_services
from weir.settings import InstanceSettings
from weir.supervisor import Service, Supervisor

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")

_ROUTINE = re.compile(r" - (\x1b\[\d+m)?(INFO|DEBUG)(\x1b\[0m)? - ")
"""The middle of Dagster's lines of level INFO or DEBUG, with or without colour."""


def run(settings: InstanceSettings, first: BootstrapSettings, *, demo: bool, console: Console) -> None:
    """Runs until Ctrl-C or SIGTERM; raises NotReady or StartFailed when it cannot come up."""
    preflight.check_python()
    instance = open_instance(settings, first)
    preflight.check_disk(instance.data_dir)
    with preflight.lock(instance.data_dir):
        preflight.check_ports(preflight.ports(settings, embedded=instance.is_embedded))
        asyncio.run(_run(instance, demo, console))


async def _run(instance: Instance, demo: bool, console: Console) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log = ServiceLog(console)
    supervisor = Supervisor(instance.log_dir, log.line)
    coming_up = asyncio.create_task(_come_up(instance, demo, supervisor, console))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({coming_up, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if coming_up.done():
            first = coming_up.result()
            print_links(instance, first, console)
            log.is_open = True
            await stopping
    finally:
        log.is_open = False
        coming_up.cancel()
        stopping.cancel()
        console.print("Stopping …")
        await asyncio.gather(coming_up, return_exceptions=True)
        await supervisor.stop()
        console.print(f"Stopped. Your data is in {instance.data_dir}")


async def _come_up(instance: Instance, demo: bool, supervisor: Supervisor, console: Console) -> FirstStart:
    began = time.monotonic()
    for service in storage_services(instance):
        await _start(supervisor, service, console)
    await _step("databases migrated", console, asyncio.to_thread(migrate_stores, instance))
    first = await asyncio.to_thread(create_first, instance, demo=demo)
    await asyncio.to_thread(write_dagster_home, instance)
    if demo:
        from weir.demo.command import load_demo_data  # brings polars and the pipelines, which no other start needs

        loading = asyncio.to_thread(load_demo_data, instance, first.organization_id, console)
        await _step("demo data", console, loading)
    await asyncio.gather(*(_start(supervisor, service, console) for service in services(instance)))
    console.print(f"\nEverything is up after {time.monotonic() - began:.0f} s.")
    return first


async def _start(supervisor: Supervisor, service: Service, console: Console) -> None:
    seconds = await supervisor.start(service)
    console.print(Text.assemble(("✓ ", "green"), f"{service.name:<22}", (f"{seconds:5.1f} s", "dim")))


async def _step(what: str, console: Console, work: Awaitable[object]) -> None:
    began = time.monotonic()
    await work
    seconds = time.monotonic() - began
    console.print(Text.assemble(("✓ ", "green"), f"{what:<22}", (f"{seconds:5.1f} s", "dim")))


class ServiceLog:
    """Prints what the services say, each line with its service's name in its colour, once `is_open`.

    Dagster's routine is left out: that nothing happened, and each step of a run. The log files have it all.
    """

    def __init__(self, console: Console) -> None:
        self.is_open = False
        self._console = console
        self._colours: dict[str, str] = {}

    def line(self, service: str, text: str) -> None:
        if self.is_open and not _ROUTINE.search(text):
            colour = self._colours.setdefault(service, COLOURS[len(self._colours) % len(COLOURS)])
            self._console.print(Text.assemble((f"{service:>14} │ ", colour), text), soft_wrap=True)
