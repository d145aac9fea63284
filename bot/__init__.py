"""The Rasa box: NLU components, the loopback channel, the importer and the tracker store (Python 3.10)."""
