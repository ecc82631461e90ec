"""Days of work, weather included or not."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from transcaspian.analyses.installation.config import Spread


@dataclass(frozen=True)
class Days:
    """Days from the best to the worst.

    >>> Days(2.0, 3.0, 6.0).over(Spread(low=0.0, base=25.0, high=50.0)) + Days(1.0, 1.0, 1.0)
    Days(low=3.0, base=5.0, high=13.0)
    """

    low: float = 0.0
    base: float = 0.0
    high: float = 0.0

    @classmethod
    def of(cls, spread: Spread) -> Days:
        """As the study has them."""
        return cls(spread.low, spread.base, spread.high)

    def __add__(self, other: Days) -> Days:
        return Days(self.low + other.low, self.base + other.base, self.high + other.high)

    def over(self, lost_percent: Spread) -> Days:
        """With the days that weather takes, of all days."""
        return Days(
            self.low / (1 - lost_percent.low / 100),
            self.base / (1 - lost_percent.base / 100),
            self.high / (1 - lost_percent.high / 100),
        )


def day_columns(days: Days | None) -> dict[str, float | None]:
    """As layers and the manifest have them; empty where the work is not done."""
    low, base, high = (None, None, None) if days is None else astuple(days)
    return {"days_low": low, "days_base": base, "days_high": high}
