"""The eligibility API: decisions over the published tables and routes."""

from services.eligibility.api import setup

__all__ = ["setup"]
