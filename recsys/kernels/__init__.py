"""The hot loops, each with its slow, obvious twin that tests hold it equal to."""
