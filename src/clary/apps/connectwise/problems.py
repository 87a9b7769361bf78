"""What can go wrong between us and ConnectWise, and what each answer of theirs means.

The one table from HTTP to the classes of our errors.  Where ConnectWise says which field
is wrong, its own words and the field are kept, one finding each.  A secret that an answer
repeats is masked before anybody sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from clary.kernel.errors import (
    Busy,
    ClaryError,
    Finding,
    Misconfigured,
    Rejected,
    Unauthorised,
    Uncertain,
    Unreachable,
    declare,
)
from clary.kernel.masking import Masking

REACH_FAILED = declare(
    "CONNECTWISE_UNREACHABLE",
    Unreachable,
    "ConnectWise at {host} cannot be reached: {reason}.",
    "Check the network and the setting `site`, then try again.",
)
TIMED_OUT = declare(
    "CONNECTWISE_TIMED_OUT",
    Unreachable,
    "ConnectWise at {host} did not answer within {seconds} seconds ({what}).",
    "Try again; where the site is always this slow, raise the setting `timeout`.",
)
FAILING = declare(
    "CONNECTWISE_FAILING",
    Unreachable,
    "ConnectWise answered {status} to {what}: {said}.",
    "Try again later; if it goes on, tell ConnectWise's support the time and this message.",
)
SITE_BUSY = declare(
    "CONNECTWISE_BUSY",
    Busy,
    "ConnectWise takes no more requests for now ({what}){until}.",
    "Nothing needs to be done: the work waits and is tried again. Fewer other integrations at"
    " the same time help.",
)
OUTCOME_UNKNOWN = declare(
    "CONNECTWISE_OUTCOME_UNKNOWN",
    Uncertain,
    "ConnectWise did not say whether it has done this ({what}): {reason}.",
    "Nothing needs to be done: it is looked up before it is tried again.",
)
CERTIFICATE = declare(
    "CONNECTWISE_CERTIFICATE",
    Misconfigured,
    "The certificate of {host} is not to be trusted: {reason}.",
    "Have the server's certificate renewed; where it comes from an authority of your own, name"
    " the authority's file with --set certificates=FILE. Never go on without.",
)
NOT_CONNECTWISE = declare(
    "CONNECTWISE_NOT_THERE",
    Misconfigured,
    "{host} does not answer as ConnectWise does ({why}).",
    "Check the setting `site`: it is the host that you log in to, such as na.myconnectwise.net.",
)
LOGIN_PAGE = declare(
    "CONNECTWISE_LOGIN_PAGE",
    Misconfigured,
    "{host} sends us to a page to log in ({what}) instead of answering.",
    "Check that `site` names ConnectWise itself and not a portal or proxy before it, and that"
    " the API is open to programs there.",
)
REDIRECTED = declare(
    "CONNECTWISE_REDIRECTED",
    Misconfigured,
    "{host} sends us on to {target} instead of answering.",
    "If that is where ConnectWise is now, state it with --set site={target}.",
)
COMPANY_UNKNOWN = declare(
    "CONNECTWISE_COMPANY_UNKNOWN",
    Misconfigured,
    "ConnectWise at {host} knows no company {company!r}.",
    "Check the setting `company`: it is the company that you type when you log in.",
)
KEYS_REFUSED = declare(
    "CONNECTWISE_KEYS_REFUSED",
    Unauthorised,
    "ConnectWise does not take our keys: {said}.",
    "Check company, public_key and client_id, and store the private key again with --secret"
    " private_key (System > Members > API Members > API Keys). ConnectWise shows a private key"
    " only once; make new keys where it is lost.",
)
RIGHT_MISSING = declare(
    "CONNECTWISE_RIGHT_MISSING",
    Unauthorised,
    "The ConnectWise member may not do this ({what}): {said}.",
    "`clary app test` lists the rights that are missing; give them in System > Security Roles.",
)
REFUSED = declare(
    "CONNECTWISE_REFUSED",
    Rejected,
    "ConnectWise refused {what}: {said} ({code}).",
    "Correct it in ConnectWise or leave the document out, then try again.",
)
NOT_FOUND = declare(
    "CONNECTWISE_NOT_FOUND",
    Rejected,
    "ConnectWise has nothing at {what}: {said}.",
    "It may have been deleted; read the list anew.",
    http_status=404,
)
IN_USE = declare(
    "CONNECTWISE_IN_USE",
    Rejected,
    "ConnectWise refused {what}, as something is in its way: {said} ({code}).",
    "Close the record where it is open in ConnectWise, or look what uses it, then try again.",
    http_status=409,
)
ANSWER_INVALID = declare(
    "CONNECTWISE_ANSWER_INVALID",
    Misconfigured,
    "The answer of {host} to {what} cannot be read: {why}.",
    "Try again; if it goes on, something between here and ConnectWise changes its answers.",
    http_status=502,
)
ANSWER_TOO_LARGE = declare(
    "CONNECTWISE_ANSWER_TOO_LARGE",
    Rejected,
    "The answer of ConnectWise to {what} is larger than {limit} MB.",
    "Choose fewer documents at once.",
)

SAID_LENGTH = 300
MOST_FINDINGS = 100
"""Most findings of one answer; a site may repeat itself for every line of a document."""

_LOGIN_ADDRESS = re.compile("log-?in|sign-?in|auth|sso|saml", re.IGNORECASE)
_SPACE = re.compile(r"[\x00-\x20\x7f]+")


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides secrets in what ConnectWise says.

    Attributes:
        secrets: texts that never appear.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)

    def said(self, text: str) -> str:
        """Return a text of theirs on one line, cut, and without our secrets."""
        text = Masking.of(self.secrets).masked(text)
        text = _SPACE.sub(" ", text).strip().rstrip(".")
        return text if len(text) <= SAID_LENGTH else f"{text[:SAID_LENGTH]}..."


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that says no.

    Attributes:
        status: HTTP status.
        media_type: kind of the body, without its parameters.
        location: where a redirect leads.
        body: the body, in bytes.
        host: who answered.
        what: the request in words: method and path.
    """

    status: int
    media_type: str
    location: str
    body: bytes
    host: str
    what: str


def refusal(answer: Answered, mask: Mask) -> ClaryError:
    """Return what an answer other than success means, all of its problems together.

    Sources of the statuses: connectwise.md section 4 (protocol, errors).
    """
    if 300 <= answer.status < 400:  # noqa: PLR2004 - the range of redirects
        return redirection(answer)
    document = _document(answer.body)
    if answer.status in _PLAIN:
        code = _PLAIN[answer.status]
        return code.raised(what=answer.what, said=_said(document, answer, mask))
    if answer.status >= 500 or answer.status == _TOO_SLOW:  # noqa: PLR2004 - server errors
        said = _said(document, answer, mask)
        return FAILING.raised(status=answer.status, what=answer.what, said=said)
    if document is None and answer.media_type == "text/html":
        return NOT_CONNECTWISE.raised(host=answer.host, why=f"a web page, status {answer.status}")
    code = _REFUSALS.get(answer.status, REFUSED)
    return Rejected(*(_finding(code.name, each) for each in _problems(document, answer, mask)))


_TOO_SLOW = 408
_PLAIN = {401: KEYS_REFUSED, 403: RIGHT_MISSING}
_REFUSALS = {404: NOT_FOUND, 409: IN_USE}
_DECLARED = {code.name: code for code in (REFUSED, NOT_FOUND, IN_USE)}


@dataclass(frozen=True, slots=True)
class _Problem:
    """One problem as ConnectWise states it."""

    said: str
    code: str
    what: str
    record: str | None = None
    field: str | None = None


def _finding(name: str, problem: _Problem) -> Finding:
    return _DECLARED[name].finding(
        record=problem.record,
        field=problem.field,
        what=problem.what,
        said=problem.said,
        code=problem.code,
    )


def _problems(
    document: Mapping[str, object] | None, answer: Answered, mask: Mask
) -> Iterable[_Problem]:
    """Return a problem for each entry of `errors`, or one for the answer as a whole."""
    stated = (document or {}).get("errors")
    listed = stated if isinstance(stated, list) else []
    entries = [each for each in listed if isinstance(each, Mapping)]
    if not entries:
        code = _text(document, "code") or str(answer.status)
        return (_Problem(_said(document, answer, mask), mask.said(code), answer.what),)
    return tuple(_problem(entry, answer, mask) for entry in islice(entries, MOST_FINDINGS))


def _problem(entry: Mapping[str, object], answer: Answered, mask: Mask) -> _Problem:
    code = _text(entry, "code") or str(answer.status)
    return _Problem(
        said=mask.said(_text(entry, "message") or code),
        code=mask.said(code),
        what=answer.what,
        record=mask.said(_text(entry, "resource")) or None,
        field=mask.said(_text(entry, "field")) or None,
    )


def _said(document: Mapping[str, object] | None, answer: Answered, mask: Mask) -> str:
    return mask.said(_text(document, "message")) or f"status {answer.status}"


def _text(document: Mapping[str, object] | None, name: str) -> str:
    value = (document or {}).get(name)
    return value if isinstance(value, str) else ""


def _document(body: bytes) -> Mapping[str, object] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def redirection(answer: Answered) -> ClaryError:
    """Return what a redirect means: a page to log in, or another address of the site."""
    target = urlsplit(answer.location)
    if _LOGIN_ADDRESS.search(f"{target.hostname or ''}{target.path}"):
        return LOGIN_PAGE.raised(host=answer.host, what=answer.what)
    place = target.hostname or "another page"
    return REDIRECTED.raised(host=answer.host, target=place[:SAID_LENGTH])


def speaks_vendor(answer: Answered) -> bool:
    """Tell whether an answer is an error that ConnectWise itself wrote, not a web server."""
    return bool(_text(_document(answer.body), "code"))
