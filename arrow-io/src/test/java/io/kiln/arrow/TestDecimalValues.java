package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Java's BigDecimal, which rounds once, is the oracle. */
class TestDecimalValues {
    @Property(tries = 5000)
    void decimalsAreRoundedOnce(@ForAll long unscaled, @ForAll @IntRange(min = 0, max = 38) int scale) {
        BigDecimal decimal = BigDecimal.valueOf(unscaled, scale);
        assertThat(DecimalValues.toDouble(unscaled, scale)).isEqualTo(decimal.doubleValue());
        assertThat(DecimalValues.toFloat(unscaled, scale)).isEqualTo(decimal.floatValue());
    }

    @Test
    void aDecimalJustOffHalfwayBetweenTwoFloatsGoesToTheNearer() {
        // 1 + 2^-24 lies halfway between 1 and the next float; the decimal is a little more, but its nearest double is
        // that.
        BigDecimal halfway = new BigDecimal("1.000000059604644775390625");
        BigDecimal decimal = new BigDecimal("1.00000005960464478");
        assertThat(decimal.doubleValue()).isEqualTo(halfway.doubleValue());
        assertThat(DecimalValues.toFloat(decimal.unscaledValue().longValueExact(), decimal.scale()))
                .isEqualTo(Math.nextUp(1f))
                .isEqualTo(decimal.floatValue());
    }

    @Test
    void theLeastLongIsNoException() {
        assertThat(DecimalValues.toDouble(Long.MIN_VALUE, 0)).isEqualTo(-0x1p63);
        assertThat(DecimalValues.toFloat(Long.MIN_VALUE, 38))
                .isEqualTo(BigDecimal.valueOf(Long.MIN_VALUE, 38).floatValue());
    }
}
