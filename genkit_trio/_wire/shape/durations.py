"""Durations as ISO 8601 text: ``P1DT2H3M4.5S``, exact to the microsecond."""

import datetime as dt
import re
from typing import Final

# The format "duration" of JSON Schema has neither fractions nor a sign, so a pattern says it.
DURATION_PATTERN: Final = (
    r"^-?P([0-9]{1,8}W|(?=[0-9T])([0-9]{1,9}D)?"
    r"(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\.[0-9]{1,6})?S)?)?)$"
)
_DURATION: Final = re.compile(
    r"(?P<minus>-)?P(?:(?P<weeks>[0-9]{1,8})W|(?=[0-9T])(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,9})(?:\.(?P<fraction>[0-9]{1,6}))?S)?)?)"
)


def parse_duration(text: str) -> dt.timedelta:
    """Read a duration of weeks, or of days, hours, minutes and seconds.

    Raises:
      ValueError: if the text is something else; years and months have no length.
      OverflowError: if a timedelta cannot hold it.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not a duration")
    counts = {unit: int(found[unit] or 0) for unit in ("weeks", "days", "hours", "minutes", "seconds")}
    length = dt.timedelta(microseconds=int((found["fraction"] or "0").ljust(6, "0")), **counts)
    return -length if found["minus"] else length


def format_duration(length: dt.timedelta) -> str:
    """Write a duration; `parse_duration` gives back exactly the same."""
    sign, length = ("-", -length) if length < dt.timedelta(0) else ("", length)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    clock = "".join(
        f"{count}{unit}"
        for count, unit in ((hours, "H"), (minutes, "M"), (f"{seconds}{fraction}", "S"))
        if count not in (0, "0")
    )
    days = f"{length.days}D" if length.days else ""
    return f"{sign}P{days}{'T' if clock else ''}{clock}" if days or clock else "PT0S"
