package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.kiln.pjrt.PjrtStructs.ClientAddressableDevices;
import io.kiln.pjrt.PjrtStructs.ClientBufferFromHostBuffer;
import io.kiln.pjrt.PjrtStructs.ClientCompile;
import io.kiln.pjrt.PjrtStructs.ClientCreate;
import io.kiln.pjrt.PjrtStructs.ClientDestroy;
import io.kiln.pjrt.PjrtStructs.ClientPlatformName;
import io.kiln.pjrt.PjrtStructs.ClientPlatformVersion;
import io.kiln.pjrt.PjrtStructs.DeviceDescriptionId;
import io.kiln.pjrt.PjrtStructs.DeviceDescriptionKind;
import io.kiln.pjrt.PjrtStructs.DeviceGetDescription;
import io.kiln.pjrt.PjrtStructs.DeviceLocalHardwareId;
import io.kiln.pjrt.PjrtStructs.ExecutableDeserializeAndLoad;
import io.kiln.pjrt.PjrtStructs.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** A connection to the devices of one plugin. It stays until its executables and buffers are closed too. Safe for concurrent use. */
public final class PjrtClient extends PjrtHandle {
    private static final byte[] FORMAT = "mlir".getBytes(StandardCharsets.UTF_8);
    private static final long[] NO_STRIDES = {};

    private final PjrtPlugin plugin;
    private final PjrtApi api;
    private final String platformName;
    private final String platformVersion;
    private final List<PjrtDevice> devices;

    private PjrtClient(PjrtPlugin plugin, PjrtApi api, MemorySegment address) {
        super(address, null);
        this.plugin = plugin;
        this.api = api;
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs name = PjrtArgs.of(arena, ClientPlatformName.STRUCT_SIZE).set(ClientPlatformName.CLIENT, address);
            api.call(PjrtFunction.CLIENT_PLATFORM_NAME, name);
            platformName = name.textAt(ClientPlatformName.PLATFORM_NAME, ClientPlatformName.PLATFORM_NAME_SIZE);
            PjrtArgs version =
                    PjrtArgs.of(arena, ClientPlatformVersion.STRUCT_SIZE).set(ClientPlatformVersion.CLIENT, address);
            api.call(PjrtFunction.CLIENT_PLATFORM_VERSION, version);
            platformVersion =
                    version.textAt(ClientPlatformVersion.PLATFORM_VERSION, ClientPlatformVersion.PLATFORM_VERSION_SIZE);
            devices = devices(arena, address);
        }
    }

    static PjrtClient create(PjrtPlugin plugin, PjrtApi api, Map<String, ?> options) {
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs args = PjrtArgs.of(arena, ClientCreate.STRUCT_SIZE)
                    .set(ClientCreate.CREATE_OPTIONS, PjrtNamedValues.write(arena, options))
                    .set(ClientCreate.NUM_OPTIONS, options.size());
            api.call(PjrtFunction.CLIENT_CREATE, args);
            return new PjrtClient(plugin, api, args.pointer(ClientCreate.CLIENT));
        }
    }

    private List<PjrtDevice> devices(Arena arena, MemorySegment client) {
        PjrtArgs args =
                PjrtArgs.of(arena, ClientAddressableDevices.STRUCT_SIZE).set(ClientAddressableDevices.CLIENT, client);
        api.call(PjrtFunction.CLIENT_ADDRESSABLE_DEVICES, args);
        long count = args.longAt(ClientAddressableDevices.NUM_ADDRESSABLE_DEVICES);
        MemorySegment array = args.array(ClientAddressableDevices.ADDRESSABLE_DEVICES, count * ADDRESS.byteSize());
        return LongStream.range(0, count)
                .mapToObj(i -> device(arena, array.getAtIndex(ADDRESS, i)))
                .toList();
    }

    private PjrtDevice device(Arena arena, MemorySegment device) {
        PjrtArgs get = PjrtArgs.of(arena, DeviceGetDescription.STRUCT_SIZE).set(DeviceGetDescription.DEVICE, device);
        api.call(PjrtFunction.DEVICE_GET_DESCRIPTION, get);
        MemorySegment description = get.pointer(DeviceGetDescription.DEVICE_DESCRIPTION);
        PjrtArgs id = PjrtArgs.of(arena, DeviceDescriptionId.STRUCT_SIZE)
                .set(DeviceDescriptionId.DEVICE_DESCRIPTION, description);
        api.call(PjrtFunction.DEVICE_DESCRIPTION_ID, id);
        PjrtArgs kind = PjrtArgs.of(arena, DeviceDescriptionKind.STRUCT_SIZE)
                .set(DeviceDescriptionKind.DEVICE_DESCRIPTION, description);
        api.call(PjrtFunction.DEVICE_DESCRIPTION_KIND, kind);
        return new PjrtDevice(
                this,
                id.intAt(DeviceDescriptionId.ID),
                hardwareId(arena, device, id.intAt(DeviceDescriptionId.ID)),
                kind.textAt(DeviceDescriptionKind.DEVICE_KIND, DeviceDescriptionKind.DEVICE_KIND_SIZE),
                device);
    }

    private int hardwareId(Arena arena, MemorySegment device, int otherwise) {
        if (!api.has(PjrtFunction.DEVICE_LOCAL_HARDWARE_ID)) {
            return otherwise;
        }
        PjrtArgs args = PjrtArgs.of(arena, DeviceLocalHardwareId.STRUCT_SIZE).set(DeviceLocalHardwareId.DEVICE, device);
        api.call(PjrtFunction.DEVICE_LOCAL_HARDWARE_ID, args);
        int said = args.intAt(DeviceLocalHardwareId.LOCAL_HARDWARE_ID);
        return said < 0 ? otherwise : said;
    }

    /** The plugin that this client connects to. */
    public PjrtPlugin plugin() {
        return plugin;
    }

    /** The platform's name, such as {@code cpu} or {@code cuda}. */
    public String platformName() {
        return platformName;
    }

    /** The platform's version in the plugin's own words. */
    public String platformVersion() {
        return platformVersion;
    }

    /** The devices of this process; the first one is used where no other is named. */
    public List<PjrtDevice> devices() {
        return devices;
    }

    /** Whether buffers lie in the host's memory. */
    public boolean isCpu() {
        return platformName.equals("cpu");
    }

    /**
     * An executable of a program.
     *
     * @param mlirText StableHLO as text (UTF-8) or MLIR bytecode
     * @param compileOptions a serialized {@code CompileOptionsProto}
     * @throws PjrtException what the compiler reported
     */
    public PjrtExecutable compile(byte[] mlirText, byte[] compileOptions) {
        MemorySegment client = acquire();
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs program = PjrtArgs.of(arena, Program.STRUCT_SIZE)
                    .setBytes(arena, Program.CODE, Program.CODE_SIZE, mlirText)
                    .setBytes(arena, Program.FORMAT, Program.FORMAT_SIZE, FORMAT);
            PjrtArgs args = PjrtArgs.of(arena, ClientCompile.STRUCT_SIZE)
                    .set(ClientCompile.CLIENT, client)
                    .set(ClientCompile.PROGRAM, program.memory())
                    .setBytes(arena, ClientCompile.COMPILE_OPTIONS, ClientCompile.COMPILE_OPTIONS_SIZE, compileOptions);
            api.call(PjrtFunction.CLIENT_COMPILE, args);
            return new PjrtExecutable(this, api, args.pointer(ClientCompile.EXECUTABLE));
        } finally {
            release();
        }
    }

    /**
     * An executable from the bytes of {@link PjrtExecutable#serialize}. A plugin does not check them and damaged ones can end the process:
     * the caller has verified that they are what this very plugin wrote.
     *
     * @param compileOptions a serialized {@code CompileOptionsProto}, in place of those of the process that compiled
     * @throws PjrtException what the plugin reported
     */
    public PjrtExecutable load(byte[] serialized, byte[] compileOptions) {
        MemorySegment client = acquire();
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs args = PjrtArgs.of(arena, ExecutableDeserializeAndLoad.STRUCT_SIZE)
                    .set(ExecutableDeserializeAndLoad.CLIENT, client)
                    .setBytes(
                            arena,
                            ExecutableDeserializeAndLoad.SERIALIZED_EXECUTABLE,
                            ExecutableDeserializeAndLoad.SERIALIZED_EXECUTABLE_SIZE,
                            serialized)
                    .setBytes(
                            arena,
                            ExecutableDeserializeAndLoad.OVERRIDDEN_SERIALIZED_COMPILE_OPTIONS,
                            ExecutableDeserializeAndLoad.OVERRIDDEN_SERIALIZED_COMPILE_OPTIONS_SIZE,
                            compileOptions);
            api.call(PjrtFunction.EXECUTABLE_DESERIALIZE_AND_LOAD, args);
            return new PjrtExecutable(this, api, args.pointer(ExecutableDeserializeAndLoad.LOADED_EXECUTABLE));
        } finally {
            release();
        }
    }

    /** A buffer on the first device: {@link #bufferFromHost(PjrtDevice, MemorySegment, int, long[], boolean)}. */
    public PjrtBuffer bufferFromHost(MemorySegment data, int pjrtType, long[] dims, boolean zeroCopy) {
        return bufferFromHost(devices.get(0), data, pjrtType, dims, zeroCopy);
    }

    /**
     * A buffer on {@code device}, one of this client, with the content of {@code data}, dense and row-major.
     *
     * @param data exactly the buffer's bytes; not written to while they are read
     * @param pjrtType the element type's {@link PjrtType#code}
     * @param dims the dimensions, none for a scalar
     * @param zeroCopy true: the buffer may alias {@code data}, which the buffer keeps reachable and which must neither change nor be freed
     *     until the buffer's close has returned; the CPU plugin does alias it if it is 64-byte aligned. False, and for memory of the Java
     *     heap: {@code data} was copied when this returns. {@link PjrtBuffer#mayAlias} tells which.
     */
    public PjrtBuffer bufferFromHost(
            PjrtDevice device, MemorySegment data, int pjrtType, long[] dims, boolean zeroCopy) {
        return bufferFromHost(device, data, pjrtType, dims, NO_STRIDES, zeroCopy);
    }

    /**
     * A buffer on {@code device}, one of this client, with the content of {@code data} in another order than row-major: the plugin puts it in
     * order.
     *
     * @param data exactly the buffer's bytes; not written to while they are read
     * @param dims the dimensions of the buffer
     * @param byteStrides how many bytes lie between neighbours along each dimension; none for row-major
     * @param zeroCopy as in {@link #bufferFromHost(PjrtDevice, MemorySegment, int, long[], boolean)}
     */
    public PjrtBuffer bufferFromHost(
            PjrtDevice device, MemorySegment data, int pjrtType, long[] dims, long[] byteStrides, boolean zeroCopy) {
        requireOwn(device);
        if (byteStrides.length != 0 && byteStrides.length != dims.length) {
            throw new IllegalArgumentException(
                    "making a buffer of %d dimensions: as many strides are required, or none, got %d"
                            .formatted(dims.length, byteStrides.length));
        }
        boolean lent = zeroCopy && data.isNative();
        MemorySegment client = acquire();
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs args = PjrtArgs.of(arena, ClientBufferFromHostBuffer.STRUCT_SIZE)
                    .set(ClientBufferFromHostBuffer.CLIENT, client)
                    .set(ClientBufferFromHostBuffer.DATA, data.isNative() ? data : copy(arena, data))
                    .setInt(ClientBufferFromHostBuffer.TYPE, pjrtType)
                    .set(ClientBufferFromHostBuffer.DIMS, arena.allocateFrom(JAVA_LONG, dims))
                    .set(ClientBufferFromHostBuffer.NUM_DIMS, dims.length)
                    .setInt(
                            ClientBufferFromHostBuffer.HOST_BUFFER_SEMANTICS,
                            lent
                                    ? PjrtStructs.SEMANTICS_IMMUTABLE_ZERO_COPY
                                    : PjrtStructs.SEMANTICS_IMMUTABLE_ONLY_DURING_CALL)
                    .set(ClientBufferFromHostBuffer.DEVICE, device.address());
            if (byteStrides.length > 0) { // a plugin takes an address as a sign that there are some
                args.set(ClientBufferFromHostBuffer.BYTE_STRIDES, arena.allocateFrom(JAVA_LONG, byteStrides))
                        .set(ClientBufferFromHostBuffer.NUM_BYTE_STRIDES, byteStrides.length);
            }
            api.call(PjrtFunction.CLIENT_BUFFER_FROM_HOST_BUFFER, args);
            MemorySegment done = args.pointer(ClientBufferFromHostBuffer.DONE_WITH_HOST_BUFFER);
            MemorySegment buffer = args.pointer(ClientBufferFromHostBuffer.BUFFER);
            if (lent) {
                return new PjrtBuffer(device, api, buffer, data.byteSize(), new PjrtBuffer.Borrowed(data, done));
            }
            PjrtBuffer made = new PjrtBuffer(device, api, buffer, data.byteSize(), null);
            try {
                api.await(done);
            } catch (PjrtException e) {
                made.close();
                throw e;
            }
            return made;
        } finally {
            release();
        }
    }

    /** A handle of another client would be read as one of this. */
    void requireOwn(PjrtDevice device) {
        if (device.client() != this) {
            throw new IllegalArgumentException(
                    "using %s: a device of the same client is required, got one of another".formatted(device));
        }
    }

    private static MemorySegment copy(Arena arena, MemorySegment data) {
        // One byte more, so that no bytes have an address too.
        return arena.allocate(data.byteSize() + 1, 64).copyFrom(data);
    }

    @Override
    String what() {
        return "the PJRT client of " + platformName;
    }

    @Override
    void destroy(MemorySegment object) {
        try (Arena arena = Arena.ofConfined()) {
            api.call(
                    PjrtFunction.CLIENT_DESTROY,
                    PjrtArgs.of(arena, ClientDestroy.STRUCT_SIZE).set(ClientDestroy.CLIENT, object));
        }
    }
}
