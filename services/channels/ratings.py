"""Ratings of answers by residents, `/chat/ratings`."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel

from services import bodies
from services.channels import sessions
from services.conversations.incoming import LIMIT_CHARACTERS
from services.conversations.log import LARGEST_SEQ
from services.conversations.ratings import Rated, Reason
from services.keys import CONVERSATIONS
from services.replies import reply

PATH = "/chat/ratings"


class Useful(BaseModel):
    """有用."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seq: int = Field(ge=1, le=LARGEST_SEQ)
    value: Literal["up"]
    text: str | None = Field(default=None, max_length=LIMIT_CHARACTERS)


class Useless(BaseModel):
    """没用, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seq: int = Field(ge=1, le=LARGEST_SEQ)
    value: Literal["down"]
    reason: Reason | None = None
    text: str | None = Field(default=None, max_length=LIMIT_CHARACTERS)


class RatingBody(RootModel[Annotated[Useful | Useless, Field(discriminator="value")]]):
    """A rating of the answer with this `seq`; one of the same answer before it is replaced."""

    @property
    def rated(self) -> Rated:
        """Give what was said of the answer."""
        reason = self.root.reason if isinstance(self.root, Useless) else None
        return Rated(self.root.value, reason, self.root.text)


def setup(app: web.Application) -> None:
    """Add the route. After conversations."""
    app.router.add_post(PATH, _rate)
    app.router.add_options(PATH, sessions.preflight)


async def _rate(request: web.Request) -> web.Response:
    """POST /chat/ratings {"seq", "value", "reason"?, "text"?} → {"rating"}: in place of the one before."""
    conversation = await sessions.conversation(request)
    body = await bodies.read(request, RatingBody)
    return reply({"rating": await request.app[CONVERSATIONS].rate(conversation, body.root.seq, body.rated)})
