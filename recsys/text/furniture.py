"""What stands in an article's body and is not the article."""


def strip_furniture(text: str) -> str:
    """Return ``text`` without furniture."""
    return text
