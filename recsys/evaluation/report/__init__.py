"""The report for people: one page that needs nothing else."""

from recsys.evaluation.report.page import page, write
from recsys.evaluation.report.text import plain

__all__ = ["page", "plain", "write"]
