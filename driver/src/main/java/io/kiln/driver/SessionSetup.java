package io.kiln.driver;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.SparkStrategy;

/** Adds to a session what it lacks of Kiln: all of it, or only the last rule where it was configured with {@link KilnExtensions}. */
final class SessionSetup {
    private SessionSetup() {}

    /** Adds the strategy, the optimizer's rules and the SQL function once. */
    static void attach(SparkSession session) {
        List<Rule<LogicalPlan>> rules =
                new ArrayList<>(Scala.list(session.experimental().extraOptimizations()));
        if (rules.stream().noneMatch(ScoreExtraction.class::isInstance)) {
            // After Spark's own rules, so that columns and filters have gone to where they are read; limits then go
            // below scoring.
            rules.add(new ScoreExtraction());
            rules.add(new ScorePushDown());
            session.experimental().extraOptimizations_$eq(Scala.seq(rules));
        }
        List<SparkStrategy> planner = Scala.list(
                        session.sessionState().planner().strategies())
                .stream()
                .filter(SparkStrategy.class::isInstance)
                .map(SparkStrategy.class::cast)
                .toList();
        if (planner.stream().noneMatch(ScoreStrategy.class::isInstance)) {
            List<SparkStrategy> strategies =
                    new ArrayList<>(Scala.list(session.experimental().extraStrategies()));
            strategies.add(new ScoreStrategy());
            session.experimental().extraStrategies_$eq(Scala.seq(strategies));
        }
        // Where Spark keeps the functions of extensions: beside its own.
        FunctionIdentifier name = FunctionRegistry$.MODULE$.builtinFunctionIdentifier(ScoreFunction.NAME);
        FunctionRegistry functions = session.sessionState().functionRegistry();
        if (!functions.functionExists(name)) {
            functions.registerFunction(name, ScoreFunction.INFO, new ScoreFunction.Builder());
        }
    }
}
