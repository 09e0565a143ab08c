package io.kiln.pjrt;

/** Sizes and field offsets of the structs of PJRT C API 0.81; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
final class PjrtStructs {
    static final int API_MAJOR = 0;
    static final int API_MINOR = 81;

    static final int VALUE_STRING = 0;
    static final int VALUE_INT64 = 1;
    static final int VALUE_INT64_LIST = 2;
    static final int VALUE_FLOAT = 3;
    static final int VALUE_BOOL = 4;

    static final int SEMANTICS_IMMUTABLE_ONLY_DURING_CALL = 0;
    static final int SEMANTICS_IMMUTABLE_UNTIL_TRANSFER_COMPLETES = 1;
    static final int SEMANTICS_IMMUTABLE_ZERO_COPY = 2;
    static final int SEMANTICS_MUTABLE_ZERO_COPY = 3;

    private PjrtStructs() {}

    /** {@code PJRT_Api_Version}. */
    static final class ApiVersion {
        static final int STRUCT_SIZE = 24;
        static final int MAJOR_VERSION = 16;
        static final int MINOR_VERSION = 20;

        private ApiVersion() {}
    }

    /** {@code PJRT_Error_Destroy_Args}. */
    static final class ErrorDestroy {
        static final int STRUCT_SIZE = 24;
        static final int ERROR = 16;

        private ErrorDestroy() {}
    }

    /** {@code PJRT_Error_Message_Args}. */
    static final class ErrorMessage {
        static final int STRUCT_SIZE = 40;
        static final int ERROR = 16;
        static final int MESSAGE = 24;
        static final int MESSAGE_SIZE = 32;

        private ErrorMessage() {}
    }

    /** {@code PJRT_Error_GetCode_Args}. */
    static final class ErrorGetCode {
        static final int STRUCT_SIZE = 32;
        static final int ERROR = 16;
        static final int CODE = 24;

        private ErrorGetCode() {}
    }

    /** {@code PJRT_NamedValue}. */
    static final class NamedValue {
        static final int STRUCT_SIZE = 56;
        static final int NAME = 16;
        static final int NAME_SIZE = 24;
        static final int TYPE = 32;
        static final int STRING_VALUE = 40;
        static final int INT64_VALUE = 40;
        static final int INT64_ARRAY_VALUE = 40;
        static final int FLOAT_VALUE = 40;
        static final int BOOL_VALUE = 40;
        static final int VALUE_SIZE = 48;

        private NamedValue() {}
    }

    /** {@code PJRT_Plugin_Initialize_Args}. */
    static final class PluginInitialize {
        static final int STRUCT_SIZE = 16;

        private PluginInitialize() {}
    }

    /** {@code PJRT_Plugin_Attributes_Args}. */
    static final class PluginAttributes {
        static final int STRUCT_SIZE = 32;
        static final int ATTRIBUTES = 16;
        static final int NUM_ATTRIBUTES = 24;

        private PluginAttributes() {}
    }

    /** {@code PJRT_Event_Destroy_Args}. */
    static final class EventDestroy {
        static final int STRUCT_SIZE = 24;
        static final int EVENT = 16;

        private EventDestroy() {}
    }

    /** {@code PJRT_Event_IsReady_Args}. */
    static final class EventIsReady {
        static final int STRUCT_SIZE = 32;
        static final int EVENT = 16;
        static final int IS_READY = 24;

        private EventIsReady() {}
    }

    /** {@code PJRT_Event_Await_Args}. */
    static final class EventAwait {
        static final int STRUCT_SIZE = 24;
        static final int EVENT = 16;

        private EventAwait() {}
    }

    /** {@code PJRT_Client_Create_Args}. */
    static final class ClientCreate {
        static final int STRUCT_SIZE = 88;
        static final int CREATE_OPTIONS = 16;
        static final int NUM_OPTIONS = 24;
        static final int KV_GET_CALLBACK = 32;
        static final int KV_GET_USER_ARG = 40;
        static final int KV_PUT_CALLBACK = 48;
        static final int KV_PUT_USER_ARG = 56;
        static final int CLIENT = 64;
        static final int KV_TRY_GET_CALLBACK = 72;
        static final int KV_TRY_GET_USER_ARG = 80;

        private ClientCreate() {}
    }

    /** {@code PJRT_Client_Destroy_Args}. */
    static final class ClientDestroy {
        static final int STRUCT_SIZE = 24;
        static final int CLIENT = 16;

        private ClientDestroy() {}
    }

    /** {@code PJRT_Client_PlatformName_Args}. */
    static final class ClientPlatformName {
        static final int STRUCT_SIZE = 40;
        static final int CLIENT = 16;
        static final int PLATFORM_NAME = 24;
        static final int PLATFORM_NAME_SIZE = 32;

        private ClientPlatformName() {}
    }

    /** {@code PJRT_Client_PlatformVersion_Args}. */
    static final class ClientPlatformVersion {
        static final int STRUCT_SIZE = 40;
        static final int CLIENT = 16;
        static final int PLATFORM_VERSION = 24;
        static final int PLATFORM_VERSION_SIZE = 32;

        private ClientPlatformVersion() {}
    }

    /** {@code PJRT_Client_AddressableDevices_Args}. */
    static final class ClientAddressableDevices {
        static final int STRUCT_SIZE = 40;
        static final int CLIENT = 16;
        static final int ADDRESSABLE_DEVICES = 24;
        static final int NUM_ADDRESSABLE_DEVICES = 32;

        private ClientAddressableDevices() {}
    }

    /** {@code PJRT_Program}. */
    static final class Program {
        static final int STRUCT_SIZE = 48;
        static final int CODE = 16;
        static final int CODE_SIZE = 24;
        static final int FORMAT = 32;
        static final int FORMAT_SIZE = 40;

        private Program() {}
    }

    /** {@code PJRT_Client_Compile_Args}. */
    static final class ClientCompile {
        static final int STRUCT_SIZE = 56;
        static final int CLIENT = 16;
        static final int PROGRAM = 24;
        static final int COMPILE_OPTIONS = 32;
        static final int COMPILE_OPTIONS_SIZE = 40;
        static final int EXECUTABLE = 48;

        private ClientCompile() {}
    }

    /** {@code PJRT_Client_DmaMap_Args}. */
    static final class ClientDmaMap {
        static final int STRUCT_SIZE = 40;
        static final int CLIENT = 16;
        static final int DATA = 24;
        static final int SIZE = 32;

        private ClientDmaMap() {}
    }

    /** {@code PJRT_Client_DmaUnmap_Args}. */
    static final class ClientDmaUnmap {
        static final int STRUCT_SIZE = 32;
        static final int CLIENT = 16;
        static final int DATA = 24;

        private ClientDmaUnmap() {}
    }

    /** {@code PJRT_Client_BufferFromHostBuffer_Args}. */
    static final class ClientBufferFromHostBuffer {
        static final int STRUCT_SIZE = 120;
        static final int CLIENT = 16;
        static final int DATA = 24;
        static final int TYPE = 32;
        static final int DIMS = 40;
        static final int NUM_DIMS = 48;
        static final int BYTE_STRIDES = 56;
        static final int NUM_BYTE_STRIDES = 64;
        static final int HOST_BUFFER_SEMANTICS = 72;
        static final int DEVICE = 80;
        static final int MEMORY = 88;
        static final int DEVICE_LAYOUT = 96;
        static final int DONE_WITH_HOST_BUFFER = 104;
        static final int BUFFER = 112;

        private ClientBufferFromHostBuffer() {}
    }

    /** {@code PJRT_DeviceDescription_Id_Args}. */
    static final class DeviceDescriptionId {
        static final int STRUCT_SIZE = 32;
        static final int DEVICE_DESCRIPTION = 16;
        static final int ID = 24;

        private DeviceDescriptionId() {}
    }

    /** {@code PJRT_DeviceDescription_Kind_Args}. */
    static final class DeviceDescriptionKind {
        static final int STRUCT_SIZE = 40;
        static final int DEVICE_DESCRIPTION = 16;
        static final int DEVICE_KIND = 24;
        static final int DEVICE_KIND_SIZE = 32;

        private DeviceDescriptionKind() {}
    }

    /** {@code PJRT_Device_GetDescription_Args}. */
    static final class DeviceGetDescription {
        static final int STRUCT_SIZE = 32;
        static final int DEVICE = 16;
        static final int DEVICE_DESCRIPTION = 24;

        private DeviceGetDescription() {}
    }

    /** {@code PJRT_Device_LocalHardwareId_Args}. */
    static final class DeviceLocalHardwareId {
        static final int STRUCT_SIZE = 32;
        static final int DEVICE = 16;
        static final int LOCAL_HARDWARE_ID = 24;

        private DeviceLocalHardwareId() {}
    }

    /** {@code PJRT_Device_MemoryStats_Args}. */
    static final class DeviceMemoryStats {
        static final int STRUCT_SIZE = 192;
        static final int DEVICE = 16;
        static final int BYTES_IN_USE = 24;
        static final int PEAK_BYTES_IN_USE = 32;
        static final int PEAK_BYTES_IN_USE_IS_SET = 40;
        static final int NUM_ALLOCS = 48;
        static final int NUM_ALLOCS_IS_SET = 56;
        static final int LARGEST_ALLOC_SIZE = 64;
        static final int LARGEST_ALLOC_SIZE_IS_SET = 72;
        static final int BYTES_LIMIT = 80;
        static final int BYTES_LIMIT_IS_SET = 88;
        static final int BYTES_RESERVED = 96;
        static final int BYTES_RESERVED_IS_SET = 104;
        static final int PEAK_BYTES_RESERVED = 112;
        static final int PEAK_BYTES_RESERVED_IS_SET = 120;
        static final int BYTES_RESERVABLE_LIMIT = 128;
        static final int BYTES_RESERVABLE_LIMIT_IS_SET = 136;
        static final int LARGEST_FREE_BLOCK_BYTES = 144;
        static final int LARGEST_FREE_BLOCK_BYTES_IS_SET = 152;
        static final int POOL_BYTES = 160;
        static final int POOL_BYTES_IS_SET = 168;
        static final int PEAK_POOL_BYTES = 176;
        static final int PEAK_POOL_BYTES_IS_SET = 184;

        private DeviceMemoryStats() {}
    }

    /** {@code PJRT_Executable_Destroy_Args}. */
    static final class ExecutableDestroy {
        static final int STRUCT_SIZE = 24;
        static final int EXECUTABLE = 16;

        private ExecutableDestroy() {}
    }

    /** {@code PJRT_LoadedExecutable_Destroy_Args}. */
    static final class LoadedExecutableDestroy {
        static final int STRUCT_SIZE = 24;
        static final int EXECUTABLE = 16;

        private LoadedExecutableDestroy() {}
    }

    /** {@code PJRT_LoadedExecutable_GetExecutable_Args}. */
    static final class LoadedExecutableGetExecutable {
        static final int STRUCT_SIZE = 32;
        static final int LOADED_EXECUTABLE = 16;
        static final int EXECUTABLE = 24;

        private LoadedExecutableGetExecutable() {}
    }

    /** {@code PJRT_ExecuteOptions}. */
    static final class ExecuteOptions {
        static final int STRUCT_SIZE = 112;
        static final int SEND_CALLBACKS = 16;
        static final int RECV_CALLBACKS = 24;
        static final int NUM_SEND_OPS = 32;
        static final int NUM_RECV_OPS = 40;
        static final int LAUNCH_ID = 48;
        static final int NON_DONATABLE_INPUT_INDICES = 56;
        static final int NUM_NON_DONATABLE_INPUT_INDICES = 64;
        static final int CONTEXT = 72;
        static final int CALL_LOCATION = 80;
        static final int NUM_TASKS = 88;
        static final int TASK_IDS = 96;
        static final int INCARNATION_IDS = 104;

        private ExecuteOptions() {}
    }

    /** {@code PJRT_LoadedExecutable_Execute_Args}. */
    static final class LoadedExecutableExecute {
        static final int STRUCT_SIZE = 80;
        static final int EXECUTABLE = 16;
        static final int OPTIONS = 24;
        static final int ARGUMENT_LISTS = 32;
        static final int NUM_DEVICES = 40;
        static final int NUM_ARGS = 48;
        static final int OUTPUT_LISTS = 56;
        static final int DEVICE_COMPLETE_EVENTS = 64;
        static final int EXECUTE_DEVICE = 72;

        private LoadedExecutableExecute() {}
    }

    /** {@code PJRT_Executable_NumOutputs_Args}. */
    static final class ExecutableNumOutputs {
        static final int STRUCT_SIZE = 32;
        static final int EXECUTABLE = 16;
        static final int NUM_OUTPUTS = 24;

        private ExecutableNumOutputs() {}
    }

    /** {@code PJRT_Executable_OutputElementTypes_Args}. */
    static final class ExecutableOutputElementTypes {
        static final int STRUCT_SIZE = 40;
        static final int EXECUTABLE = 16;
        static final int OUTPUT_TYPES = 24;
        static final int NUM_OUTPUT_TYPES = 32;

        private ExecutableOutputElementTypes() {}
    }

    /** {@code PJRT_Executable_OutputDimensions_Args}. */
    static final class ExecutableOutputDimensions {
        static final int STRUCT_SIZE = 48;
        static final int EXECUTABLE = 16;
        static final int NUM_OUTPUTS = 24;
        static final int DIMS = 32;
        static final int DIM_SIZES = 40;

        private ExecutableOutputDimensions() {}
    }

    /** {@code PJRT_Executable_GetCostAnalysis_Args}. */
    static final class ExecutableGetCostAnalysis {
        static final int STRUCT_SIZE = 40;
        static final int EXECUTABLE = 16;
        static final int NUM_PROPERTIES = 24;
        static final int PROPERTIES = 32;

        private ExecutableGetCostAnalysis() {}
    }

    /** {@code PJRT_Executable_GetCompiledMemoryStats_Args}. */
    static final class ExecutableGetCompiledMemoryStats {
        static final int STRUCT_SIZE = 112;
        static final int EXECUTABLE = 16;
        static final int GENERATED_CODE_SIZE_IN_BYTES = 24;
        static final int ARGUMENT_SIZE_IN_BYTES = 32;
        static final int OUTPUT_SIZE_IN_BYTES = 40;
        static final int ALIAS_SIZE_IN_BYTES = 48;
        static final int TEMP_SIZE_IN_BYTES = 56;
        static final int HOST_GENERATED_CODE_SIZE_IN_BYTES = 64;
        static final int HOST_ARGUMENT_SIZE_IN_BYTES = 72;
        static final int HOST_OUTPUT_SIZE_IN_BYTES = 80;
        static final int HOST_ALIAS_SIZE_IN_BYTES = 88;
        static final int HOST_TEMP_SIZE_IN_BYTES = 96;
        static final int PEAK_MEMORY_IN_BYTES = 104;

        private ExecutableGetCompiledMemoryStats() {}
    }

    /** {@code PJRT_Executable_Serialize_Args}. */
    static final class ExecutableSerialize {
        static final int STRUCT_SIZE = 56;
        static final int EXECUTABLE = 16;
        static final int SERIALIZED_BYTES = 24;
        static final int SERIALIZED_BYTES_SIZE = 32;
        static final int SERIALIZED_EXECUTABLE = 40;
        static final int SERIALIZED_EXECUTABLE_DELETER = 48;

        private ExecutableSerialize() {}
    }

    /** {@code PJRT_Executable_DeserializeAndLoad_Args}. */
    static final class ExecutableDeserializeAndLoad {
        static final int STRUCT_SIZE = 64;
        static final int CLIENT = 16;
        static final int SERIALIZED_EXECUTABLE = 24;
        static final int SERIALIZED_EXECUTABLE_SIZE = 32;
        static final int LOADED_EXECUTABLE = 40;
        static final int OVERRIDDEN_SERIALIZED_COMPILE_OPTIONS = 48;
        static final int OVERRIDDEN_SERIALIZED_COMPILE_OPTIONS_SIZE = 56;

        private ExecutableDeserializeAndLoad() {}
    }

    /** {@code PJRT_Buffer_Destroy_Args}. */
    static final class BufferDestroy {
        static final int STRUCT_SIZE = 24;
        static final int BUFFER = 16;

        private BufferDestroy() {}
    }

    /** {@code PJRT_Buffer_ElementType_Args}. */
    static final class BufferElementType {
        static final int STRUCT_SIZE = 32;
        static final int BUFFER = 16;
        static final int TYPE = 24;

        private BufferElementType() {}
    }

    /** {@code PJRT_Buffer_Dimensions_Args}. */
    static final class BufferDimensions {
        static final int STRUCT_SIZE = 40;
        static final int BUFFER = 16;
        static final int DIMS = 24;
        static final int NUM_DIMS = 32;

        private BufferDimensions() {}
    }

    /** {@code PJRT_Buffer_ToHostBuffer_Args}. */
    static final class BufferToHostBuffer {
        static final int STRUCT_SIZE = 56;
        static final int SRC = 16;
        static final int HOST_LAYOUT = 24;
        static final int DST = 32;
        static final int DST_SIZE = 40;
        static final int EVENT = 48;

        private BufferToHostBuffer() {}
    }

    /** {@code PJRT_Buffer_OnDeviceSizeInBytes_Args}. */
    static final class BufferOnDeviceSizeInBytes {
        static final int STRUCT_SIZE = 32;
        static final int BUFFER = 16;
        static final int ON_DEVICE_SIZE_IN_BYTES = 24;

        private BufferOnDeviceSizeInBytes() {}
    }

    /** {@code PJRT_Buffer_IsOnCpu_Args}. */
    static final class BufferIsOnCpu {
        static final int STRUCT_SIZE = 32;
        static final int BUFFER = 16;
        static final int IS_ON_CPU = 24;

        private BufferIsOnCpu() {}
    }

    /** {@code PJRT_Buffer_ReadyEvent_Args}. */
    static final class BufferReadyEvent {
        static final int STRUCT_SIZE = 32;
        static final int BUFFER = 16;
        static final int EVENT = 24;

        private BufferReadyEvent() {}
    }

    /** {@code PJRT_Buffer_UnsafePointer_Args}. */
    static final class BufferUnsafePointer {
        static final int STRUCT_SIZE = 32;
        static final int BUFFER = 16;
        static final int BUFFER_POINTER = 24;

        private BufferUnsafePointer() {}
    }
}
