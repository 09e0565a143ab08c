package io.kiln.pjrt;

/** The status codes of an error of PJRT C API 0.81; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
public enum PjrtErrorCode {
    /** {@code PJRT_Error_Code_OK}. */
    OK,
    /** {@code PJRT_Error_Code_CANCELLED}. */
    CANCELLED,
    /** {@code PJRT_Error_Code_UNKNOWN}. */
    UNKNOWN,
    /** {@code PJRT_Error_Code_INVALID_ARGUMENT}. */
    INVALID_ARGUMENT,
    /** {@code PJRT_Error_Code_DEADLINE_EXCEEDED}. */
    DEADLINE_EXCEEDED,
    /** {@code PJRT_Error_Code_NOT_FOUND}. */
    NOT_FOUND,
    /** {@code PJRT_Error_Code_ALREADY_EXISTS}. */
    ALREADY_EXISTS,
    /** {@code PJRT_Error_Code_PERMISSION_DENIED}. */
    PERMISSION_DENIED,
    /** {@code PJRT_Error_Code_RESOURCE_EXHAUSTED}. */
    RESOURCE_EXHAUSTED,
    /** {@code PJRT_Error_Code_FAILED_PRECONDITION}. */
    FAILED_PRECONDITION,
    /** {@code PJRT_Error_Code_ABORTED}. */
    ABORTED,
    /** {@code PJRT_Error_Code_OUT_OF_RANGE}. */
    OUT_OF_RANGE,
    /** {@code PJRT_Error_Code_UNIMPLEMENTED}. */
    UNIMPLEMENTED,
    /** {@code PJRT_Error_Code_INTERNAL}. */
    INTERNAL,
    /** {@code PJRT_Error_Code_UNAVAILABLE}. */
    UNAVAILABLE,
    /** {@code PJRT_Error_Code_DATA_LOSS}. */
    DATA_LOSS,
    /** {@code PJRT_Error_Code_UNAUTHENTICATED}. */
    UNAUTHENTICATED;

    /** Its number in the C API. */
    public int code() {
        return ordinal();
    }
}
