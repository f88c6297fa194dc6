"""Keeps what was reported: a report is answered only once it is in the spool."""

import logging
from collections.abc import Iterable

from gateway.errors import GatewayError, Unavailable
from gateway.metrics import Metrics
from warehouse.rawlog.errors import SpoolError, SpoolFull
from warehouse.rawlog.spool import Spool
from warehouse.record import Exchange, encode

_logger = logging.getLogger(__name__)

FULL = "the gateway's disk takes no more, so reports cannot be kept; send them again later"


class Keeper:
    """Writes reports into one spool, or says that they are to be sent again."""

    def __init__(self, spool: Spool, metrics: Metrics, *, refuse_when_full: bool) -> None:
        self._spool = spool
        self._metrics = metrics
        self._refuse_when_full = refuse_when_full

    def check_room(self) -> None:
        """Raises Unavailable while reports are refused, so that none is read in vain."""
        if self._refuse_when_full and not self._spool.has_room:
            raise Unavailable(FULL)

    def keep(self, exchanges: Iterable[Exchange]) -> None:
        """Keeps all of them, in order.

        Raises Unavailable if one cannot be kept; those before it stay, and when the report comes again the loader
        knows them by their ids. Where the operator chose to drop what finds no room, that is counted instead.
        """
        for exchange in exchanges:
            try:
                self._spool.append(_encoded(exchange), exchange.created_at.date())
            except SpoolFull as error:
                if self._refuse_when_full:
                    raise Unavailable(FULL) from error
                self._metrics.dropped("spool_full")
                _logger.warning("reported call %s dropped: %s", exchange.request_id, error)
            except SpoolError as error:
                raise Unavailable(FULL) from error
            else:
                self._metrics.recorded()

    def count(self, *, ignored: int, rejected: int) -> None:
        """Counts the spans that were not kept, for the operator who wonders where they are."""
        self._metrics.spans_passed_over("ignored", ignored)
        self._metrics.spans_passed_over("rejected", rejected)


def _encoded(exchange: Exchange) -> bytes:
    try:
        return encode(exchange)
    except Exception as error:
        # Told to the sender, not swallowed: it may think that what was answered 200 is kept.
        _logger.exception("reported call %s cannot be written down", exchange.request_id)
        raise GatewayError(f"internal error; the log has more under {exchange.request_id}") from error
