package io.kiln.pjrt;

/** The element types of a buffer of PJRT C API 0.81; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
public enum PjrtType {
    /** {@code PJRT_Buffer_Type_INVALID}. */
    INVALID(0),
    /** {@code PJRT_Buffer_Type_PRED}. */
    PRED(1),
    /** {@code PJRT_Buffer_Type_S8}. */
    S8(2),
    /** {@code PJRT_Buffer_Type_S16}. */
    S16(3),
    /** {@code PJRT_Buffer_Type_S32}. */
    S32(4),
    /** {@code PJRT_Buffer_Type_S64}. */
    S64(5),
    /** {@code PJRT_Buffer_Type_U8}. */
    U8(6),
    /** {@code PJRT_Buffer_Type_U16}. */
    U16(7),
    /** {@code PJRT_Buffer_Type_U32}. */
    U32(8),
    /** {@code PJRT_Buffer_Type_U64}. */
    U64(9),
    /** {@code PJRT_Buffer_Type_F16}. */
    F16(10),
    /** {@code PJRT_Buffer_Type_F32}. */
    F32(11),
    /** {@code PJRT_Buffer_Type_F64}. */
    F64(12),
    /** {@code PJRT_Buffer_Type_BF16}. */
    BF16(13),
    /** {@code PJRT_Buffer_Type_C64}. */
    C64(14),
    /** {@code PJRT_Buffer_Type_C128}. */
    C128(15),
    /** {@code PJRT_Buffer_Type_F8E5M2}. */
    F8E5M2(16),
    /** {@code PJRT_Buffer_Type_F8E4M3FN}. */
    F8E4M3FN(17),
    /** {@code PJRT_Buffer_Type_F8E4M3B11FNUZ}. */
    F8E4M3B11FNUZ(18),
    /** {@code PJRT_Buffer_Type_F8E5M2FNUZ}. */
    F8E5M2FNUZ(19),
    /** {@code PJRT_Buffer_Type_F8E4M3FNUZ}. */
    F8E4M3FNUZ(20),
    /** {@code PJRT_Buffer_Type_S4}. */
    S4(21),
    /** {@code PJRT_Buffer_Type_U4}. */
    U4(22),
    /** {@code PJRT_Buffer_Type_TOKEN}. */
    TOKEN(23),
    /** {@code PJRT_Buffer_Type_S2}. */
    S2(24),
    /** {@code PJRT_Buffer_Type_U2}. */
    U2(25),
    /** {@code PJRT_Buffer_Type_F8E4M3}. */
    F8E4M3(26),
    /** {@code PJRT_Buffer_Type_F8E3M4}. */
    F8E3M4(27),
    /** {@code PJRT_Buffer_Type_F8E8M0FNU}. */
    F8E8M0FNU(28),
    /** {@code PJRT_Buffer_Type_F4E2M1FN}. */
    F4E2M1FN(29);

    private final int code;

    PjrtType(int code) {
        this.code = code;
    }

    /** Its number in the C API. */
    public int code() {
        return code;
    }

    /** The constant with a number, or {@code otherwise}: a newer plugin may have more. */
    static PjrtType of(int code, PjrtType otherwise) {
        for (PjrtType each : values()) {
            if (each.code == code) {
                return each;
            }
        }
        return otherwise;
    }
}
