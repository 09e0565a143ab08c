package io.kiln.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestEinsum {
    private static final Map<Character, Integer> SIZES = Map.of('i', 2, 'j', 3, 'k', 4, 'l', 2, 'b', 3, 'A', 2, 'z', 1);

    private static Tensor random(Random random, String term) {
        int[] dims = term.chars().map(c -> SIZES.get((char) c)).toArray();
        return Tensor.of(HostArray.ofDoubles(ShapedArray.of(DType.F64, dims), _ -> random.nextGaussian()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ij,jk->ik",
                "ij,jk->ki",
                "ij->ji",
                "ii->i",
                "ii->",
                "iji->j",
                "iij,jj->i",
                "i,j->ji",
                "ij,ij->ij",
                "ij,ij->",
                "bij,bjk->bik",
                "bij,kb->bkij",
                "ij,jk,kl->il",
                "i,ij,jk,k->",
                "ijk,kj,lA,A->il",
                "zi,jz->ij",
                "->",
                ",ij->j",
                "ijkl->l",
                "ij,jk,lA,bb->Ab"
            })
    void theSumIsThatOfLoopsOverAllIndices(String subscripts) {
        String[] sides = subscripts.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        Random random = new Random(7);
        List<Tensor> operands = new ArrayList<>();
        for (String term : terms) {
            operands.add(random(random, term));
        }
        Tensor got = Np.einsum(subscripts, operands.toArray(Tensor[]::new));
        Tensor compiled = Jit.jit((List<Tensor> in) -> Np.einsum(subscripts, in.toArray(Tensor[]::new)))
                .apply(operands);
        double[] want = loops(terms, sides[1], operands);
        assertThat(got.shape())
                .isEqualTo(sides[1].chars().mapToObj(c -> SIZES.get((char) c)).toList());
        assertThat(got.toDoubles()).containsExactly(want, within(1e-9));
        assertThat(compiled.toDoubles()).containsExactly(want, within(1e-9));
    }

    private static double[] loops(String[] terms, String output, List<Tensor> operands) {
        List<Character> labels = new ArrayList<>(new TreeSet<>(
                String.join("", terms).chars().mapToObj(c -> (char) c).toList()));
        int points = labels.stream().mapToInt(SIZES::get).reduce(1, (a, b) -> a * b);
        double[] sums = new double[output.chars().map(c -> SIZES.get((char) c)).reduce(1, (a, b) -> a * b)];
        List<double[]> values = operands.stream().map(Tensor::toDoubles).toList();
        for (int point = 0; point < points; point++) {
            Map<Character, Integer> at = new HashMap<>();
            int rest = point;
            for (char label : labels) {
                at.put(label, rest % SIZES.get(label));
                rest /= SIZES.get(label);
            }
            double product = 1;
            for (int k = 0; k < terms.length; k++) {
                product *= values.get(k)[flat(terms[k], at)];
            }
            sums[flat(output, at)] += product;
        }
        return sums;
    }

    private static int flat(String term, Map<Character, Integer> at) {
        int flat = 0;
        for (int i = 0; i < term.length(); i++) {
            char label = term.charAt(i);
            flat = flat * SIZES.get(label) + at.get(label);
        }
        return flat;
    }

    @Test
    void withoutAnArrowTheResultIsInAlphabeticalOrder() {
        Tensor a = random(new Random(1), "ji");
        assertThat(Np.einsum("ji", a).value()).isEqualTo(a.transpose().value());
        assertThat(Np.einsum("ij,jk", random(new Random(2), "ij"), random(new Random(3), "jk"))
                        .shape())
                .containsExactly(2, 4);
    }

    @Test
    void anEllipsisBroadcasts() {
        Tensor a = random(new Random(1), "bij");
        Tensor b = random(new Random(2), "jk");
        Tensor c = random(new Random(3), "zjk");
        assertThat(Np.einsum("...ij,...jk->...ik", a, b).toDoubles())
                .containsExactly(a.matmul(b).toDoubles(), within(1e-12));
        assertThat(Np.einsum("...ij,...jk", a, c).toDoubles())
                .containsExactly(a.matmul(c).toDoubles(), within(1e-12));
        assertThat(Np.einsum("i...->...", a).toDoubles())
                .containsExactly(a.sum(0).toDoubles(), within(1e-12));
    }

    @Test
    void theGradientOfAnEinsumIsAnEinsum() {
        Tensor x = random(new Random(4), "jk");
        Tensor a = random(new Random(5), "ij");
        Tensor w = random(new Random(6), "ik");
        Tensor got = Jit.grad((Tensor t) -> Np.einsum("ij,jk,ik->", a, t, w)).apply(x);
        assertThat(got.toDoubles()).containsExactly(Np.einsum("ij,ik->jk", a, w).toDoubles(), within(1e-12));
    }

    @Test
    void whatDoesNotFitIsNamed() {
        Tensor a = random(new Random(1), "ij");
        message("ij,jk->ik", "it must have one term for each operand, has 2, got f64[2,3]", a);
        message("ijk->i", "the term \"ijk\" must have one letter for each axis of its operand, got f64[2,3]", a);
        message("i1->i", "a term must have letters and at most one ellipsis, not \"i1\", got f64[2,3]", a);
        message("ii->i", "\"i\" must have one size, has 2 and 3, got f64[2,3]", a);
        message("ij->ik", "the result's \"k\" must be an axis of an operand, got f64[2,3]", a);
        message("ij->ii", "a letter must appear once in the result, got f64[2,3]", a);
        message("...j->j", "the result must have an ellipsis, since an operand has one, got f64[2,3]", a);
    }

    private static void message(String subscripts, String problem, Tensor... operands) {
        assertThatThrownBy(() -> Np.einsum(subscripts, operands))
                .hasMessageStartingWith("einsum \"%s\": %s".formatted(subscripts, problem));
    }
}
