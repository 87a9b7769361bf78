"""What is wrong with an XML file, in our words: the parser's own are for who writes parsers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOO_LONG: Final = "ERR_RESOURCE_LIMIT"
"""The parser's name for a text beyond all bounds."""

UNTOLD: Final = "what stands there breaks the rules of XML"

_NO_ATTRIBUTE_END: Final = "the value of an attribute has no closing quote"
_NO_CHARACTER: Final = "&# is followed by no number of a character"
_NO_ENTITY: Final = "an & begins an entity that XML does not know; & itself is written &amp;"

REASONS: Final[Mapping[str, str]] = {
    "ERR_ATTRIBUTE_NOT_FINISHED": _NO_ATTRIBUTE_END,
    "ERR_ATTRIBUTE_NOT_STARTED": "the value of an attribute is not in quotes",
    "ERR_ATTRIBUTE_REDEFINED": "an attribute is stated twice",
    "ERR_ATTRIBUTE_WITHOUT_VALUE": "an attribute has no value",
    "ERR_CDATA_NOT_FINISHED": "a CDATA section has no end or is too long",
    "ERR_COMMENT_NOT_FINISHED": "a comment has no end or is too long",
    "ERR_DOCUMENT_EMPTY": "there is no element",
    "ERR_DOCUMENT_END": "something follows the end of the last element",
    "ERR_ENTITYREF_SEMICOL_MISSING": _NO_ENTITY,
    "ERR_GT_REQUIRED": "a tag is not closed with >",
    "ERR_HYPHEN_IN_COMMENT": "two hyphens stand inside a comment",
    "ERR_INVALID_CHAR": "a character stands there that XML does not allow",
    "ERR_INVALID_CHARREF": _NO_CHARACTER,
    "ERR_INVALID_DEC_CHARREF": _NO_CHARACTER,
    "ERR_INVALID_HEX_CHARREF": _NO_CHARACTER,
    "ERR_LT_IN_ATTRIBUTE": "a < stands in an attribute; it is written &lt;",
    "ERR_MISPLACED_CDATA_END": "]]> stands in a text; it is written ]]&gt;",
    "ERR_NAME_REQUIRED": "a < or & begins no name; as text they are written &lt; and &amp;",
    "ERR_NAME_TOO_LONG": "a name is too long",
    "ERR_PI_NOT_STARTED": "<? is followed by no name",
    "ERR_RESERVED_XML_NAME": "an XML declaration stands elsewhere than at the start",
    "ERR_SPACE_REQUIRED": "a space is missing",
    "ERR_TAG_NAME_MISMATCH": "a closing tag is not that of the element that is open",
    "ERR_TAG_NOT_FINISHED": "the file ends before every element is closed",
    "ERR_UNDECLARED_ENTITY": _NO_ENTITY,
    "ERR_UNKNOWN_VERSION": "the XML declaration names a version other than 1.0",
    "ERR_VERSION_MISSING": "the XML declaration names no version",
    "NS_ERR_UNDEFINED_NAMESPACE": "a name has a prefix that is not declared",
}
"""Our words by the parser's name of an error (`lxml.etree.ErrorTypes`)."""
