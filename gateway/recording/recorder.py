"""Turns a call into its record and puts it into the spool.

The proxy calls this before it forwards what completes the response, so whoever has a whole response has a record. A
record that cannot be kept is counted and logged, and the call goes on: this is the one place that swallows. If one
cannot be made, what is certain of the call makes a row all the same.
"""

import logging
import time

from gateway.call import Call
from gateway.metrics import Metrics
from gateway.recording.exchange import bare_exchange_of, exchange_of
from warehouse.rawlog.errors import SpoolFull
from warehouse.rawlog.spool import Spool
from warehouse.record import Exchange, encode

_logger = logging.getLogger(__name__)


class Recorder:
    """Writes records into one spool."""

    def __init__(self, spool: Spool, metrics: Metrics) -> None:
        self._spool = spool
        self._metrics = metrics

    @property
    def has_room(self) -> bool:
        """Whether the spool takes more."""
        return self._spool.has_room

    def record(self, call: Call) -> None:
        """Keeps the call's record, once."""
        if call.is_recorded:
            return
        call.is_recorded = True
        try:
            exchange, line = self._written(call)
            self._spool.append(line, exchange.created_at.date())
        except SpoolFull as error:
            self._metrics.dropped("spool_full")
            _logger.warning("record of %s dropped: %s", call.request_id, error)
        except Exception:
            self._metrics.dropped("error")
            _logger.exception("record of %s dropped", call.request_id)
        else:
            self._metrics.recorded()

    def _written(self, call: Call) -> tuple[Exchange, bytes]:
        """Returns the call's record, and its line."""
        now = time.perf_counter()
        try:
            exchange = call.exchange = exchange_of(call, now)
            return exchange, encode(exchange)
        except Exception:
            self._metrics.recorded_bare()
            _logger.exception("the record of %s has only what is certain", call.request_id)
            exchange = bare_exchange_of(call, now)
            return exchange, encode(exchange)
