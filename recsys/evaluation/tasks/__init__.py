"""What is asked of a ranker, one file a task."""
