"""How a route comes by the service."""

from typing import Annotated

from fastapi import Depends, Request

from .service import Service


async def service_of(request: Request) -> Service:
    """Return the one service of the app."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
