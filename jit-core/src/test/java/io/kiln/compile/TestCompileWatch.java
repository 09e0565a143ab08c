package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.lower.Lowering;
import io.kiln.lower.StableHloModule;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TestCompileWatch {
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
    private final StableHloModule module = Lowering.lower(
            Trace.trace(in -> List.of(in.get(0).tanh()), List.of(ShapedArray.of(DType.F32, 3)))
                    .program(),
            "risk",
            Set.of());

    private String next() {
        try {
            String text = said.poll(30, TimeUnit.SECONDS);
            return text == null ? "nothing" : text;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCompileThatTakesLongIsNamedWhileItRunsAndWhenItEnds() {
        CompileWatch watch = new CompileWatch(Duration.ofMillis(1), said::add);
        int result = watch.over(module, () -> {
            assertThat(next())
                    .startsWith("compiling risk: not done after 0 s, with about ")
                    .contains("fix: write long Java loops as Control.fori");
            assertThat(next()).startsWith("compiling risk: not done after");
            return 7;
        });
        assertThat(result).isEqualTo(7);
        while (!said.isEmpty() && said.peek().contains("not done")) {
            said.remove();
        }
        assertThat(said).hasSize(1).first().asString().startsWith("compiling risk: ended after ");
    }

    @Test
    void aCompileThatFailsEndsItsWatch() {
        CompileWatch watch = new CompileWatch(Duration.ofMillis(1), said::add);
        assertThatThrownBy(() -> watch.over(module, () -> {
                    assertThat(next()).contains("not done");
                    throw new IllegalStateException("refused");
                }))
                .hasMessage("refused");
        assertThat(said).last().asString().startsWith("compiling risk: ended after ");
    }

    @Test
    void aQuickCompileIsNotSpokenOf() {
        assertThat(new CompileWatch(Duration.ofHours(1), said::add).over(module, () -> 1))
                .isEqualTo(1);
        assertThat(new CompileWatch(Duration.ZERO, said::add).over(module, () -> 2))
                .isEqualTo(2);
        assertThat(said).isEmpty();
    }
}
