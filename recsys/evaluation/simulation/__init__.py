"""A newsroom that nobody ever read, whose truth is known."""

from recsys.evaluation.simulation.newsroom import Parameters, Simulation, simulate, simulation

__all__ = ["Parameters", "Simulation", "simulate", "simulation"]
