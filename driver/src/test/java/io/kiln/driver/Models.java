package io.kiln.driver;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import java.util.List;
import java.util.Map;

/** Models that several tests score with. */
final class Models {
    private Models() {}

    /** a + 10 b. */
    static Model dot(ModelColumn... columns) {
        ShapedArray x = ShapedArray.of(DType.F32, 2);
        var program = Trace.trace(ins -> List.of(ins.get(1).dot(ins.get(0))), List.of(x, x))
                .program();
        return new Model(
                "dot",
                List.of(new ModelInput("x", x, List.of(columns))),
                List.of(new ModelOutput("y", ShapedArray.of(DType.F32))),
                program,
                List.of(new Weight("w", HostArray.of(1f, 10f))),
                "error",
                Map.of(),
                null);
    }
}
