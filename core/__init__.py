"""Pure rules, knowledge and text of anju: no clock, no network, no database.

Imported by `bot/` (Python 3.10), `actions/` and `services/` (Python 3.12); needs only the standard library and PyYAML.
"""
