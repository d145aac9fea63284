"""The points API (新市民积分): estimates over the published schemes."""

from services.points.api import setup

__all__ = ["setup"]
