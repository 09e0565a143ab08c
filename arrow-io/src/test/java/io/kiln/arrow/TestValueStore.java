package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TestValueStore {
    private static short bits(DType dtype, long value) {
        MemorySegment to = MemorySegment.ofArray(new long[1]);
        ValueStore.longs(new long[] {value}, dtype, to, 0);
        return to.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
    }

    private static short nearest(DType dtype, double value) {
        return HostArray.of(ShapedArray.of(dtype, 1), value).data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
    }

    @Test
    void aLongIsRoundedOnceToSixteenBits() {
        // Halfway between two bf16, and a little more: the nearest double of both is halfway.
        long halfway = (1L << 60) + (1L << 52);
        assertThat(bits(DType.BF16, halfway)).isEqualTo(nearest(DType.BF16, 0x1p60));
        assertThat(bits(DType.BF16, halfway + 1)).isEqualTo(nearest(DType.BF16, 0x1p60 + 0x1p53));
        assertThat(bits(DType.BF16, -halfway - 1)).isEqualTo(nearest(DType.BF16, -0x1p60 - 0x1p53));
        assertThat(bits(DType.BF16, Long.MAX_VALUE)).isEqualTo(nearest(DType.BF16, 0x1p63));
        assertThat(bits(DType.F16, Long.MIN_VALUE)).isEqualTo(nearest(DType.F16, Double.NEGATIVE_INFINITY));
    }

    @Property
    void aLongFitsWhereItIsOneOfTheIntegers(@ForAll long value, @ForAll DType dtype) {
        if (!dtype.isInteger()) {
            return;
        }
        BigInteger one = BigInteger.ONE;
        boolean signed = dtype.kind() == DType.Kind.SIGNED;
        BigInteger least = signed ? one.shiftLeft(dtype.bits() - 1).negate() : BigInteger.ZERO;
        BigInteger most =
                one.shiftLeft(signed ? dtype.bits() - 1 : dtype.bits()).subtract(one);
        for (long each :
                new long[] {value, value >> 32, value >> 48, value >> 56, value & 0xFF, value & 0xFFFF_FFFFL}) {
            BigInteger exact = BigInteger.valueOf(each);
            assertThat(ValueStore.fits(each, dtype))
                    .isEqualTo(exact.compareTo(least) >= 0 && exact.compareTo(most) <= 0);
        }
    }
}
