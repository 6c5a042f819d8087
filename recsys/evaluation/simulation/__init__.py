"""A newsroom that nobody ever read, whose truth is known."""
