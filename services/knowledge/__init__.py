"""The knowledge service: what is published, and the answer to one question."""

from services.knowledge.api import setup

__all__ = ["setup"]
