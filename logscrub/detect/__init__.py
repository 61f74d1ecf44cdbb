"""Find what matters in a record: gate, confirm, judge."""

from logscrub.detect.detector import Detector

__all__ = ["Detector"]
