package io.kiln.core;

/**
 * Integer division and remainder in StableHLO with XLA's results written out: by zero all bits are set and the remainder is the
 * dividend; the smallest integer by -1 is itself and the remainder 0. The plugin folds a division of constants with the
 * processor's own instruction, which ends the process in these two cases; so it never divides by such a divisor.
 */
final class IntegerDivision {
    private IntegerDivision() {}

    /** Appends {@code hlo}, {@code stablehlo.divide} or {@code stablehlo.remainder}, and returns the name of the result. */
    static String lower(Emitter out, String hlo, ShapedArray aval, String a, String b) {
        DType dtype = aval.dtype();
        String zero = out.full(aval, Atom.Literal.of(dtype, 0L));
        String one = out.full(aval, Atom.Literal.of(dtype, 1L));
        String byZero = compare(out, aval, b, zero);
        String unsafe = byZero;
        if (dtype.kind() == DType.Kind.SIGNED) {
            String smallest = compare(
                    out, aval, a, out.full(aval, Atom.Literal.of(dtype, Long.MIN_VALUE >> (64 - dtype.bits()))));
            String minusOne = compare(out, aval, b, out.full(aval, Atom.Literal.of(dtype, -1L)));
            String bools = aval.withDType(DType.BOOL).mlir();
            String overflows = out.line("stablehlo.and %s, %s : %s".formatted(smallest, minusOne, bools));
            unsafe = out.line("stablehlo.or %s, %s : %s".formatted(byZero, overflows, bools));
        }
        String divisor = select(out, aval, unsafe, one, b);
        String result = out.line("%s %s, %s : %s".formatted(hlo, a, divisor, aval.mlir()));
        boolean divides = hlo.equals("stablehlo.divide");
        return select(out, aval, byZero, divides ? out.full(aval, Atom.Literal.of(dtype, -1L)) : a, result);
    }

    private static String compare(Emitter out, ShapedArray aval, String a, String b) {
        return out.line("stablehlo.compare EQ, %s, %s, %s : (%s, %s) -> %s"
                .formatted(
                        a,
                        b,
                        Compare.hloKind(aval.dtype()),
                        aval.mlir(),
                        aval.mlir(),
                        aval.withDType(DType.BOOL).mlir()));
    }

    private static String select(Emitter out, ShapedArray aval, String condition, String whenTrue, String whenFalse) {
        return out.line("stablehlo.select %s, %s, %s : %s, %s"
                .formatted(
                        condition,
                        whenTrue,
                        whenFalse,
                        aval.withDType(DType.BOOL).mlir(),
                        aval.mlir()));
    }
}
