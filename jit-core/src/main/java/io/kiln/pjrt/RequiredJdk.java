package io.kiln.pjrt;

import io.kiln.error.KilnException;

/** The JDK that native memory is safe with: 25.0.3 or newer. Updates 0 to 2 move pinned objects under G1 (JDK-8377811). */
final class RequiredJdk {
    private RequiredJdk() {}

    static void check() {
        check(Runtime.version());
    }

    /** Throws {@link KilnException} ENVIRONMENT for a JDK with the fault. */
    static void check(Runtime.Version version) {
        if (version.feature() < 25 || (version.feature() == 25 && version.interim() == 0 && version.update() < 3)) {
            throw KilnException.environment(
                    "starting Kiln: JDK 25.0.3 or newer is required, got " + version
                            + ", which may move memory that native code is reading (JDK-8377811)",
                    "install JDK 25.0.3 or newer and set JAVA_HOME to it");
        }
    }
}
