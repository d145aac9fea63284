"""A task of an operator that is not done, and why."""


class Refused(Exception):
    """The task is not done; its message is a sentence in Chinese that says why and what to do."""
