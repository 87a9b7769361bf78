"""A folder of Sage 50 import and export files as a company, and the files themselves.

    path --decoding, xml_source | csv_source--> texts --layout table--> FileRecord
    FileRecord --layout table--> texts --xml_writer | csv_writer--> file, note

A layout table (`layout`) names each element or column once, for reading and for writing:
`xml_lists` and `xml_documents` for the US XML files, `csv_us` and `csv_uk` for CSV.
"""

from __future__ import annotations

from clary.companies.files.csv_reader import Template
from clary.companies.files.driver import FilesCompany
from clary.companies.files.importing import ImportSet, parse_settings, read_files
from clary.companies.files.record import FileRecord

__all__ = ["FileRecord", "FilesCompany", "ImportSet", "Template", "parse_settings", "read_files"]
