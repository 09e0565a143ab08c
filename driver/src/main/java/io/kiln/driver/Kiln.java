package io.kiln.driver;

import io.kiln.cluster.ApplicationKeys;
import io.kiln.core.Tensor;
import io.kiln.driver.train.Algorithm;
import io.kiln.driver.train.Trainer;
import io.kiln.driver.train.Training;
import io.kiln.error.KilnException;
import io.kiln.jit.F3;
import io.kiln.model.Model;
import io.kiln.worker.WorkerConf;
import io.kiln.worker.WorkerMetrics;
import io.kiln.worker.WorkerRuntime;
import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kiln on a Spark session: scoring and training. Any session will do, also one that is running; with
 * {@code spark.plugins=io.kiln.driver.KilnPlugin} from its start the executors of a cluster share compiled programs.
 *
 * <pre>{@code
 * var kiln = Kiln.on(spark);
 * Dataset<Row> scored = people.transform(kiln.score((Tensor age, Tensor income) -> ...).as("risk"));
 * }</pre>
 */
public final class Kiln {
    private static final Logger LOG = LoggerFactory.getLogger(Kiln.class);
    private static final WeakHashMap<SparkSession, Kiln> SESSIONS = new WeakHashMap<>();
    private static final WeakHashMap<SparkContext, WorkerSnapshots> SNAPSHOTS = new WeakHashMap<>();
    private static final String MAX_FIELDS = "spark.sql.codegen.maxFields";
    private static final String OFF_HEAP = "spark.sql.columnVector.offheap.enabled";

    private final org.apache.spark.sql.classic.SparkSession session;
    private final KilnConf conf;
    private final WorkerConf workerConf;
    private final WorkerSnapshots snapshots;
    private final LongAdder traces = new LongAdder();
    private final Set<String> notes = new LinkedHashSet<>();
    private final NamedScores named = new NamedScores(this);

    private Kiln(org.apache.spark.sql.classic.SparkSession session, WorkerSnapshots snapshots) {
        this.session = session;
        this.snapshots = snapshots;
        this.conf = KilnConf.of(session.sparkContext().conf());
        SharedCache shared = SharedCache.of(session.sparkContext());
        shared.note().ifPresent(this::note);
        this.workerConf = shared.workerConf(conf);
        SessionSetup.attach(session);
        if (conf.offHeapVectors() && !session.conf().contains(OFF_HEAP)) {
            session.conf().set(OFF_HEAP, true);
        }
    }

    /** Kiln on {@code session}: the same one each time. */
    public static Kiln on(SparkSession session) {
        if (!(session instanceof org.apache.spark.sql.classic.SparkSession classic)) {
            throw io.kiln.error.KilnException.environment(
                    "using Kiln on a Spark session: required a session of this JVM, got "
                            + session.getClass().getName(),
                    "run the job with spark-submit: Spark Connect sends plans to a server, where Kiln cannot add its"
                            + " operator");
        }
        synchronized (SESSIONS) {
            // A Kiln refers to its session, so what has ended is taken out by hand.
            SESSIONS.keySet().removeIf(ended -> ended.sparkContext().isStopped());
            return SESSIONS.computeIfAbsent(session, key -> new Kiln(classic, snapshots(classic.sparkContext())));
        }
    }

    private static WorkerSnapshots snapshots(SparkContext context) {
        return SNAPSHOTS.computeIfAbsent(context, key -> {
            WorkerSnapshots fresh = new WorkerSnapshots();
            context.register(fresh);
            return fresh;
        });
    }

    /** Scores with a model. */
    public Score score(Model model) {
        return new Score(this, new RowSource.OfModel(model));
    }

    /** Scores with a static method of one row: all parameters are {@code Tensor}. */
    public Score score(Method method) {
        return new Score(this, RowSource.OfFunction.of(method));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of1 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of2 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of3 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of4 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of5 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /** Scores with a function of one row. */
    public Score score(RowFunction.Of6 function) {
        return new Score(this, RowSource.OfFunction.of(function));
    }

    /**
     * Gives a scoring call a name in this session: {@code kiln_score('name', column, ...)} then scores with it in SQL and in expressions.
     * Columns are the call's arguments in the order of the function's parameters or the model's inputs, whatever the scoring call says of
     * columns. A name that is taken is given anew.
     */
    public void register(String name, Score score) {
        named.register(name, score);
    }

    /** What {@code kiln_score} scores with under a name: what was registered, or the model in that folder. */
    Score scoreOf(String label) {
        return named.of(label);
    }

    /** Trains a model with one of Kiln's algorithms. */
    public Training train(Algorithm algorithm) {
        return Training.of(this, algorithm);
    }

    /**
     * Trains with the user's own loss of one example, {@code (params, x, y) -> scalar}.
     *
     * @param initial the parameters to begin with: a tensor, or a record, list or map of tensors
     */
    public <P> Trainer<P> trainer(F3<P, Tensor, Tensor, Tensor> loss, P initial) {
        return Trainer.of(this, loss, initial);
    }

    /** What the jobs of this application have done so far, over the whole cluster. */
    public KilnMetrics metrics() {
        return KilnMetrics.of(traces.sum(), workers(context()));
    }

    /** The latest counts of the JVMs that ran batches of an application; none before its first. */
    static List<WorkerMetrics> workers(SparkContext context) {
        if (context.isLocal()) {
            return List.of(WorkerRuntime.jvmMetrics());
        }
        synchronized (SESSIONS) {
            WorkerSnapshots known = SNAPSHOTS.get(context);
            return known == null ? List.of() : List.copyOf(known.value().values());
        }
    }

    /** What a user should know about how this session runs: each note once, also in the log. */
    public synchronized List<String> notes() {
        return List.copyOf(notes);
    }

    /** Closes what local mode holds on the device: after it no native handle is open, unless a job still runs. */
    public void closeWorkers() {
        if (isLocal()) {
            WorkerRuntime.closeAll();
        }
    }

    /**
     * Replaces the key that the executables which executors share are signed under, as happens by itself when it is
     * {@code spark.kiln.cache.keyDays} old. Entries of the key so far are read, and signed anew as they are, until the next time; rotated twice,
     * nothing is read of what was signed before.
     *
     * @throws KilnException USAGE when the executors of this application share nothing under a key of its own
     */
    public void rotateCacheKey() {
        ApplicationKeys keys = SharedCache.of(context()).keys();
        if (keys == null) {
            throw KilnException.usage(
                    "rotating the shared cache's key: an application whose executors share compiled programs under its"
                            + " own key is required, got one without",
                    "see docs/cluster-cache.md; publishers' keys are replaced in " + KilnConf.PUBLISHED_KEY.key());
        }
        keys.rotate();
    }

    /** The session. */
    public SparkSession session() {
        return session;
    }

    /** The settings that this application runs with. */
    public KilnConf conf() {
        return conf;
    }

    /** The workers' settings: what a task of this session carries. */
    public WorkerConf workerConf() {
        return workerConf;
    }

    /** Whether driver and tasks share this JVM. */
    public boolean isLocal() {
        return session.sparkContext().isLocal();
    }

    org.apache.spark.sql.classic.SparkSession classicSession() {
        return session;
    }

    SparkContext context() {
        return session.sparkContext();
    }

    /** The context as Java sees it. */
    public JavaSparkContext javaContext() {
        return JavaSparkContext.fromSparkContext(context());
    }

    /** Where tasks report their JVMs' counts. */
    public WorkerSnapshots snapshots() {
        return snapshots;
    }

    /** Whether Spark tells {@code F2} from {@code f2}. */
    public boolean isCaseSensitive() {
        return session.sessionState().conf().caseSensitiveAnalysis();
    }

    /** Counts a trace. */
    public void countTrace() {
        traces.increment();
    }

    /** Notes something once. */
    synchronized void note(String text) {
        if (notes.add(text)) {
            LOG.warn("{}", text);
        }
    }

    /** Spark reads a table of more fields than its limit row by row: the limit is raised, and said. */
    public void admitColumns(StructType schema) {
        int fields = fields(schema);
        int limit = session.sessionState().conf().wholeStageMaxNumFields();
        if (fields > limit) {
            int raised = Math.max(fields + 16, 2 * limit);
            session.conf().set(MAX_FIELDS, raised);
            note("this table has " + fields + " fields: " + MAX_FIELDS + " was raised from " + limit + " to " + raised
                    + " for this session, because above it Spark reads rows instead of columns");
        }
    }

    private static int fields(DataType type) {
        return switch (type) {
            case StructType struct -> {
                int sum = 0;
                for (StructField field : struct.fields()) {
                    sum += fields(field.dataType());
                }
                yield sum;
            }
            case ArrayType array -> fields(array.elementType());
            case MapType map -> fields(map.keyType()) + fields(map.valueType());
            default -> 1;
        };
    }
}
