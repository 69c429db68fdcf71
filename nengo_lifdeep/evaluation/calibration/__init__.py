"""Whether a network is right as often as it says."""

from .reliability import Reliability, expected_calibration_error, reliability
from .temperature import common_temperature

__all__ = ["Reliability", "common_temperature", "expected_calibration_error", "reliability"]
