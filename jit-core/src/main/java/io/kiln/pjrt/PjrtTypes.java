package io.kiln.pjrt;

/** The sizes of element types in a buffer. */
final class PjrtTypes {
    private PjrtTypes() {}

    /** The bytes of one element of the type with this code; types of less than a byte take one. */
    static int byteSize(int code) {
        return switch (PjrtType.of(code, PjrtType.INVALID)) {
            case INVALID ->
                throw new IllegalArgumentException(
                        "sizing a buffer: an element type of PJRT API 0.%d is required, got type %d"
                                .formatted(PjrtStructs.API_MINOR, code));
            case TOKEN -> 0;
            case C128 -> 16;
            case S64, U64, F64, C64 -> 8;
            case S32, U32, F32 -> 4;
            case S16, U16, F16, BF16 -> 2;
            case PRED,
                    S8,
                    U8,
                    S4,
                    U4,
                    S2,
                    U2,
                    F8E5M2,
                    F8E4M3FN,
                    F8E4M3B11FNUZ,
                    F8E5M2FNUZ,
                    F8E4M3FNUZ,
                    F8E4M3,
                    F8E3M4,
                    F8E8M0FNU,
                    F4E2M1FN -> 1;
        };
    }
}
