"""What `weir up` shows of what its services say."""

from io import StringIO

from rich.console import Console

from weir.up import ServiceLog


def shown(*lines: str) -> str:
    screen = StringIO()
    log = ServiceLog(Console(file=screen, width=200))
    log.line("gateway", "before it is open")
    log.is_open = True
    for line in lines:
        log.line("dagster-daemon", line)
    return screen.getvalue()


def test_routine_stays_in_the_log_files():
    assert shown("10:00 - dagster.daemon - INFO - skipped") == ""
    assert shown("10:00 - dagster.daemon - \x1b[34mINFO\x1b[0m - skipped") == ""
    assert shown("10:00 - dagster - DEBUG - reprice - 5323a4c6 - 26401 - RUN_START - Started execution") == ""


def test_what_else_is_said_is_shown_with_its_service():
    assert shown("10:00 - dagster.daemon - ERROR - INFO is lost") == (
        "dagster-daemon │ 10:00 - dagster.daemon - ERROR - INFO is lost\n"
    )
