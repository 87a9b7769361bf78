"""What can be wrong with a file, declared once, so that every reader says it alike.

A file that cannot be read as a whole raises one of these; a value or an element that is
wrong becomes a finding of its record, and the rest of the file is read on.
"""

from __future__ import annotations

from clary.kernel.errors import Misconfigured, Rejected, Uncertain, Unsupported, declare

FILE_UNREADABLE = declare(
    "FILE_UNREADABLE",
    Misconfigured,
    "The file {file} cannot be read: {reason}.",
    "Check the path and the rights on the file.",
)
FILE_UNWRITABLE = declare(
    "FILE_UNWRITABLE",
    Misconfigured,
    "The file {file} cannot be written: {reason}.",
    "Make room or give the right to write to the folder; no part of the file was left behind.",
)
FILE_TOO_LARGE = declare(
    "FILE_TOO_LARGE",
    Rejected,
    "The file {file} is larger than {limit} bytes.",
    "Export a shorter range of dates or records into each file.",
    http_status=413,
)
FILE_EMPTY = declare(
    "FILE_EMPTY", Rejected, "The file {file} is empty.", "Export it again from Sage 50."
)
FILE_ENCODING = declare(
    "FILE_ENCODING",
    Rejected,
    "The file {file} is not {encoding} text: byte {byte} at position {position}.",
    "Export the file again; if another program made it, have it state the encoding it uses.",
)
FILE_ENCODING_UNKNOWN = declare(
    "FILE_ENCODING_UNKNOWN",
    Rejected,
    "The file {file} states the encoding {encoding}, which is not read.",
    "Save the file as UTF-8 or Windows-1252.",
)
FILE_KIND_UNKNOWN = declare(
    "FILE_KIND_UNKNOWN",
    Rejected,
    "The file {file} is no import or export file that is known: {reason}.",
    "Use one of the kinds that are read: {known}.",
)
FILE_EDITION_WRONG = declare(
    "FILE_EDITION_WRONG",
    Rejected,
    "The file {file} is of the edition {found}, not {edition}.",
    "Read it with a company of the edition {found}.",
)
XML_MALFORMED = declare(
    "XML_MALFORMED",
    Rejected,
    "The file {file} is not well-formed XML at line {line}, column {column}: {reason}.",
    "Export the file again, or mend it at that place.",
)
XML_DOCTYPE = declare(
    "XML_DOCTYPE",
    Rejected,
    "The file {file} declares a document type, which is refused because it can hide entities.",
    "Remove the DOCTYPE; no file that Sage 50 writes has one.",
)
XML_TOO_DEEP = declare(
    "XML_TOO_DEEP",
    Rejected,
    "The file {file} nests elements deeper than {limit} levels.",
    "Check where the file comes from; no file that Sage 50 writes is nested like this.",
)
XML_TEXT_TOO_LONG = declare(
    "XML_TEXT_TOO_LONG",
    Rejected,
    "The file {file} holds a text or a name of more than {limit} characters ({place}).",
    "Check where the file comes from; no field of Sage 50 is as long.",
)
XML_RECORD_TOO_LARGE = declare(
    "XML_RECORD_TOO_LARGE",
    Rejected,
    "The file {file} holds a record of more than {limit} elements ({place}).",
    "Check where the file comes from; split the document if it is real.",
)
CSV_MALFORMED = declare(
    "CSV_MALFORMED",
    Rejected,
    "The file {file} is not well-formed CSV at line {line}, column {column}: {reason}.",
    "Export the file again, or mend it at that place.",
)
CSV_COLUMNS = declare(
    "CSV_COLUMNS",
    Rejected,
    "Line {line} of {file} has {found} columns where {expected} were expected.",
    "Use the template the file was made with, or add the headings as its first row.",
)
CSV_TYPE_REFUSED = declare(
    "CSV_TYPE_REFUSED",
    Rejected,
    "Sage 50 UK does not import rows of type {type}.",
    "{remedy}",
)
FILE_VALUE_INVALID = declare(
    "FILE_VALUE_INVALID",
    Rejected,
    "{path} in {file}, {place}, holds {value!r}, which is not {expected}.",
    "Correct the value in Sage 50 or in the file; it was kept as it stands and not guessed.",
)
FILE_ELEMENT_UNKNOWN = declare(
    "FILE_ELEMENT_UNKNOWN",
    Rejected,
    "{path} in {file}, {place}, is not understood.",
    "Nothing need be done: it was kept as it stands and takes no part in the record.",
)
FILE_DISTRIBUTIONS = declare(
    "FILE_DISTRIBUTIONS",
    Rejected,
    "The document in {file}, {place}, states {stated} distributions and has {found}.",
    "Export the document again, whole; lines may be missing.",
)
FILE_TOTAL_DIFFERS = declare(
    "FILE_TOTAL_DIFFERS",
    Rejected,
    "The document in {file}, {place}, states the total {stated}; its lines add up to {found}.",
    "Compare the document with Sage 50; the lines are what would be posted.",
)
FILE_ACCOUNT_DOUBTFUL = declare(
    "FILE_ACCOUNT_DOUBTFUL",
    Rejected,
    "{path} in {file}, {place}, names the account {value!r}, which is no account ID.",
    "Use the bare account ID; the value was kept as it stands.",
)
FILE_LINE_TAX_TYPE = declare(
    "FILE_LINE_TAX_TYPE",
    Rejected,
    "The line in {file}, {place}, has the item tax type 0 and names no sales tax agency.",
    "Check the line: 0 marks a line of sales tax, and an item's line has 1 to 25.",
)
FILE_RECORDS_DIFFER = declare(
    "FILE_RECORDS_DIFFER",
    Rejected,
    "{record} stands in {files} with different values of {field}.",
    "Leave one of the files out, or export them again together.",
)
FILE_FIELD_HAS_NO_PLACE = declare(
    "FILE_FIELD_HAS_NO_PLACE",
    Rejected,
    "{layout} has no place for {field}.",
    "Leave {field} out and enter it in Sage 50 by hand, or use another kind of file.",
)
FILE_VALUE_UNWRITABLE = declare(
    "FILE_VALUE_UNWRITABLE",
    Rejected,
    "{field} cannot be written to {layout}: {reason}.",
    "Change the value.",
)
FILE_TYPE_UNWRITABLE = declare(
    "FILE_TYPE_UNWRITABLE",
    Unsupported,
    "There is no {format} import file for records of type {type}.",
    "Use another driver for this type.",
)
FILE_SET_INVALID = declare(
    "FILE_SET_INVALID",
    Rejected,
    "{setting!r} is no value for the import: {reason}.",
    "Write TYPE.FIELD=VALUE, for example item.class=stock.",
    exit_code=2,
)
FILE_SET_CONTRADICTS = declare(
    "FILE_SET_CONTRADICTS",
    Rejected,
    "{setting} is to be set to {first!r} and to {second!r}.",
    "State it once.",
    exit_code=2,
)
FILES_CANNOT_TELL = declare(
    "FILES_CANNOT_TELL",
    Unsupported,
    "Import and export files cannot tell {what}.",
    "Add a driver to the connection that can, such as a live door to Sage 50.",
)
FILE_VALUES_MISSING = declare(
    "FILE_VALUES_MISSING",
    Rejected,
    "{label} ({type}.{name}) is missing; records that lack it: {count} ({examples}).",
    "State it for all of them, for example --set {type}.{name}=VALUE, or put it in the files.",
)
FILE_FINDINGS_MORE = declare(
    "FILE_FINDINGS_MORE",
    Rejected,
    "There are {count} more findings.",
    "Correct the ones above first.",
)
FILE_ALLOCATION_UNKNOWN = declare(
    "FILE_ALLOCATION_UNKNOWN",
    Rejected,
    "The {type} in {file}, {place}, is allocated, but the file does not say to what.",
    "Allocate it by hand after it was read.",
)
FILE_ROW_UNKNOWN = declare(
    "FILE_ROW_UNKNOWN",
    Rejected,
    "Line {line} of {file} is of the type {type!r}, which is not read.",
    "Take such rows out of the file and enter them by hand; the types read are {known}.",
)
FILE_UNKNOWN_LEFT_OUT = declare(
    "FILE_UNKNOWN_LEFT_OUT",
    Rejected,
    "{path} was not understood when it was read and is not in the new file {file}.",
    "Enter it in Sage 50 by hand where it matters.",
)
FILE_DELIVERY_UNCERTAIN = declare(
    "FILE_DELIVERY_UNCERTAIN",
    Uncertain,
    "Of the files of this group only {files} were written: {reason}",
    "Look into the outbox before writing the rest again.",
)
FILE_TO_IMPORT = declare(
    "FILE_TO_IMPORT",
    Uncertain,
    "Written to {file} for a person to import into Sage 50; it is not in the books yet.",
    "Import the file as {note} beside it says; {after}.",
)
FILES_EDITION_UNKNOWN = declare(
    "FILES_EDITION_UNKNOWN",
    Misconfigured,
    "No file in the folder {folder} tells which edition of Sage 50 it is of.",
    "State the edition of the folder.",
)
FOLDER_MISSING = declare(
    "FOLDER_MISSING",
    Misconfigured,
    "There is no folder {folder}.",
    "Check the folder of the connection.",
)
