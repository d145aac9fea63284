"""Calls to the action server as this product needs them: checked fast, and a failure ends the turn.

Rasa compiles the JSON schema of an action's answer again for each call (four fifths of a turn), and after
a failed call goes on as if the action had said nothing, so that a resident would see silence.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from jsonschema import Draft7Validator
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException

VALIDATOR = Draft7Validator(RemoteAction.action_response_format_spec())


class ActionsUnavailable(BaseException):
    """The action server did not run an action; the turn is abandoned and nothing of it is stored.

    Not an Exception: Rasa would swallow that and answer with silence.
    """


def install() -> None:
    """Replace the two methods of RemoteAction; calling it again changes nothing."""
    if RemoteAction.run is not _run:
        global _original_run
        _original_run = RemoteAction.run
        RemoteAction.run = _run
        RemoteAction._validate_action_result = _validate


def _validate(self: RemoteAction, result: dict[str, Any]) -> bool:
    """Check an action's answer against the schema that Rasa checks it against.

    Raises:
        jsonschema.ValidationError: the answer does not fit.
    """
    VALIDATOR.validate(result)
    return True


async def _run(self: RemoteAction, *args: Any, **kwargs: Any) -> list[Any]:
    try:
        events: list[Any] = await _original_run(self, *args, **kwargs)
    except ActionExecutionRejection:
        raise
    except (RasaException, aiohttp.ClientError) as error:
        raise ActionsUnavailable(f"{self.name()} failed: {error}") from error
    return events


_original_run = RemoteAction.run
