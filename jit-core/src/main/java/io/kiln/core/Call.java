package io.kiln.core;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A program applied to the operands. Transforms and lowering put its equations in its place. */
public record Call(String name, Program program) implements Primitive {
    @Override
    public String mnemonic() {
        return "call";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("name", name), new Param.Programs("program", List.of(program)));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (!ins.equals(program.inputs())) {
            throw TraceErrors.operands("call " + name, "the operands must be " + program.inputs(), ins);
        }
        return program.outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.body(program, ins);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Replay.jvp(program, ins, tangents).tangents();
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Set<Integer> wanted = Replay.floats(program.inputs()).stream().collect(Collectors.toSet());
        return Replay.vjp(program, ins, _ -> cts, wanted).cts();
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Replay.vmap(program, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
