package io.kiln.pjrt;

/** The element types of a buffer of PJRT C API 0.81; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
public enum PjrtType {
    /** {@code PJRT_Buffer_Type_INVALID}. */
    INVALID,
    /** {@code PJRT_Buffer_Type_PRED}. */
    PRED,
    /** {@code PJRT_Buffer_Type_S8}. */
    S8,
    /** {@code PJRT_Buffer_Type_S16}. */
    S16,
    /** {@code PJRT_Buffer_Type_S32}. */
    S32,
    /** {@code PJRT_Buffer_Type_S64}. */
    S64,
    /** {@code PJRT_Buffer_Type_U8}. */
    U8,
    /** {@code PJRT_Buffer_Type_U16}. */
    U16,
    /** {@code PJRT_Buffer_Type_U32}. */
    U32,
    /** {@code PJRT_Buffer_Type_U64}. */
    U64,
    /** {@code PJRT_Buffer_Type_F16}. */
    F16,
    /** {@code PJRT_Buffer_Type_F32}. */
    F32,
    /** {@code PJRT_Buffer_Type_F64}. */
    F64,
    /** {@code PJRT_Buffer_Type_BF16}. */
    BF16,
    /** {@code PJRT_Buffer_Type_C64}. */
    C64,
    /** {@code PJRT_Buffer_Type_C128}. */
    C128,
    /** {@code PJRT_Buffer_Type_F8E5M2}. */
    F8E5M2,
    /** {@code PJRT_Buffer_Type_F8E4M3FN}. */
    F8E4M3FN,
    /** {@code PJRT_Buffer_Type_F8E4M3B11FNUZ}. */
    F8E4M3B11FNUZ,
    /** {@code PJRT_Buffer_Type_F8E5M2FNUZ}. */
    F8E5M2FNUZ,
    /** {@code PJRT_Buffer_Type_F8E4M3FNUZ}. */
    F8E4M3FNUZ,
    /** {@code PJRT_Buffer_Type_S4}. */
    S4,
    /** {@code PJRT_Buffer_Type_U4}. */
    U4,
    /** {@code PJRT_Buffer_Type_TOKEN}. */
    TOKEN,
    /** {@code PJRT_Buffer_Type_S2}. */
    S2,
    /** {@code PJRT_Buffer_Type_U2}. */
    U2,
    /** {@code PJRT_Buffer_Type_F8E4M3}. */
    F8E4M3,
    /** {@code PJRT_Buffer_Type_F8E3M4}. */
    F8E3M4,
    /** {@code PJRT_Buffer_Type_F8E8M0FNU}. */
    F8E8M0FNU,
    /** {@code PJRT_Buffer_Type_F4E2M1FN}. */
    F4E2M1FN;

    /** Its number in the C API. */
    public int code() {
        return ordinal();
    }
}
