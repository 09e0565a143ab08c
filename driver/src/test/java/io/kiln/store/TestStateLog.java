package io.kiln.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One contract for every way in which a store creates a file that is not there. */
@Timeout(60)
class TestStateLog {
    enum Store {
        HARD_LINKS(RawLocalFileSystem.class, "file:///"),
        RENAMES(RenameFileSystem.class, "hdfs:///"),
        CONDITIONAL_PUTS(ConditionalFileSystem.class, "conditional:///");

        private final Class<? extends FileSystem> files;
        private final String uri;

        Store(Class<? extends FileSystem> files, String uri) {
            this.files = files;
            this.uri = uri;
        }

        FileSystem open() throws Exception {
            return started(files.getDeclaredConstructor().newInstance(), uri);
        }
    }

    @TempDir
    @SuppressWarnings("NullAway.Init")
    java.nio.file.Path folder;

    private static <F extends FileSystem> F started(F files, String uri) throws IOException {
        files.initialize(URI.create(uri), new Configuration());
        return files;
    }

    private StateLog log(Store store) throws Exception {
        return new StateLog(store.open(), at("log"));
    }

    private Path at(String name) {
        return new Path(folder.resolve(name).toString());
    }

    private static String newest(StateLog log) {
        return log.latest().orElseThrow().text();
    }

    @ParameterizedTest
    @EnumSource
    void theStateIsWhatWasAppendedLast(Store store) throws Exception {
        StateLog log = log(store);
        assertThat(log.latest()).isEqualTo(Optional.empty());
        assertThat(log.append(0, "one")).isTrue();
        assertThat(log.append(1, "two")).isTrue();
        assertThat(log.latest()).contains(new StateLog.State(2, "two"));
    }

    @ParameterizedTest
    @EnumSource
    void anAppendToAStateThatIsNoLongerTheNewestChangesNothing(Store store) throws Exception {
        StateLog log = log(store);
        log.append(0, "one");
        assertThat(log.append(0, "other")).isFalse();
        assertThat(newest(log)).isEqualTo("one");
        assertThat(folder.resolve("log")).isDirectoryNotContaining("glob:**_unfinished*");
    }

    @ParameterizedTest
    @EnumSource
    void ofSixteenWritersOneWinsEachRound(Store store) throws Exception {
        StateLog log = log(store);
        int writers = 16;
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            for (int round = 0; round < 100; round++) {
                int sequence = round;
                List<Callable<Boolean>> appends = new ArrayList<>();
                IntStream.range(0, writers)
                        .forEach(writer ->
                                appends.add(() -> log.append(sequence, "%d of %d".formatted(writer, sequence))));
                int winner = -1;
                List<Future<Boolean>> won = threads.invokeAll(appends, 30, TimeUnit.SECONDS);
                for (int writer = 0; writer < writers; writer++) {
                    if (won.get(writer).get()) {
                        assertThat(winner).isEqualTo(-1);
                        winner = writer;
                    }
                }
                assertThat(newest(log)).isEqualTo("%d of %d".formatted(winner, round));
            }
        }
        assertThat(log.latest().orElseThrow().sequence()).isEqualTo(100);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatSleptWhileItsNextNumberWasPrunedDoesNotWin(Store store) throws Exception {
        StateLog log = log(store);
        for (int i = 0; i < 10; i++) {
            log.append(i, "state " + i);
        }
        log.prune(3);
        assertThat(log.append(4, "late")).isFalse();
        assertThat(log.append(0, "later")).isFalse();
        assertThat(newest(log)).isEqualTo("state 9");
        assertThat(folder.resolve("log").toFile().list()).hasSize(3);
    }

    /** A store whose answer is lost after it did, or did not do, what it was asked. */
    private static final class LostAnswers extends RenameFileSystem {
        private boolean does;
        private boolean lost;

        @Override
        public boolean rename(Path from, Path to) throws IOException {
            if (lost) {
                if (does) {
                    super.rename(from, to);
                }
                throw new IOException("503 SlowDown");
            }
            return super.rename(from, to);
        }
    }

    @Test
    void anAppendWhoseAnswerWasLostIsKnownByWhatIsThere() throws Exception {
        LostAnswers files = started(new LostAnswers(), "hdfs:///");
        StateLog log = new StateLog(files, at("log"));
        files.lost = true;
        files.does = true;
        assertThat(log.append(0, "mine")).isTrue();
        files.does = false;
        assertThat(log.append(0, "late")).isFalse();
        assertThatThrownBy(() -> log.append(1, "next"))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("503 SlowDown")
                .hasMessageContaining("nothing was changed");
        assertThat(newest(log)).isEqualTo("mine");
    }

    @Test
    void aStoreThatCannotCreateWithoutOverwritingIsRefused() throws Exception {
        FileSystem files = started(
                new RawLocalFileSystem() {
                    @Override
                    public FSDataOutputStream create(
                            Path path,
                            FsPermission permission,
                            boolean overwrite,
                            int buffer,
                            short replication,
                            long block,
                            Progressable progress) {
                        throw new AssertionError("nothing may be written");
                    }
                },
                "file:///");
        FileSystem plain = new org.apache.hadoop.fs.FilterFileSystem(files) {
            @Override
            public URI getUri() {
                return URI.create("oldstore:///");
            }
        };
        assertThatThrownBy(() -> new StateLog(plain, at("log")).append(0, "one"))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("oldstore, which does not say that it can")
                .hasMessageContaining("fix: ");
    }
}
