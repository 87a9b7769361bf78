"""One good document of each data type, which the tests spoil one property at a time."""

from __future__ import annotations

from typing import Any, Final

UK_CUSTOMER: Final[dict[str, Any]] = {
    "id": "newco",
    "customerName": "New Company Ltd",
    "contactName": "Ann Other",
    "emailAddress": "ann@new.example",
    "phone": "01632 960001",
    "defaultCurrency": "GBP",
    "taxNumber": "GB123456789",
    "status": "Active",
    "addresses": [
        {
            "type": "Unknown",
            "line1": "1 High Street",
            "line2": "Old Town",
            "city": "Ipswich",
            "region": "Suffolk",
            "countryCode": "GB",
            "postalCode": "IP1 1AA",
        }
    ],
}
UK_SUPPLIER: Final[dict[str, Any]] = {
    "id": "newsup",
    "supplierName": "New Supplier Ltd",
    "contactName": "Bob Other",
    "emailAddress": "bob@new.example",
    "phone": "01632 960002",
    "status": "Active",
    "addresses": [{"type": "Unknown", "line1": "2 High Street", "postalCode": "IP1 1AB"}],
}
UK_INVOICE: Final[dict[str, Any]] = {
    "customerRef": {"id": "ACME"},
    "invoiceNumber": "INV-1",
    "issueDate": "2026-03-01T00:00:00",
    "dueDate": "2026-03-31T00:00:00",
    "currency": "GBP",
    "note": "Thank you",
    "totalAmount": 144.0,
    "totalTaxAmount": 24.0,
    "subTotal": 120.0,
    "amountDue": 144.0,
    "status": "Submitted",
    "lineItems": [
        {
            "description": "Work",
            "unitAmount": 60.0,
            "quantity": 2.0,
            "taxAmount": 24.0,
            "accountRef": {"id": "4000"},
            "taxRateRef": {"id": "1"},
            "trackingCategoryRefs": [{"id": "department_7"}, {"id": "project_PROJ1"}],
        }
    ],
}
UK_CREDIT_NOTE: Final[dict[str, Any]] = {
    "customerRef": {"id": "ACME"},
    "creditNoteNumber": "CN-1",
    "issueDate": "2026-03-01",
    "note": "Sorry",
    "lineItems": [
        {"subTotal": 10.0, "accountRef": {"id": "4000"}, "taxRateRef": {"id": "T1"}},
    ],
}
UK_BILL: Final[dict[str, Any]] = {
    "supplierRef": {"id": "SUPPLY"},
    "reference": "S-1",
    "issueDate": "2026-03-01T00:00:00",
    "dueDate": "2026-03-31T00:00:00",
    "currency": "GBP",
    "status": "Open",
    "note": "Paper",
    "subTotal": 50.0,
    "taxAmount": 10.0,
    "totalAmount": 60.0,
    "lineItems": [
        {
            "description": "Paper",
            "taxAmount": 10.0,
            "totalAmount": 60.0,
            "unitAmount": 50.0,
            "quantity": 1,
            "accountRef": {"id": "5000"},
            "taxRateRef": {"id": "1"},
            "trackingCategoryRefs": [
                {"id": "department_7"},
                {"id": "project_PROJ1"},
                {"id": "costcode_LABOUR"},
            ],
        }
    ],
}
UK_BILL_CREDIT_NOTE: Final[dict[str, Any]] = {
    "supplierRef": {"id": "SUPPLY"},
    "billCreditNoteNumber": "SC-1",
    "issueDate": "2026-03-01T00:00:00",
    "currency": "GBP",
    "status": "Submitted",
    "note": "Returned",
    "lineItems": [
        {
            "description": "Paper back",
            "taxAmount": 2.0,
            "totalAmount": 12.0,
            "accountRef": {"id": "5000"},
            "taxRateRef": {"id": "1"},
        }
    ],
}
UK_PAYMENT: Final[dict[str, Any]] = {
    "accountRef": {"id": "1200"},
    "customerRef": {"id": "ACME"},
    "totalAmount": 100.0,
    "reference": "BACS 1",
    "note": "For two invoices",
    "date": "2026-03-01T00:00:00",
    "lines": [
        {"amount": 70.0, "links": [{"type": "Invoice", "id": "11", "amount": -70.0}]},
        {
            "amount": 30.0,
            "links": [
                {"type": "Invoice", "id": "12", "amount": -20.0},
                {"type": "PaymentOnAccount", "id": "ACME", "amount": -10.0},
            ],
        },
    ],
}
UK_BILL_PAYMENT: Final[dict[str, Any]] = {
    "accountRef": {"id": "1200"},
    "supplierRef": {"id": "SUPPLY"},
    "totalAmount": 60.0,
    "reference": "BACS 2",
    "note": "For a bill",
    "date": "2026-03-01",
    "lines": [{"amount": 60.0, "links": [{"type": "Bill", "id": "21", "amount": -60.0}]}],
}
UK_JOURNAL_ENTRY: Final[dict[str, Any]] = {
    "createdOn": "2026-03-01T00:00:00",
    "journalLines": [
        {
            "description": "To printing",
            "netAmount": 12.5,
            "currency": "GBP",
            "accountRef": {"id": "7500"},
            "tracking": {"recordRefs": [{"id": "department_7", "dataType": "trackingCategories"}]},
        },
        {"description": "From purchases", "netAmount": -12.5, "accountRef": {"id": "5000"}},
    ],
}
UK_DIRECT_COST: Final[dict[str, Any]] = {
    "reference": "CARD 1",
    "note": "Ink",
    "issueDate": "2026-03-01T00:00:00",
    "currency": "GBP",
    "currencyRate": 1,
    "accountRef": {"id": "1200"},
    "subTotal": 30.0,
    "taxAmount": 6.0,
    "totalAmount": 36.0,
    "lineItems": [
        {
            "description": "Ink",
            "accountRef": {"id": "7500"},
            "unitAmount": 30.0,
            "quantity": 1,
            "subTotal": 30.0,
            "taxAmount": 6.0,
            "taxCode": 1,
            "trackingCategoryRefs": [{"id": "department_7"}],
        }
    ],
}
UK_ACCOUNT: Final[dict[str, Any]] = {
    "nominalCode": "7501",
    "name": "Postage",
    "type": "Expense",
    "status": "Active",
    "isBankAccount": False,
    "currency": "GBP",
}
UK_ITEM: Final[dict[str, Any]] = {
    "code": "PAPER-A4",
    "name": "Paper A4",
    "type": "Inventory",
    "itemStatus": "Active",
    "isBillItem": True,
    "isInvoiceItem": True,
    "invoiceItem": {
        "unitPrice": 4.5,
        "accountRef": {"id": "4000"},
        "taxRateRef": {"id": "1"},
    },
    "billItem": {"unitPrice": 3.25, "accountRef": {"id": "5000"}},
}
UK_DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    "customers": UK_CUSTOMER,
    "suppliers": UK_SUPPLIER,
    "accounts": UK_ACCOUNT,
    "items": UK_ITEM,
    "invoices": UK_INVOICE,
    "creditNotes": UK_CREDIT_NOTE,
    "bills": UK_BILL,
    "billCreditNotes": UK_BILL_CREDIT_NOTE,
    "payments": UK_PAYMENT,
    "billPayments": UK_BILL_PAYMENT,
    "journalEntries": UK_JOURNAL_ENTRY,
    "directCosts": UK_DIRECT_COST,
}

US_CUSTOMER: Final[dict[str, Any]] = {
    "id": "new-co",
    "customerName": "New Company Inc.",
    "defaultCurrency": "USD",
    "status": "Archived",
    "addresses": [
        {
            "type": "Billing",
            "line1": "1 Main Street",
            "city": "Reno",
            "region": "NV",
            "postalCode": "89501",
            "country": "USA",
        },
        {"type": "Delivery", "line1": "2 Dock Road", "city": "Reno", "region": "NV"},
        {"type": "Unknown", "line1": "3 Dock Road"},
    ],
}
US_SUPPLIER: Final[dict[str, Any]] = {
    "id": "new-sup",
    "supplierName": "New Supplier Inc.",
    "addresses": [{"type": "Billing", "line1": "2 Main Street", "region": "NV"}],
}
US_INVOICE: Final[dict[str, Any]] = {
    "customerRef": {"id": "ACME"},
    "invoiceNumber": "INV-1",
    "issueDate": "2026-03-01T00:00:00",
    "note": "Thank you",
    "lineItems": [
        {
            "description": "Work",
            "unitAmount": 50.0,
            "quantity": 2.0,
            "accountRef": {"id": "40000"},
            "taxRateRef": {"id": "NV"},
            "trackingCategoryRefs": [{"id": "project_JOB-1"}],
        },
        {"description": "Travel", "subTotal": 10.0, "accountRef": {"id": "40000"}},
    ],
}
US_BILL: Final[dict[str, Any]] = {
    "supplierRef": {"id": "SUPPLY"},
    "reference": "S-1",
    "issueDate": "2026-03-01T00:00:00",
    "totalAmount": 50.0,
    "lineItems": [
        {
            "description": "Paper",
            "taxAmount": 0,
            "totalAmount": 50.0,
            "accountRef": {"id": "60000"},
        }
    ],
}
US_PAYMENT: Final[dict[str, Any]] = {
    "accountRef": {"id": "10200"},
    "customerRef": {"id": "ACME"},
    "totalAmount": 100.0,
    "reference": "CHECK 1",
    "date": "2026-03-01",
    "lines": [{"amount": 100.0, "links": [{"type": "Invoice", "id": "11", "amount": -100.0}]}],
}
US_JOURNAL_ENTRY: Final[dict[str, Any]] = {
    "postedOn": "2026-03-01T00:00:00",
    "journalLines": [
        {
            "netAmount": 12.5,
            "accountRef": {"id": "60000"},
            "tracking": {"recordRefs": [{"id": "project_JOB-1"}]},
        },
        {"netAmount": -12.5, "accountRef": {"id": "40000"}},
    ],
}
US_DIRECT_COST: Final[dict[str, Any]] = {
    "reference": "1001",
    "note": "Ink",
    "issueDate": "2026-03-01T00:00:00",
    "currency": "USD",
    "accountRef": {"id": "10200"},
    "subTotal": 30.0,
    "taxAmount": 0,
    "totalAmount": 30.0,
    "lineItems": [
        {
            "description": "Ink",
            "accountRef": {"id": "60000"},
            "unitAmount": 30.0,
            "quantity": 1,
            "subTotal": 30.0,
            "trackingCategoryRefs": [{"id": "project_JOB-1"}],
        }
    ],
}
US_ACCOUNT: Final[dict[str, Any]] = {
    "nominalCode": "60100",
    "name": "Postage",
    "type": "Expense",
    "fullyQualifiedCategory": "Expense.Expenses",
}
