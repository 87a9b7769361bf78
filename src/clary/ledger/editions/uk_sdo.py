"""The error numbers of Sage Data Objects (v32), which are the UK edition's error vocabulary.

A bookkeeper who looks an error up finds Sage's own number and name beside ours.  Numbers
and names are those of the type library; what to do about each group is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from clary.kernel.errors import Finding

SDO_ERRORS: tuple[str, ...] = (
    "sdoNone",
    "sdoInvalidArg",
    "sdoArchiveException",
    "sdoException",
    "sdoDaoException",
    "sdoDBException",
    "sdoFileException",
    "sdoMemoryException",
    "sdoNotSupportedException",
    "sdoOleException",
    "sdoOleDispatchException",
    "sdoResourceException",
    "sdoUserException",
    "sdoUnknownException",
    "sdoInvalidOpenMode",
    "sdoInvalidName",
    "sdoNotConnected",
    "sdoInvalidKey",
    "sdoInvalidValue",
    "sdoInvalidUse",
    "sdoInvalidType",
    "sdoLogonFail",
    "sdoLogonPassword",
    "sdoLogonNameInUse",
    "sdoLogonExclusive",
    "sdoBadDataPath",
    "sdoWrongVersion",
    "sdoBadUpdateMode",
    "sdoDeleteFailedHasTrans",
    "sdoDeleteFailed",
    "sdoLogonUserCountExceeded",
    "sdoNotRegistered",
    "sdoReadOnlyAccess",
    "sdoForTraNotEnabled",
    "sdoCurrencyDoesNotMatch",
    "sdoForeignRateSetOnBase",
    "sdoInvalidSave",
    "sdoInvalidProjectStatus",
    "sdoInvalidProject",
    "sdoMaxCostCodes",
    "sdoInvalidAllocation",
    "sdoInvalidIssue",
    "sdoInvalidFund",
    "sdoInvalidBudget",
    "sdoZeroValueTransaction",
    "sdoCannotCreateMultipleRegisteredAddresses",
    "sdoAttemptedToCreateCalendarEventLabel",
    "sdoAttemptedToEditReadOnlyCalendarEventLabel",
    "sdoFileLockedAccountsBusy",
    "sdoClosedLedgerDateControlError",
    "sdoEmptyKey",
    "sdoContactHistoryMajorContactTypeNotFound",
    "sdoContactHistorySubContactTypeNotFound",
    "sdoContactHistoryContactOutcomeNotFound",
    "sdoContactHistoryInvalidContactTypePassed",
    "sdoContactHistorySubjectNotSpecified",
    "sdoContactHistoryDateNotSpecified",
    "sdoContactHistoryPromisedPaymentIsZero",
    "sdoContactHistoryFollowUpDatePriorToContactDate",
    "sdoContactHistoryUserNameIsEmptyOrDoesNotExist",
    "sdoContactHistoryMajorContactTypeDiffers",
    "sdoContactHistoryInvalidSubContactTypeForMajorType",
    "sdoContactHistoryInvalidOutcomeForMajorType",
    "sdoEmptyAccountReference",
    "sdoDataHasBeenRestored",
    "sdoInvalidNominalCode",
    "sdoBankAccountNotAvailable",
    "sdoBankAccountIsControl",
    "sdoBankIsNotBaseCurrency",
    "sdoInvalidCostCode",
    "sdoSalPurAccountIsOnHold",
    "sdoSalPurAccountIsInactive",
    "sdoSalPurAccountDeleted",
    "sdoSalPurAccountTermsNotAgreed",
    "sdoSalPurAccountNotBaseCurrency",
    "sdoInvalidTransactionNumber",
    "sdoInvalidTaxCodeForPayment",
    "sdoSagePaymentsMismatch",
    "sdoZeroValueNet",
    "sdoTransactionCannotHaveProject",
    "sdoProjectSetButNotACostCode",
    "sdoCostCodeSetButNotAProject",
    "sdoAccountRefContainsSpaces",
    "sdoAddressLineIsTooLong",
    "sdoAccountRefAlreadyExists",
    "sdoTransactionCannotHaveCostCode",
    "sdoAccountRefContainsInvalidCharacters",
    "sdoInvalidDate",
    "sdoNominalAccountIsControl",
    "sdoInvoiceTotalNegative",
    "sdoIncorrectStockCodeType",
    "sdoConnectionKickedOut",
    "sdoUserAccessRightsCorrupt",
    "sdoUserBeingEdited",
    "sdoUnableConnectToDataService",
    "sdoCannotChangeCurrencyWhenTransactionsExist",
    "sdoCannotChangeCurrencyWhenForeignTraderNotEnabled",
    "sdoCanNotUsePostponedAccountingTaxCode",
    "sdoCanNotUseNonCUImportExportTaxCode",
    "sdoCannotChangeCompanyDetailsRemoteSites",
    "sdoOSSSettingsMismatch",
    "sdoOnServiceAvailabilityException",
    "sdoOnTokenExpiredException",
    "sdoOnAuthTimedoutException",
    "sdoOnAccessToDatasetRevokedException",
    "sdoOnAccessDeniedBySageIDException",
    "sdoOnDataForkDetectedException",
    "sdoOnServerNotCapableException",
    "sdoOnConnectionClosedException",
    "sdoOnDatasetLimitReachedException",
    "sdoOnTooManyRequestsException",
    "sdoOnDatasetRemovedException",
    "sdoOnInvalidClientException",
    "sdoOnSageIDTimeOutOfSyncException",
    "sdoOnDataServiceMessageException",
    "sdoOnBadHandshakeException",
    "sdoOnDataProviderErrorException",
    "sdoOnMainSiteDisconnectException",
    "sdoOnSageHardDriveLimitExceededException",
    "sdoOnInvalidSyncStateLoopDetectedException",
    "sdoOnLockDownException",
    "sdoOnDataServiceDisconnectedException",
    "sdoOnFailedAuthAttemptException",
    "sdoOnConnectionClosed",
    "sdoOnRestoreBaselineFailed",
    "sdoOnFailedToBackupLocalDataBeforeOverwritten",
)
"""Names by number, from 0; 101 and up belong to shared online data (type library)."""


class Remedy(StrEnum):
    """What a failed call needs (grouping inferred)."""

    AGAIN = "try again"
    PERSON = "a person must act"
    MEND = "mend the data"


TRY_AGAIN = frozenset({23, 24, 30, 48, 91, 93, 94})
"""User name in use, exclusive mode, licences used up, busy files, kicked out, user being
edited, no data service: all pass by themselves."""

PERSON_MUST_ACT = frozenset({21, 22, 25, 26, 31, 32, 92})
"""Log-on, password, data path, version, registration, read-only access, broken rights."""

SDO_BY_CODE: Mapping[str, int] = {
    "ACCOUNT_INACTIVE": 65,
    "AMOUNT_NOT_POSITIVE": 44,
    "APPLIED_TOO_MUCH": 40,
    "BANK_EXPECTED": 66,
    "BANK_IS_CONTROL": 67,
    "BANK_NOT_BASE_CURRENCY": 68,
    "CONTROL_ACCOUNT": 88,
    "CURRENCY_DIFFERS": 34,
    "DOCUMENT_NOT_OPEN": 40,
    "DUPLICATE_KEY": 84,
    "FOREIGN_TRADER_OFF": 33,
    "LINE_ZERO": 78,
    "NOMINAL_REQUIRED": 65,
    "PARTY_INACTIVE": 71,
    "PARTY_ON_HOLD": 70,
    "PERIOD_CLOSED": 49,
    "RATE_ON_BASE": 35,
    "RECORD_IN_USE_BY": 28,
    "TERMS_NOT_AGREED": 73,
    "TOTAL_NEGATIVE": 89,
    "TOTAL_ZERO": 44,
}
"""The number that stands for each of our codes (matched by their names: inferred)."""

_SDO_BY_REFERENCE: Mapping[str, int] = {
    "account_id": 65,
    "bank_id": 66,
    "cash_account_id": 66,
    "customer_id": 17,
    "from_bank_id": 66,
    "job_id": 38,
    "to_bank_id": 66,
    "vendor_id": 17,
}
"""The number for an unknown reference, by the field that holds it (inferred)."""


def remedy_of(number: int) -> Remedy:
    """Return what a call that failed with this number needs."""
    if number in TRY_AGAIN:
        return Remedy.AGAIN
    return Remedy.PERSON if number in PERSON_MUST_ACT else Remedy.MEND


def shown(number: int) -> str:
    """Return a number with its name, as our remedies print it."""
    return f"SDO error {number}, {SDO_ERRORS[number]}"


def told(number: int) -> str:
    """Return the same with what Sage's error needs, for who looks it up in the midst of work."""
    return f"{shown(number)}: {remedy_of(number)}"


def number_of(finding: Finding) -> int | None:
    """Return the number that Sage Data Objects would give for one of our findings."""
    if finding.code == "UNKNOWN_REFERENCE":
        field = (finding.field or "").rsplit(".", 1)[-1]
        return _SDO_BY_REFERENCE.get(field, 18)
    return SDO_BY_CODE.get(finding.code)
