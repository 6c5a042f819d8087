import pytest

from recsys.evaluation.simulation import Parameters, Simulation, simulation
from recsys.evaluation.simulation.audience import Audience
from recsys.evaluation.simulation.world import Newsroom

SMALL = Parameters(
    Newsroom(
        days=3, articles_per_day=80, topics_per_section=4, breaking_share=0.05, withdrawn_share=0.1
    ),
    Audience(sessions_per_day=1800),
)


@pytest.fixture(scope="session")
def small() -> Simulation:
    """Three days of 240 articles, some 6,000 sessions; every tenth article is withdrawn."""
    return simulation(5, SMALL)
