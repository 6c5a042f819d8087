"""What the service says on stderr: lines for a person, or one JSON object a line for a program.

Records of `recsys` and of uvicorn from INFO on, of anybody else from WARNING on. None tells a
client's address or agent: uvicorn writes those at TRACE and in its access log, which stays off.
"""

import json
import logging
from datetime import UTC, datetime
from logging.config import dictConfig
from typing import Any, Literal

LogFormat = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """A record as one JSON object, in ASCII and on one line whatever is in it.

    ``time`` (ISO 8601 in UTC), ``level``, ``logger``, ``message`` and, where there is one,
    ``error``: the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = {
            "time": _instant(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            facts["error"] = self.formatException(record.exc_info)
        return json.dumps(facts)


class TextLines(logging.Formatter):
    """A record as a line, with a traceback below it where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return when it was, in UTC."""
        return _instant(record.created)


def options(log_format: str | None) -> dict[str, Any]:
    """Return what uvicorn and its workers need to know in order to log; None leaves it to them."""
    if log_format is None:
        return {}
    lines = JsonLines if log_format == "json" else TextLines
    stderr = {
        "class": "logging.StreamHandler",
        "stream": "ext://sys.stderr",
        "formatter": "lines",
    }
    configuration = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.{lines.__name__}"}},
        "handlers": {"stderr": stderr},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"recsys": {"level": "INFO"}, "uvicorn": {"level": "INFO"}},
    }
    return {"log_config": configuration, "log_level": "info", "access_log": False}


def configure(log_format: str | None) -> None:
    """Let this process log in a format from now on; None changes nothing."""
    if log_format is not None:
        dictConfig(options(log_format)["log_config"])


def _instant(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
