"""Answers a request with an idempotency key once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clary.api.native.answers import Finished, failed
from clary.api.native.calls import Attempt
from clary.api.native.routes import Route
from clary.hub.installation import Installation
from clary.hub.repeats import SECRET, Claim, Kept, Repeats
from clary.kernel.errors import ClaryError
from clary.kernel.identifiers import new_id

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotent-Replayed"


class Once:
    """Has each request done once."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._repeats: Repeats | None = None

    def answer(
        self, name: str, key: str, sent: str, route: Route, do: Callable[[Attempt], Finished]
    ) -> Finished:
        """Return the answer of a request: the one it had before, or what `do` gives.

        An answer after which a retry may do better is not kept: errors of the server,
        whatever was busy or could not be reached, and what is not done to its end.

        Args:
            name: names the request.
            key: its idempotency key.
            sent: what was sent.
            route: its route.
            do: does it, or goes on with what an earlier attempt came to.

        Raises:
            Busy, Rejected: as for `Repeats.claim`.
            ClaryError: what `do` raises and is not kept.
        """
        repeats = self._of_installation()
        claimed = repeats.claim(name, key, sent)
        if isinstance(claimed, Kept):
            headers = {**claimed.headers, REPLAYED: "true"}
            return Finished(claimed.status, claimed.text, claimed.media, headers)
        return _kept(repeats, claimed, route, do)

    def _of_installation(self) -> Repeats:
        if self._repeats is None:
            self._repeats = Repeats(self._installation.database, self._installation.clock)
        return self._repeats


def _kept(
    repeats: Repeats, claim: Claim, route: Route, do: Callable[[Attempt], Finished]
) -> Finished:
    is_kept = False
    try:
        try:
            answer = do(Attempt(claim.plan, lambda plan: repeats.note(claim, plan)))
        except ClaryError as error:
            answer = failed(error, new_id("request"))
        if answer.is_final:
            repeats.keep(claim, _stored(answer, route))
            is_kept = True
    finally:
        if not is_kept:
            repeats.release(claim)
    return answer


def _stored(answer: Finished, route: Route) -> Kept:
    """Return what is kept of an answer; of one with a secret only that it was given."""
    is_given = answer.status < 300  # noqa: PLR2004 - the statuses of success
    if route.is_secret and is_given:
        return Kept(SECRET, "", {}, "")
    return Kept(answer.status, answer.media, answer.headers, answer.text)
