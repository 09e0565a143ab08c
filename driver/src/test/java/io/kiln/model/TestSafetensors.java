package io.kiln.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.HostArray;
import io.kiln.error.KilnException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSafetensors {
    private static byte[] file(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    @Test
    void everyDtypeComesBack() {
        List<Weight> weights = List.of(
                new Weight("f32", HostArray.of(1f, Float.NaN)),
                new Weight("f64", HostArray.of(1.0, -0.0).reshape(1, 2)),
                new Weight("i32", HostArray.of(1, Integer.MIN_VALUE)),
                new Weight("i64", HostArray.of(Long.MAX_VALUE, 2L)),
                new Weight("bool", HostArray.of(true, false, true)),
                new Weight("scalar", HostArray.scalar(2.5)));
        assertThat(Safetensors.read("f", Safetensors.write(weights))).isEqualTo(weights);
    }

    @Test
    void theFormatIsThatOfTheSource() {
        // The layout of github.com/huggingface/safetensors, README: length, header, bytes.
        byte[] file = file(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"__metadata__\":{\"by\":\"hand\"}}",
                8);
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(file.length - 8, 1.5f)
                .putFloat(file.length - 4, -2f);
        assertThat(Safetensors.read("f", file)).containsExactly(new Weight("a", HostArray.of(1.5f, -2f)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{\"a\":1}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,8],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,1e300]}}"
            })
    void aHeaderThatLiesIsANamedError(String header) {
        assertThatThrownBy(() -> Safetensors.read("weights.safetensors", file(header, 8)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("weights.safetensors");
    }

    @Test
    void aLengthThatLiesIsANamedError() {
        for (long length : new long[] {-1, 0, 1, 9, Long.MAX_VALUE, Integer.MAX_VALUE}) {
            byte[] file = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array();
            assertThatThrownBy(() -> Safetensors.read("f", file)).isInstanceOf(KilnException.class);
        }
        assertThatThrownBy(() -> Safetensors.read("f", new byte[7])).isInstanceOf(KilnException.class);
    }
}
