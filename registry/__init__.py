"""The reference registry: the points and records back end of an office, as the contract describes it.

An office replaces it by its own system (REGISTRY_URL). It shares nothing with services but the
contract (docs/registry.openapi.yaml), the signing text (core/signing.py) and the key.
"""
