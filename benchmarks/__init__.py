"""What we claim, measured: quality of the lists on real data, speed against named peers."""
