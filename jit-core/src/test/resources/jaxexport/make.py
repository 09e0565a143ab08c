"""Writes the artifacts of this folder: python make.py, with jax 0.10.2 and flatbuffers."""
import os
import pathlib

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
import jax
import jax.numpy as jnp
from jax import export
from jax.sharding import NamedSharding, PartitionSpec

HERE = pathlib.Path(__file__).parent
F32 = jnp.float32


def s(*shape, dtype=F32):
    return jax.ShapeDtypeStruct(shape, dtype)


def write(name, function, *args, jit=None, **kwargs):
    options = {k: kwargs.pop(k) for k in ("platforms",) if k in kwargs}
    jitted = jax.jit(function, **(jit or {}))
    exported = export.export(jitted, **options)(*args, **kwargs)
    (HERE / f"{name}.jaxexport").write_bytes(exported.serialize())


def affine(x, w):
    return x * 2 + w


def nested(batch, scale, *, offset):
    """Dictionaries, a list, a keyword and None; the results too."""
    return {"sum": batch["age"] + batch["pair"][0] * scale + offset, "parts": (batch["pair"][1], None, [scale])}


def rank3(images):
    return images.sum(axis=(1, 2)), images > 0


def unused(a, b, c):
    return a + c


write("affine", affine, s(8, 4), s(8, 4))
write("nested", nested, {"age": s(8), "pair": [s(8), s(8)]}, s(8), offset=s(8))
write("rank3", rank3, s(8, 2, 3, dtype=jnp.bfloat16))
write("unused", unused, s(8), s(8, dtype=jnp.int8), s(8))
write("platforms", lambda x: x + 1, s(8, 2), platforms=("cuda", "cpu"))
write("cuda", lambda x: x + 1, s(8, 2), platforms=("cuda",))
write("donated", lambda x: x + 1, s(8, 2), jit={"donate_argnums": (0,)})
write("erf", jax.scipy.special.erf, s(8))
write("cholesky", jnp.linalg.cholesky, s(8, 3, 3))
write("float8", lambda x: x.astype(F32), s(8, dtype=jnp.float8_e4m3fn))
write("mean", lambda x: x.mean(axis=0), s(8, 4))
write("row", lambda x: x.sum(), s(4))
write("symbolic", lambda x: x * 2, s(*export.symbolic_shape("b, 4")))
mesh = jax.make_mesh((2,), ("d",))
split = NamedSharding(mesh, PartitionSpec("d"))
write("devices", lambda x: x + 1, s(8, 2), jit={"in_shardings": split, "out_shardings": split})
with jax.enable_x64(True):
    write("wide", lambda x, n: (x + n, n > 0), s(8, dtype=jnp.float64), s(8, dtype=jnp.int64), platforms=("cpu", "cuda"))
