"""XML that nobody vouched for: each kind of bad file is refused with its own code."""

from __future__ import annotations

import codecs
import re
import tracemalloc
from pathlib import Path

import pytest
from lxml import etree

from clary.companies.files import FileRecord, read_files
from clary.companies.files.decoding import MAXIMUM_BYTES, open_source
from clary.companies.files.figures import entries_of
from clary.companies.files.xml_reader import read_xml
from clary.companies.files.xml_reasons import REASONS, TOO_LONG
from clary.companies.files.xml_source import LIMITS, Limits
from clary.kernel.errors import ClaryError, Finding, Misconfigured, Rejected, Severity

HEAD = (
    '<PAW_Customers xmlns:xsi="http://www.w3.org/2000/10/XMLSchema-instance">\n'
    '<PAW_Customer xsi:type="paw:customer">\n<ID>C1</ID>\n'
)
TAIL = "</PAW_Customer>\n</PAW_Customers>\n"


def read(folder: Path, content: str | bytes, limits: Limits = LIMITS) -> list[FileRecord]:
    path = folder / "customers.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_files([path], limits=limits))


def refusal(folder: Path, content: str | bytes, limits: Limits = LIMITS) -> Finding:
    with pytest.raises(Rejected) as caught:
        read(folder, content, limits)
    (found,) = caught.value.findings
    assert "customers.xml" in found.message
    return found


def test_malformed_xml_tells_line_and_column(tmp_path: Path) -> None:
    found = refusal(tmp_path, HEAD + "<Name>Smith & Sons</Name>\n" + TAIL)
    assert found.code == "XML_MALFORMED"
    assert "line 4, column 14" in found.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD, "line 4, column 1: the file ends before every element is closed"),
        (HEAD + "<Name>A</Nam>" + TAIL, "a closing tag is not that of the element"),
        (HEAD + TAIL + "<PAW_Customers/>", "something follows the end of the last element"),
        (HEAD + "<Name>&nothing;</Name>" + TAIL, "line 4, column 16: an & begins an entity that"),
        (HEAD + "<Name a=1>A</Name>" + TAIL, "the value of an attribute is not in quotes"),
        (HEAD + "<Name>\x01</Name>" + TAIL, "a character stands there that XML does not allow"),
        (HEAD + "<Name>a < b</Name>" + TAIL, "a < or & begins no name"),
        (HEAD + "<Name a='1' a='2'/>" + TAIL, "an attribute is stated twice"),
        (HEAD + "<Name>&#zz;</Name>" + TAIL, "&# is followed by no number of a character"),
        (HEAD + "<Name>]]></Name>" + TAIL, "]]> stands in a text"),
        (HEAD + "<" + "x" * 60_000 + "/>" + TAIL, "a name is too long"),
        (HEAD + "<!ELEMENT a>" + TAIL, "a < or & begins no name"),
        (HEAD + "<!-- a" + "x" * 10_000_000 + "-->" + TAIL, "a comment has no end or is too"),
        ("no xml at all", "line 1, column 1: there is no element"),
    ],
    ids=range(14),
)
def test_what_is_malformed_is_said_in_words_for_people(
    tmp_path: Path, content: str, words: str
) -> None:
    found = refusal(tmp_path, content)
    assert found.code == "XML_MALFORMED"
    assert words in found.message


def test_every_word_of_ours_is_for_an_error_of_the_parser() -> None:
    assert all(hasattr(etree.ErrorTypes, name) for name in (*REASONS, TOO_LONG))


BOMB = (
    "<!DOCTYPE lolz [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        "<!-- a comment --><!DOCTYPE x>",
    ],
    ids=["entity bomb", "external subset", "external entity", "parameter entity", "plain"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_document_type_is_refused(tmp_path: Path, doctype: str, encoding: str) -> None:
    content = (doctype + HEAD + "<Name>&i;</Name>" + TAIL).encode(encoding)
    assert refusal(tmp_path, content).code == "XML_DOCTYPE"


def test_an_entity_declaration_that_never_ends_is_refused_early(tmp_path: Path) -> None:
    content = "<!DOCTYPE x [" + "<!ENTITY a 'b'>" * 100_000
    assert refusal(tmp_path, content).code == "XML_DOCTYPE"


def test_a_prolog_that_never_ends_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "<!--" + "x" * 1_000_000).code == "XML_TEXT_TOO_LONG"


@pytest.mark.parametrize("levels", [31, 200, 5_000, 1_000_000])
def test_deeply_nested_elements_are_refused(tmp_path: Path, levels: int) -> None:
    content = HEAD + "<a>" * levels + "</a>" * levels + TAIL
    assert refusal(tmp_path, content).code == "XML_TOO_DEEP"


def test_thirty_two_levels_are_read(tmp_path: Path) -> None:
    (record,) = read(tmp_path, HEAD + "<a>" * 30 + "x" + "</a>" * 30 + TAIL)
    assert record.unknown == (("/".join("a" * 30), "x"),)


def test_a_long_text_is_refused(tmp_path: Path) -> None:
    found = refusal(tmp_path, HEAD + "<Name>" + "x" * 100_001 + "</Name>" + TAIL)
    assert found.code == "XML_TEXT_TOO_LONG"
    found = refusal(tmp_path, HEAD + '<Name a="' + "x" * 100_001 + '"/>' + TAIL)
    assert found.code == "XML_TEXT_TOO_LONG"


@pytest.mark.parametrize("text", ["x" * 11_000_000 + "</Name>" + TAIL, "x" * 11_000_000])
def test_a_text_beyond_all_bounds_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    found = refusal(tmp_path, HEAD + "<Name>" + text)
    assert found.code == "XML_TEXT_TOO_LONG"
    assert re.search(r"more than 100000 characters \(line 4, column \d+\)", found.message)


def test_beyond_the_lines_that_the_parser_counts_the_place_says_so(tmp_path: Path) -> None:
    found = refusal(tmp_path, HEAD + "\n" * 70_000 + "<Name>" + "x" * 100_001 + "</Name>" + TAIL)
    assert "(line 65535 or later)" in found.message


def test_a_record_of_too_many_elements_is_refused(tmp_path: Path) -> None:
    found = refusal(tmp_path, HEAD + "<a/>" * 60_000 + TAIL)
    assert found.code == "XML_RECORD_TOO_LARGE"


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "customers.xml"
    with path.open("wb") as stream:
        stream.write(HEAD.encode())
        stream.truncate(2 * 1024**3)
    assert path.stat().st_size > MAXIMUM_BYTES
    with pytest.raises(Rejected) as caught:
        list(read_files([path]))
    assert caught.value.code == "FILE_TOO_LARGE"


def test_a_stream_that_cannot_tell_its_size_is_cut_at_the_limit(tmp_path: Path) -> None:
    content = HEAD + "</PAW_Customer>" + "<PAW_Customer><ID>C2</ID></PAW_Customer>" * 5_000
    found = refusal(tmp_path, content + "</PAW_Customers>", Limits(size=100_000))
    assert found.code == "FILE_TOO_LARGE"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "customers.xml"
    record = "<PAW_Customer><ID>C{}</ID><Name>Some name</Name></PAW_Customer>\n"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("<PAW_Customers>")
        for number in range(20_000):
            stream.write(record.format(number))
        stream.write("</PAW_Customers>")
    peaks = []
    for limit in (1_000, 20_000):
        tracemalloc.start()
        for number, _ in enumerate(read_files([path])):
            if number >= limit:
                break
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


@pytest.mark.parametrize(
    "content", ["<PAW_Budgets/>", "<html/>", "<n:PAW_Customers xmlns:n='urn:x'/>"]
)
def test_an_unknown_kind_of_file_names_the_known_ones(tmp_path: Path, content: str) -> None:
    found = refusal(tmp_path, content)
    assert found.code == "FILE_KIND_UNKNOWN"
    assert "PAW_Customers" in found.remedy


def test_an_unknown_record_in_a_known_file_is_refused(tmp_path: Path) -> None:
    content = "<PAW_Customers><PAW_Vendor><ID>V</ID></PAW_Vendor></PAW_Customers>"
    assert refusal(tmp_path, content).code == "FILE_KIND_UNKNOWN"


def test_an_empty_file_and_a_missing_one_say_so(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"").code == "FILE_EMPTY"
    with pytest.raises(Misconfigured) as caught:
        list(read_files([tmp_path / "absent.xml"]))
    assert caught.value.code == "FILE_UNREADABLE"


NAME = "Señor Ñuño — Cía."
BODY = HEAD + f"<Name>{NAME}</Name>" + TAIL


@pytest.mark.parametrize(
    ("content", "decided"),
    [
        (BODY.encode("cp1252"), "cp1252"),
        (BODY.encode("utf-8"), "utf-8"),
        (BODY.encode("utf-8-sig"), "utf-8-sig"),
        (BODY.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"), "utf-16"),
        (f"<?xml version='1.0' encoding='Windows-1252'?>{BODY}".encode("cp1252"), "cp1252"),
        (f'<?xml version="1.0" encoding="UTF-8"?>\n{BODY}'.encode(), "utf-8-sig"),
        (f'<?xml version="1.0" encoding="utf-16"?>\n{BODY}'.encode("utf-16"), "utf-16"),
        (f'<?xml version="1.0"?>\n{BODY}'.encode("cp1252"), "cp1252"),
    ],
)
def test_every_encoding_of_the_rule_is_read(tmp_path: Path, content: bytes, decided: str) -> None:
    (record,) = read(tmp_path, content)
    assert record.body["name"] == NAME
    assert open_source(tmp_path / "customers.xml").encoding == decided


def test_utf_8_is_decided_over_the_whole_file(tmp_path: Path) -> None:
    filler = "<a>plain</a>" * 10_000
    content = (HEAD + filler + "<Name>").encode() + NAME.encode("cp1252") + b"</Name>"
    (record,) = read(tmp_path, content + TAIL.encode())
    assert record.body["name"] == NAME


def test_a_byte_that_the_encoding_lacks_is_an_error_with_its_place(tmp_path: Path) -> None:
    content = f"<?xml version='1.0' encoding='UTF-8'?>{BODY}".encode("cp1252")
    found = refusal(tmp_path, content)
    assert found.code == "FILE_ENCODING"
    assert f"byte 0xF1 at position {content.index(0xF1)}" in found.message
    found = refusal(tmp_path, HEAD.encode() + b"<Name>\x81\xff</Name>" + TAIL.encode())
    assert found.code == "FILE_ENCODING"


def test_an_encoding_that_is_not_read_is_named(tmp_path: Path) -> None:
    found = refusal(tmp_path, f"<?xml version='1.0' encoding='EBCDIC-CP-US'?>{BODY}")
    assert found.code == "FILE_ENCODING_UNKNOWN"
    assert "EBCDIC-CP-US" in found.message


@pytest.mark.parametrize(
    ("element", "text", "field"),
    [
        ("isInactive", "maybe", "inactive"),
        ("Credit_Limit", "1,000.00", "credit_limit"),
        ("Credit_Limit", "(5.00)", "credit_limit"),
        ("Credit_Limit", "1.005", "credit_limit"),
        ("Credit_Limit", "NaN", "credit_limit"),
        ("Credit_Limit", "9" * 40, "credit_limit"),
        ("Due_Days", "3.5", "due_days"),
        ("Credit_Status", "9", "credit_status"),
        ("Customer_Since_Date", "13/1/15", "customer_since"),
        ("Customer_Since_Date", "2/30/15", "customer_since"),
        ("Customer_Since_Date", "2015-01-31", "customer_since"),
        ("Customer_Balance", "ten", "balance"),
    ],
)
def test_a_value_that_is_not_understood_is_an_error_and_is_kept(
    tmp_path: Path, element: str, text: str, field: str
) -> None:
    (record,) = read(tmp_path, f"{HEAD}<{element}>{text}</{element}>{TAIL}")
    (found,) = record.errors
    assert (found.code, found.field, found.record) == ("FILE_VALUE_INVALID", field, "customer C1")
    assert "customers.xml" in found.message
    assert "line 2, record 1" in found.message
    assert record.unknown == ((element, text),)
    assert field not in record.body


def test_an_element_that_is_not_understood_is_kept_and_reported(tmp_path: Path) -> None:
    extra = '<Fancy Level="3">9<Deep><A>1</A><A>2</A></Deep></Fancy><Name>N</Name><Name>M</Name>'
    (record,) = read(tmp_path, HEAD + extra + TAIL)
    assert record.unknown == (
        ("Fancy/@Level", "3"),
        ("Fancy", "9"),
        ("Fancy/Deep/A", "1"),
        ("Fancy/Deep/A[2]", "2"),
        ("Name[2]", "M"),
    )
    assert {found.severity for found in record.findings} == {Severity.WARNING}
    assert record.body == {"id": "C1", "name": "N"}


def test_contradicting_terms_are_kept_as_they_stand(tmp_path: Path) -> None:
    flags = "<Use_COD_Terms>TRUE</Use_COD_Terms><Use_Prepaid_Terms>TRUE</Use_Prepaid_Terms>"
    (record,) = read(tmp_path, HEAD + flags + TAIL)
    assert "terms" not in record.body
    assert record.stated == {"Use_COD_Terms": "TRUE", "Use_Prepaid_Terms": "TRUE"}


def invoice(number: str, lines: int, stated: int) -> str:
    line = "<SalesLine><GL_Account>4000</GL_Account><Amount>-1.00</Amount></SalesLine>"
    return (
        f"<PAW_Invoice><Customer_ID>C1</Customer_ID><Invoice_Number>{number}</Invoice_Number>"
        f"<Date>1/2/15</Date><Number_of_Distributions>{stated}</Number_of_Distributions>"
        f"<SalesLines>{line * lines}</SalesLines></PAW_Invoice>"
    )


def invoices(folder: Path, *parts: str) -> list[FileRecord]:
    path = folder / "sales.xml"
    path.write_text(f"<PAW_Invoices>{''.join(parts)}</PAW_Invoices>", encoding="utf-8")
    return list(read_xml(open_source(path)))


def test_a_document_that_lacks_lines_is_an_error(tmp_path: Path) -> None:
    (record,) = invoices(tmp_path, invoice("1", 2, 3))
    (found,) = record.errors
    assert found.code == "FILE_DISTRIBUTIONS"
    assert "states 3 distributions and has 2" in found.message


def test_elements_are_joined_only_as_far_as_lines_are_missing(tmp_path: Path) -> None:
    parts = [invoice("1", 1, 2), invoice("1", 1, 2), invoice("1", 2, 2), invoice("2", 1, 2)]
    records = invoices(tmp_path, *parts)
    assert [len(entries_of(record.body, "lines")) for record in records] == [2, 2, 1]
    assert [bool(record.errors) for record in records] == [False, False, True]


def test_a_line_without_tax_type_and_agency_is_doubtful(tmp_path: Path) -> None:
    part = invoice("1", 1, 1).replace("<Amount>", "<Tax_Type>0</Tax_Type><Amount>")
    (record,) = invoices(tmp_path, part)
    assert [found.code for found in record.findings] == ["FILE_LINE_TAX_TYPE"]


def test_errors_are_of_our_own_kind(tmp_path: Path) -> None:
    for content in (
        b"\x00\x00\x00",
        b"<",
        b"<a",
        b"\xff\xfe",
        b"\xff\xfe<",
        b"<?xml",
        b"\xef\xbb\xbf",
    ):
        with pytest.raises(ClaryError):
            read(tmp_path, content)
