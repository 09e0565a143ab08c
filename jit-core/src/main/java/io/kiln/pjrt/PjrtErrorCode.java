package io.kiln.pjrt;

/** The status codes of an error of PJRT C API 0.81; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
public enum PjrtErrorCode {
    /** {@code PJRT_Error_Code_OK}. */
    OK(0),
    /** {@code PJRT_Error_Code_CANCELLED}. */
    CANCELLED(1),
    /** {@code PJRT_Error_Code_UNKNOWN}. */
    UNKNOWN(2),
    /** {@code PJRT_Error_Code_INVALID_ARGUMENT}. */
    INVALID_ARGUMENT(3),
    /** {@code PJRT_Error_Code_DEADLINE_EXCEEDED}. */
    DEADLINE_EXCEEDED(4),
    /** {@code PJRT_Error_Code_NOT_FOUND}. */
    NOT_FOUND(5),
    /** {@code PJRT_Error_Code_ALREADY_EXISTS}. */
    ALREADY_EXISTS(6),
    /** {@code PJRT_Error_Code_PERMISSION_DENIED}. */
    PERMISSION_DENIED(7),
    /** {@code PJRT_Error_Code_RESOURCE_EXHAUSTED}. */
    RESOURCE_EXHAUSTED(8),
    /** {@code PJRT_Error_Code_FAILED_PRECONDITION}. */
    FAILED_PRECONDITION(9),
    /** {@code PJRT_Error_Code_ABORTED}. */
    ABORTED(10),
    /** {@code PJRT_Error_Code_OUT_OF_RANGE}. */
    OUT_OF_RANGE(11),
    /** {@code PJRT_Error_Code_UNIMPLEMENTED}. */
    UNIMPLEMENTED(12),
    /** {@code PJRT_Error_Code_INTERNAL}. */
    INTERNAL(13),
    /** {@code PJRT_Error_Code_UNAVAILABLE}. */
    UNAVAILABLE(14),
    /** {@code PJRT_Error_Code_DATA_LOSS}. */
    DATA_LOSS(15),
    /** {@code PJRT_Error_Code_UNAUTHENTICATED}. */
    UNAUTHENTICATED(16);

    private final int code;

    PjrtErrorCode(int code) {
        this.code = code;
    }

    /** Its number in the C API. */
    public int code() {
        return code;
    }

    /** The constant with a number, or {@code otherwise}: a newer plugin may have more. */
    static PjrtErrorCode of(int code, PjrtErrorCode otherwise) {
        for (PjrtErrorCode each : values()) {
            if (each.code == code) {
                return each;
            }
        }
        return otherwise;
    }
}
