"""What can be wrong with notifications, each declared once."""

from __future__ import annotations

from clary.kernel.errors import (
    Busy,
    Misconfigured,
    Rejected,
    Unauthorised,
    Unreachable,
    declare,
)

NOTIFY_UNKNOWN = declare(
    "NOTIFY_UNKNOWN",
    Rejected,
    "There is no notification {name!r}.",
    "`clary notify list` lists them.",
    http_status=404,
    exit_code=2,
)
NOTIFY_EXISTS = declare(
    "NOTIFY_EXISTS",
    Rejected,
    "There is a notification {name} already.",
    "Choose another name, or change it with `clary notify set`.",
    http_status=409,
    exit_code=2,
)
NOTIFY_INVALID = declare(
    "NOTIFY_INVALID",
    Rejected,
    "{what} of a notification cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)
NOTIFY_ADDRESS_FOREIGN = declare(
    "NOTIFY_ADDRESS_FOREIGN",
    Unauthorised,
    "{name} may have messages sent to their own e-mail address only, not to {address}.",
    "Use the address that the user has (`clary user set NAME --email`), or ask someone with the"
    " role admin to add the notification.",
)
NOTIFY_TOO_MANY = declare(
    "NOTIFY_TOO_MANY",
    Busy,
    "{many} messages to {target} wait already, so that this one was not kept.",
    "See `clary notify list` why they cannot be delivered; `clary notify log` shows them.",
)
NOTIFY_ADDRESS_DROPPED = declare(
    "NOTIFY_ADDRESS_DROPPED",
    Rejected,
    "{target} is no address of the notification {name} any more.",
    "Nothing has to be done.",
)
NOTIFY_OWNER_GONE = declare(
    "NOTIFY_OWNER_GONE",
    Unauthorised,
    "{owner} may not see any more what this message tells of.",
    "Nothing has to be done; give the role back, or remove the notification.",
)
NOTIFY_FAILING = declare(
    "NOTIFY_FAILING",
    Misconfigured,
    "The notification {name} does not get through: {reason}",
    "{remedy}",
)
MAIL_SERVER_MISSING = declare(
    "MAIL_SERVER_MISSING",
    Misconfigured,
    "No server for outgoing e-mail is set.",
    "Set it with `clary notify mail --host smtp.example.com --sender clary@example.com`; what"
    " waits is then sent by itself.",
)
MAIL_SERVER_INVALID = declare(
    "MAIL_SERVER_INVALID",
    Rejected,
    "The {what} of the mail server cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)
MAIL_PASSWORD_OPEN = declare(
    "MAIL_PASSWORD_OPEN",
    Rejected,
    "The password for {host} would travel without encryption.",
    "Use --security starttls or tls; only a server on this machine may do without.",
    exit_code=2,
)
MAIL_UNREACHABLE = declare(
    "MAIL_UNREACHABLE",
    Unreachable,
    "The mail server {host}:{port} cannot be reached: {reason}.",
    "Check host, port and network (`clary notify mail`); it is tried again by itself.",
)
MAIL_CERTIFICATE = declare(
    "MAIL_CERTIFICATE",
    Misconfigured,
    "The certificate of the mail server {host} cannot be trusted: {reason}.",
    "Use the host name that stands in the certificate; for a certificate of your own authority,"
    " name its file in the environment variable SSL_CERT_FILE.",
)
MAIL_SECURITY_MISSING = declare(
    "MAIL_SECURITY_MISSING",
    Misconfigured,
    "The mail server {host}:{port} offers no {wanted}.",
    "Check --port and --security (`clary notify mail`): usually 587 with starttls, or 465 with"
    " tls.",
)
MAIL_LOGIN_REFUSED = declare(
    "MAIL_LOGIN_REFUSED",
    Unauthorised,
    "The mail server {host} refuses user and password: {reason}.",
    "Store them again with `clary notify mail --user NAME --password`.",
)
MAIL_SENDER_REFUSED = declare(
    "MAIL_SENDER_REFUSED",
    Misconfigured,
    "The mail server {host} refuses the sender {sender}: {reason}.",
    "Use a sender that the user of the mail server may use: `clary notify mail --sender`.",
)
MAIL_REFUSED = declare(
    "MAIL_REFUSED",
    Rejected,
    "The mail server {host} refuses the message: {reason}.",
    "Check the address; correct it with `clary notify set NAME --to ADDRESS`.",
)
MAIL_DEFERRED = declare(
    "MAIL_DEFERRED",
    Busy,
    "The mail server {host} puts the message off: {reason}.",
    "Nothing has to be done: it is tried again by itself.",
)
WEBHOOK_UNDELIVERED = declare(
    "WEBHOOK_UNDELIVERED",
    Unreachable,
    "The receiver did not take the message: {reason}.",
    "Check that the address is right and answers with a status of 200 to 299; it is tried again"
    " for a day.",
)
