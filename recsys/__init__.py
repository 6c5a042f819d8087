"""Related news and most read: a recommendation engine for the widgets of news websites."""

__version__ = "0.1.0"
