"""The report for people: one page that needs nothing else."""
