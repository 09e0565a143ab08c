package io.kiln.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Padding;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.random.Key;
import org.junit.jupiter.api.Test;

/** The layers beside those of flax 0.12.8 and the losses beside optax 0.2.8, in f64, with weights that a formula gives. */
class TestLayers {
    /** The weights of the oracle: {@code sin(1.7 i + c) / 2} at element i. */
    private static Tensor w(int c, int... dims) {
        return Tensor.of(HostArray.ofDoubles(ShapedArray.of(DType.F64, dims), i -> Math.sin(1.7 * i + c) * 0.5));
    }

    private static void agree(Tensor got, double... want) {
        assertThat(got.toDoubles()).containsExactly(want, within(1e-12));
    }

    @Test
    void lstmCellIsThatOfFlax() {
        LstmCell cell = new LstmCell(w(4, 3, 8), w(5, 2, 8), w(6, 8));
        LstmCell.State next = cell.apply(new LstmCell.State(w(2, 2, 2), w(3, 2, 2)), w(1, 2, 3));
        agree(next.output(), 0.1132641787206229, -0.15984304658746984, 0.01580565427852246, -0.0325002138173811);
        agree(next.content(), 0.19756560427650766, -0.44226480509052923, 0.03809887445500572, -0.09099114383092749);
        assertThat(cell.zeros(5).output().shape()).containsExactly(5, 2);
    }

    @Test
    void gruCellIsThatOfFlax() {
        GruCell cell = new GruCell(w(7, 3, 6), w(8, 2, 6), w(9, 6), w(10, 6));
        agree(
                cell.apply(w(2, 2, 2), w(1, 2, 3)),
                0.16441801009059903,
                -0.2761706930618404,
                -0.41712569253472165,
                0.1096005604968833);
    }

    @Test
    void attentionIsThatOfFlax() {
        Attention layer = new Attention(dense(0), dense(1), dense(2), dense(3));
        Tensor mask = Tensor.of(true, false, true, true, true, true).reshape(3, 2);
        agree(
                layer.apply(w(11, 1, 3, 4), w(12, 1, 2, 4), 2, mask),
                0.4483135096241155,
                -0.32345402608129514,
                -0.36496296878752454,
                0.41750096438133905,
                0.451744299064134,
                -0.3202321217615536,
                -0.3692240074930343,
                0.4153770828159676,
                0.45175385566041204,
                -0.3202206355050652,
                -0.36923652397112955,
                0.41536882191806024);
    }

    private static Dense dense(int k) {
        return new Dense(w(20 + k, 4, 4), w(30 + k, 4));
    }

    @Test
    void aCausalMaskHidesWhatComesLater() {
        assertThat(Attention.causalMask(3).value().toBooleans())
                .containsExactly(true, false, false, true, true, false, true, true, true);
    }

    @Test
    void layerNormIsThatOfFlax() {
        agree(
                new LayerNorm(w(40, 4), w(41, 4)).apply(w(11, 1, 3, 4)),
                -0.5598000627463876,
                -0.5865747499304297,
                -0.19273615573344463,
                0.23284204227053829,
                -0.4707401683362169,
                -0.8304177701664803,
                -0.09109521304264204,
                0.002080101903167264,
                -0.29930764888273076,
                -0.9960584119689513,
                0.07193582519022224,
                -0.13487660926936418);
    }

    @Test
    void batchNormAndItsRunningStatisticsAreThoseOfFlax() {
        BatchNorm layer = new BatchNorm(w(40, 4), w(41, 4));
        BatchNorm.Statistics running =
                new BatchNorm.Statistics(w(42, 4), w(43, 4).square().plus(0.1));
        BatchNorm.Trained trained = layer.train(w(11, 1, 3, 4), running, 0.9, 1e-3);
        agree(
                trained.batch(),
                -0.4364625325716498,
                0.003105541916800736,
                -0.09323020329272766,
                1.0104831072121334,
                -0.20877748141187336,
                -0.5399577025051416,
                0.14489459818792713,
                0.3085394017509035,
                0.4073060107764602,
                -0.9011557793396482,
                0.5568284199378042,
                -0.037816467054285874);
        agree(
                trained.statistics().mean(),
                -0.452019512835817,
                -0.0977123468687716,
                0.4771989086732888,
                -0.025256557264000182);
        agree(
                trained.statistics().variance(),
                0.24674632309449102,
                0.18992686186741917,
                0.1907545917095478,
                0.24597355750599154);
        Tensor used = layer.apply(w(11, 1, 3, 4), new BatchNorm.Statistics(w(42, 4), w(43, 4).square()), 0.5);
        assertThat(used.shape()).containsExactly(1, 3, 4);
    }

    @Test
    void lossesAreThoseOfOptax() {
        Tensor a = w(50, 2, 3);
        Tensor t = w(51, 2, 3);
        agree(
                Losses.huber(a.times(6), t, 1),
                0.6222391490334735,
                2.1473787963940474,
                0.09681706596437646,
                2.260771945731574,
                0.03682402599105747,
                2.19083985812069);
        agree(
                Losses.logCosh(a, t),
                0.10499322070121153,
                0.014475000549180495,
                0.08665829094209487,
                0.03853276815784934,
                0.06015822000952353,
                0.06682814015668803);
        agree(
                Losses.hinge(a, t.sign()),
                1.1311874268519644,
                0.5046357954604759,
                1.0035375259999655,
                0.5037242139634306,
                0.8756527206339746,
                0.5357671386173106);
        Tensor p = Nn.softmax(t, -1);
        agree(Losses.klDivergence(Nn.logSoftmax(a, -1), p), 0.06370700600589764, 0.056180369276531195);
        agree(Losses.softmaxCrossEntropyWith(a, p), 1.112306418327315, 1.11511083228429);
        agree(Losses.cosineDistance(a, t, 1e-8), 0.6407131501792874, 0.4253656916482651);
    }

    @Test
    void poissonLossIsSmallestAtTheLogarithmOfTheCount() {
        Tensor at = Losses.poisson(Tensor.scalar(Math.log(3)), Tensor.scalar(3.0));
        Tensor beside = Losses.poisson(Tensor.of(Math.log(2.9), Math.log(3.1)), Tensor.scalar(3.0));
        assertThat(beside.min().item()).isGreaterThan(at.item());
    }

    @Test
    void smoothedTargetsStayDistributions() {
        agree(Losses.smoothed(Tensor.of(0.0, 1.0), 0.1), 0.05, 0.95);
    }

    @Test
    void dropoutLeavesTheMeanAndGivesTheSameForTheSameKey() {
        Tensor ones = Tensor.full(ShapedArray.of(DType.F64, 20_000), 1);
        Tensor y = Dropout.apply(Key.of(1), ones, 0.25);
        assertThat(y.mean().item()).isCloseTo(1, within(0.02));
        assertThat(Dropout.apply(Key.of(1), ones, 0.25).value()).isEqualTo(y.value());
        assertThat(y.toDoubles()).containsOnly(0.0, 1 / 0.75);
    }

    @Test
    void dropoutOfEverythingIsRefused() {
        assertThatThrownBy(() -> Dropout.apply(Key.of(1), w(1, 2), 1))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("the rate must be from 0 up to but not including 1, got 1.0");
    }

    @Test
    void anEmbeddingIsTheRowsOfItsTable() {
        Embedding embedding =
                new Embedding(Tensor.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0).reshape(3, 2));
        agree(embedding.apply(Tensor.of(2, 0, 9)), 5, 6, 1, 2, 5, 6);
        agree(embedding.logits(Tensor.of(1.0, 10.0)), 21, 43, 65);
    }

    @Test
    void aConvolutionOfOnesAddsUpItsWindowInOneImageAndInABatch() {
        Conv conv = new Conv(Tensor.full(ShapedArray.of(DType.F64, 2, 2, 1, 1), 1), Tensor.of(0.5));
        Tensor image = Tensor.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0).reshape(3, 3, 1);
        agree(conv.apply(image, Padding.VALID), 12.5, 16.5, 24.5, 28.5);
        agree(conv.apply(image.expandDims(0), Padding.SAME, 2), 12.5, 9.5, 15.5, 9.5);
        assertThat(conv.apply(image, Padding.SAME).shape()).containsExactly(3, 3, 1);
        Conv first = Conv.init(Key.of(1), DType.F32, 3, 8, 5);
        assertThat(first.apply(Tensor.zeros(DType.F32, 2, 10, 3), Padding.VALID).shape())
                .containsExactly(2, 6, 8);
    }

    @Test
    void firstWeightsHaveTheVarianceOfTheirRule() {
        assertThat(variance(Initializers.glorotUniform(Key.of(1), DType.F32, 300, 100)))
                .isCloseTo(2 / 400.0, within(2e-4));
        assertThat(variance(Initializers.glorotNormal(Key.of(2), DType.F32, 300, 100)))
                .isCloseTo(2 / 400.0, within(2e-4));
        assertThat(variance(Initializers.heUniform(Key.of(3), DType.F32, 200, 100)))
                .isCloseTo(2 / 200.0, within(4e-4));
        // A window of 3 x 3 multiplies the inputs.
        assertThat(variance(Initializers.heNormal(Key.of(4), DType.F32, 3, 3, 20, 100)))
                .isCloseTo(2 / 180.0, within(5e-4));
        assertThat(variance(Initializers.lecunNormal(Key.of(5), DType.F32, 200, 100)))
                .isCloseTo(1 / 200.0, within(2e-4));
        Dense layer = Dense.init(Key.of(6), DType.F32, 4, 3);
        assertThat(layer.apply(Tensor.zeros(DType.F32, 2, 4)).toFloats()).containsOnly(0);
    }

    private static double variance(Tensor x) {
        return x.minus(x.mean()).square().mean().item();
    }
}
