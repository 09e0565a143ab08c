package io.kiln.cluster;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** The texts that a tool would print a secret as. */
final class SecretForms {
    private SecretForms() {}

    static List<String> of(byte[] secret) {
        String hex = HexFormat.of().formatHex(secret);
        String list = Arrays.toString(secret);
        return List.of(
                hex,
                hex.toUpperCase(Locale.ROOT),
                Base64.getEncoder().withoutPadding().encodeToString(secret),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
                list.substring(1, list.length() - 1));
    }
}
