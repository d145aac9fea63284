"""What the bot does in a turn: answer, ask for facts, work out points, decide a case, hand over.

Runs in the action server (rasa-sdk, Python 3.12). Policy comes from the services over HTTP; the words here
are those around it.
"""
