"""The registry of an office: its client, residents' consent and secrets, and the API for actions.

Actions name a conversation and get an outcome with its sentence; ID numbers, codes and grants stay here.
"""

from services.registry.api import setup

__all__ = ["setup"]
