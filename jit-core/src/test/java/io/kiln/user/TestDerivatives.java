package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.jit.Dual;
import io.kiln.jit.F1;
import io.kiln.jit.Fn;
import io.kiln.jit.Grads;
import io.kiln.jit.Jit;
import io.kiln.jit.Linearized;
import io.kiln.jit.ValueAndGrad;
import io.kiln.jit.ValueAuxAndGrad;
import io.kiln.jit.Vjp;
import io.kiln.jit.WithAux;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The derivatives that a user takes, against closed forms. Outside the packages of the library. */
class TestDerivatives {
    record Line(Tensor slope, Tensor offset) {}

    private static final Tensor X = Tensor.of(0.4, -1.2, 2.0);

    private static Tensor rosenbrock(Tensor x) {
        Tensor head = x.slice(0, 0, 3);
        Tensor tail = x.slice(0, 1, 4);
        return tail.minus(head.square())
                .square()
                .times(100)
                .plus(head.minus(1).square())
                .sum();
    }

    @Test
    void gradientsByPositionHaveTheStructureOfTheirArguments() {
        Fn<Tensor> f = Jit.fn((Tensor a, Line l, Tensor b) ->
                a.times(l.slope()).plus(l.offset()).times(b).sum());
        Line line = new Line(Tensor.of(1.0, 2.0), Tensor.scalar(3.0));
        Grads g = f.grad(2, 1).apply(Tensor.of(5.0, 7.0), line, Tensor.of(2.0, 4.0));
        assertThat(g.at(0, Line.class).slope().toDoubles()).containsExactly(10, 28);
        assertThat(g.at(0, Line.class).offset().item()).isEqualTo(6);
        assertThat(g.at(1).toDoubles()).containsExactly(8, 17);
        ValueAndGrad<Grads> both = f.valueAndGrad(0).apply(Tensor.of(5.0, 7.0), line, Tensor.of(2.0, 4.0));
        assertThat(both.value().item()).isEqualTo(8 * 2 + 17 * 4);
        assertThat(both.grad().at(0).toDoubles()).containsExactly(2, 8);
    }

    @Test
    void whatElseTheFunctionComputedComesWithTheGradient() {
        ValueAuxAndGrad<Map<String, Tensor>, Tensor> all = Jit.valueAuxAndGrad(
                        (Tensor x) -> new WithAux<>(x.square().sum(), Map.of("max", x.max(), "exp", x.exp())))
                .apply(X);
        assertThat(all.value().item()).isCloseTo(0.16 + 1.44 + 4, within(1e-12));
        assertThat(all.aux().get("max").item()).isEqualTo(2);
        assertThat(all.grad().toDoubles()).containsExactly(0.8, -2.4, 4);
    }

    @Test
    void aJvpIsTheDerivativeAlongTheTangent() {
        Dual<Tensor> dual = Jit.jvp((Tensor x) -> x.sin(), X, Tensor.of(1.0, 2.0, -1.0));
        assertThat(dual.value().toDoubles()).containsExactly(X.sin().toDoubles());
        assertThat(dual.tangent().toDoubles())
                .containsExactly(new double[] {Math.cos(0.4), 2 * Math.cos(-1.2), -Math.cos(2.0)}, within(1e-12));
    }

    @Test
    void integersHaveNoTangentAndTheirResultsHaveZero() {
        Dual<List<Tensor>> dual = Jit.jvp(
                (List<Tensor> in) -> List.of(
                        in.get(0).times(2),
                        in.get(0).greaterThan(0).toI32(),
                        in.get(1).plus(1)),
                List.of(X, Tensor.of(1, 2)),
                List.of(Tensor.of(1.0, 1.0, 1.0), Tensor.of(5, 5)));
        assertThat(dual.value().get(2).toDoubles()).containsExactly(2, 3);
        assertThat(dual.tangent().get(0).toDoubles()).containsExactly(2, 2, 2);
        assertThat(dual.tangent().get(1).toDoubles()).containsExactly(0, 0, 0);
        assertThat(dual.tangent().get(2).toDoubles()).containsExactly(0, 0);
    }

    @Test
    void aPullbackMayBeAppliedManyTimes() {
        Vjp<Line, Tensor> vjp = Jit.vjp(
                (Line l) -> X.times(l.slope()).plus(l.offset()), new Line(Tensor.scalar(2.0), Tensor.scalar(1.0)));
        assertThat(vjp.value().toDoubles()).containsExactly(new double[] {1.8, -1.4, 5}, within(1e-12));
        Line first = vjp.pullback().apply(Tensor.of(1.0, 0.0, 0.0));
        Line second = vjp.pullback().apply(Tensor.of(1.0, 1.0, 1.0));
        assertThat(first.slope().item()).isEqualTo(0.4);
        assertThat(second.slope().item()).isCloseTo(1.2, within(1e-12));
        assertThat(second.offset().item()).isEqualTo(3);
    }

    @Test
    void aLinearizedFunctionDoesNotEvaluateTheFunctionAgain() {
        String program = Trace.trace(
                        in -> {
                            Linearized<Tensor, Tensor> linear =
                                    Jit.linearize((Tensor x) -> x.exp().times(x), in.get(0));
                            return List.of(
                                    linear.tangent().apply(in.get(1)),
                                    linear.tangent().apply(in.get(2)));
                        },
                        List.of(X.aval(), X.aval(), X.aval()))
                .program()
                .toString();
        assertThat(program.split(" = exp ", -1)).as("exp is computed once").hasSize(2);
        Linearized<Tensor, Tensor> linear = Jit.linearize((Tensor x) -> x.exp().times(x), X);
        for (int i = 0; i < 3; i++) {
            double x = X.toDoubles()[i];
            assertThat(linear.tangent().apply(Tensor.of(1.0, 1.0, 1.0)).toDoubles()[i])
                    .isCloseTo(Math.exp(x) * (1 + x), within(1e-12));
        }
    }

    @Test
    void aLinearizedFunctionIsJittedWithItsResidualsAsConstants() {
        Linearized<Tensor, Tensor> linear = Jit.linearize((Tensor x) -> x.exp(), X);
        assertThat(Jit.jit(linear.tangent()).call(Tensor.of(1.0, 0.0, 2.0)).toDoubles())
                .containsExactly(new double[] {Math.exp(0.4), 0, 2 * Math.exp(2)}, within(1e-12));
    }

    @Test
    void forwardAndReverseJacobiansAreTheSame() {
        F1<Tensor, Tensor> f =
                (Tensor x) -> Tensor.stack(0, x.at(0).times(x.at(1)), x.at(2).exp(), x.at(0), Tensor.scalar(1.0));
        double[] want = {-1.2, 0.4, 0, 0, 0, Math.exp(2), 1, 0, 0, 0, 0, 0};
        for (F1<Tensor, Tensor> jacobian :
                List.of(Jit.jacfwd(f), Jit.jacrev(f), Jit.jit(Jit.jacfwd(f)), Jit.jit(Jit.jacrev(f)))) {
            Tensor j = jacobian.apply(X);
            assertThat(j.aval()).isEqualTo(ShapedArray.of(DType.F64, 4, 3));
            assertThat(j.toDoubles()).containsExactly(want, within(1e-12));
        }
    }

    @Test
    void aJacobianHasTheShapeOfTheResultThenThatOfEachLeaf() {
        F1<Line, Tensor> f = l -> l.slope().dot(X).plus(l.offset());
        Line at = new Line(Tensor.zeros(DType.F64, 2, 3), Tensor.of(0.0, 0.0));
        for (F1<Line, Line> jacobian : List.of(Jit.jacfwd(f), Jit.jacrev(f))) {
            Line j = jacobian.apply(at);
            assertThat(j.slope().shape()).containsExactly(2, 2, 3);
            assertThat(j.slope().toDoubles()).containsExactly(0.4, -1.2, 2, 0, 0, 0, 0, 0, 0, 0.4, -1.2, 2);
            assertThat(j.offset().toDoubles()).containsExactly(1, 0, 0, 1);
        }
    }

    @Test
    void aFunctionOfSeveralResultsHasAJacobianForEach() {
        List<Tensor> rows = Jit.jacobian((Tensor x) -> Map.of("a", x.sum(), "b", x.times(3)))
                .apply(X);
        assertThat(rows.get(0).toDoubles()).containsExactly(1, 1, 1);
        assertThat(rows.get(1).toDoubles()).containsExactly(3, 0, 0, 0, 3, 0, 0, 0, 3);
    }

    @Test
    void theHessianOfRosenbrockIsItsClosedForm() {
        double[] x = {1.1, -0.4, 0.7, 2.0};
        double[] h = Jit.jit(Jit.hessian(TestDerivatives::rosenbrock))
                .call(Tensor.of(x))
                .toDoubles();
        double[] want = new double[16];
        for (int i = 0; i < 3; i++) {
            want[5 * i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
            want[5 * (i + 1)] += 200;
            want[4 * i + i + 1] = -400 * x[i];
            want[4 * (i + 1) + i] = -400 * x[i];
        }
        assertThat(h).containsExactly(want, within(1e-9));
    }

    @Test
    void aHessianVectorProductIsAJvpOfAGradient() {
        double[] x = {1.1, -0.4, 0.7, 2.0};
        Tensor v = Tensor.of(1.0, -2.0, 0.5, 3.0);
        Tensor product =
                Jit.jvp(Jit.grad(TestDerivatives::rosenbrock), Tensor.of(x), v).tangent();
        Tensor want =
                Jit.hessian(TestDerivatives::rosenbrock).apply(Tensor.of(x)).dot(v);
        assertThat(product.toDoubles()).containsExactly(want.toDoubles(), within(1e-9));
        Tensor reversed = Jit.vjp(Jit.grad(TestDerivatives::rosenbrock), Tensor.of(x))
                .pullback()
                .apply(v);
        assertThat(reversed.toDoubles()).containsExactly(want.toDoubles(), within(1e-9));
    }

    @Test
    void aCotangentOfAnotherTypeIsNamed() {
        Vjp<Tensor, Tensor> vjp = Jit.vjp((Tensor x) -> x.sum(), X);
        KilnException e =
                catchThrowableOfType(KilnException.class, () -> vjp.pullback().apply(Tensor.scalar(1f)));
        assertThat(e.problem())
                .contains("vjp: the cotangent must be f64[], as in the result, got f32[]")
                .contains("at io.kiln.user.TestDerivatives.");
        assertThat(e.fix()).contains("docs/errors.md#KILN-T021");
    }

    record Affine(Tensor w, Map<String, Tensor> others) {}

    private static Tensor energy(Tensor w, Tensor b, Tensor x) {
        return w.dot(x)
                .sin()
                .times(b.exp())
                .plus(b.times(w.sum()))
                .plus(w.prod().times(b.square()));
    }

    private static Tensor energy(Tensor flat) {
        return energy(flat.slice(0, 0, 6).reshape(2, 3), flat.at(6), Tensor.of(0.5, -1, 2));
    }

    /** The Hessian of the same function of one vector is cut into blocks. */
    @Test
    void theHessianOfATreeHasABlockForEachPairOfLeaves() {
        Tensor flat = Tensor.of(0.3, -0.2, 0.5, 0.7, 1.1, -0.4, 0.9);
        double[] want = Jit.hessian((Tensor v) -> energy(v)).apply(flat).toDoubles(); // f64[2,7,7]
        Affine at = new Affine(flat.slice(0, 0, 6).reshape(2, 3), Map.of("b", flat.at(6)));
        F1<Affine, Tensor> f = p -> energy(p.w(), p.others().get("b"), Tensor.of(0.5, -1, 2));
        for (List<Affine> h :
                List.of(Jit.hessians(f).apply(at), Jit.jit(Jit.hessians(f)).call(at))) {
            List<Tensor> columns = new ArrayList<>();
            for (Affine row : h) {
                Tensor w = row.w().reshape(2, -1, 6);
                columns.add(Tensor.concatenate(2, w, row.others().get("b").reshape(2, w.dim(1), 1)));
            }
            assertThat(Tensor.concatenate(1, columns.toArray(Tensor[]::new)).toDoubles())
                    .containsExactly(want, within(1e-12));
        }
        assertThat(Jit.hessians(f).apply(at).get(1).w().shape()).containsExactly(2, 2, 3);
    }

    @Test
    void theHessianByPositionHasABlockForEachPairOfArguments() {
        Tensor b = Tensor.of(2.0, 3.0), c = Tensor.of(5.0, 7.0, 11.0);
        List<Grads> h = Jit.fn((Tensor p, Tensor n, Tensor q) ->
                        p.sum().times(q.square().sum()).times(n.sum().toF64()))
                .hessian(2, 0)
                .apply(b, Tensor.of(1, 2), c);
        assertThat(h).hasSize(2);
        assertThat(h.get(0).at(0).toDoubles()).containsOnly(0).hasSize(4);
        assertThat(h.get(0).at(1).toDoubles()).containsExactly(30, 42, 66, 30, 42, 66);
        assertThat(h.get(1).at(0).toDoubles()).containsExactly(30, 30, 42, 42, 66, 66);
        assertThat(h.get(1).at(1).toDoubles()).containsExactly(30, 0, 0, 0, 30, 0, 0, 0, 30);
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.fn((Tensor p, Tensor n) -> p.sum().times(n.sum().toF64()))
                        .hessian(0, 1)
                        .apply(b, Tensor.of(1, 2)));
        assertThat(e.problem()).contains("hessian: argument 1 must hold floats to be differentiated, got i32[2]");
    }

    record Layer(Tensor w, Tensor ids) {}

    record Net(List<Layer> layers) {}

    private static Net net(Tensor lastIds) {
        return new Net(List.of(new Layer(X, X), new Layer(X, lastIds)));
    }

    @Test
    void aTangentThatDoesNotFitIsNamedByThePathOfItsLeaf() {
        F1<Net, Tensor> f = n -> n.layers().get(1).w().sum();
        KilnException type = catchThrowableOfType(KilnException.class, () -> Jit.jvp(f, net(X), net(Tensor.of(1f))));
        assertThat(type.problem())
                .contains("jvp: the tangent.layers[1].ids must be f64[3], as in the argument, got f32[1]");
        KilnException structure =
                catchThrowableOfType(KilnException.class, () -> Jit.jvp(f, net(X), new Net(List.of(new Layer(X, X)))));
        assertThat(structure.problem())
                .contains("jvp: the tangent.layers[1] must be a Layer, as in the argument, got absent");
        KilnException second = catchThrowableOfType(
                KilnException.class,
                () -> Jit.fn((Tensor a, Net n) -> n.layers().get(1).w().times(a))
                        .linearize(X, net(X))
                        .tangent()
                        .apply(List.of(X, net(Tensor.of(1f)))));
        assertThat(second.problem()).contains("linearize: tangent 1.layers[1].ids must be f64[3]");
        KilnException missing = catchThrowableOfType(
                KilnException.class,
                () -> Jit.fn((Tensor a, Tensor b) -> a.times(b)).jvp(List.of(X, X), List.of(X)));
        assertThat(missing.problem()).contains("jvp: there must be a tangent for each of 2 arguments, got 1");
    }

    @Test
    void anIntegerLeafOfADifferentiatedArgumentIsNamedByItsPath() {
        Net integers = net(Tensor.of(1, 2));
        KilnException grad = catchThrowableOfType(
                KilnException.class,
                () -> Jit.fn((Tensor a, Net n) -> n.layers().get(1).w().dot(a))
                        .grad(0, 1)
                        .apply(X, integers));
        assertThat(grad.problem())
                .contains("grad: argument 1.layers[1].ids must hold floats to be differentiated, got i32[2]");
        KilnException jacobian = catchThrowableOfType(
                KilnException.class,
                () -> Jit.jacrev((Net n) -> n.layers().get(1).w()).apply(integers));
        assertThat(jacobian.problem()).contains("jacrev: argument 0.layers[1].ids must hold floats");
    }

    @Test
    void anArgumentThatIsNotThereIsNamed() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.fn((Tensor x) -> x.sum()).grad(1).apply(X));
        assertThat(e.problem()).contains("grad: there is no argument 1 among 1");
    }

    @Test
    void aJacobianOfIntegersIsAnError() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.jacfwd((Tensor x) -> x.toI32()).apply(X));
        assertThat(e.problem()).contains("jacfwd: the result must hold floats to be differentiated, got i32[3]");
    }
}
