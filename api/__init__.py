"""The service: FastAPI lives here and nowhere else."""
