package io.kiln.pjrt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program that lays out the C API from the header that a plugin's wheel carries. Its output is committed; {@code TestHeader} runs it
 * again on the installed plugin's header and compares. To write it anew:
 *
 * <pre>java jit-core/src/test/java/io/kiln/pjrt/HeaderGenerator.java pjrt_c_api.h jit-core/src/main/java/io/kiln/pjrt</pre>
 */
final class HeaderGenerator {
    /** The structs that Kiln fills in or reads. */
    private static final List<String> STRUCTS = List.of(
            "PJRT_Api_Version",
            "PJRT_Error_Destroy_Args",
            "PJRT_Error_Message_Args",
            "PJRT_Error_GetCode_Args",
            "PJRT_NamedValue",
            "PJRT_Plugin_Initialize_Args",
            "PJRT_Plugin_Attributes_Args",
            "PJRT_Event_Destroy_Args",
            "PJRT_Event_IsReady_Args",
            "PJRT_Event_Await_Args",
            "PJRT_Client_Create_Args",
            "PJRT_Client_Destroy_Args",
            "PJRT_Client_PlatformName_Args",
            "PJRT_Client_PlatformVersion_Args",
            "PJRT_Client_AddressableDevices_Args",
            "PJRT_Program",
            "PJRT_Client_Compile_Args",
            "PJRT_Client_DmaMap_Args",
            "PJRT_Client_DmaUnmap_Args",
            "PJRT_Client_BufferFromHostBuffer_Args",
            "PJRT_DeviceDescription_Id_Args",
            "PJRT_DeviceDescription_Kind_Args",
            "PJRT_Device_GetDescription_Args",
            "PJRT_Device_LocalHardwareId_Args",
            "PJRT_Device_MemoryStats_Args",
            "PJRT_Executable_Destroy_Args",
            "PJRT_LoadedExecutable_Destroy_Args",
            "PJRT_LoadedExecutable_GetExecutable_Args",
            "PJRT_ExecuteOptions",
            "PJRT_LoadedExecutable_Execute_Args",
            "PJRT_Executable_NumOutputs_Args",
            "PJRT_Executable_OutputElementTypes_Args",
            "PJRT_Executable_OutputDimensions_Args",
            "PJRT_Executable_GetCostAnalysis_Args",
            "PJRT_Executable_GetCompiledMemoryStats_Args",
            "PJRT_Executable_Serialize_Args",
            "PJRT_Executable_DeserializeAndLoad_Args",
            "PJRT_Buffer_Destroy_Args",
            "PJRT_Buffer_ElementType_Args",
            "PJRT_Buffer_Dimensions_Args",
            "PJRT_Buffer_ToHostBuffer_Args",
            "PJRT_Buffer_OnDeviceSizeInBytes_Args",
            "PJRT_Buffer_IsOnCpu_Args",
            "PJRT_Buffer_ReadyEvent_Args",
            "PJRT_Buffer_UnsafePointer_Args");

    private static final Pattern SLOT = Pattern.compile("_PJRT_API_STRUCT_FIELD\\((PJRT_\\w+)\\);");
    private static final Pattern FUNCTION_POINTER = Pattern.compile("\\(\\s*\\*\\s*(\\w+)\\s*\\)");
    private static final Pattern LAST_WORD = Pattern.compile("(\\w+)$");

    private final String header;
    private final String version;

    private HeaderGenerator(String text) {
        header = text.replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("//[^\n]*", " ");
        version = number("PJRT_API_MAJOR") + "." + number("PJRT_API_MINOR");
    }

    /** The generated sources, by file name. */
    static Map<String, String> generate(String headerText) {
        HeaderGenerator g = new HeaderGenerator(headerText);
        Map<String, String> files = new LinkedHashMap<>();
        files.put("PjrtFunction.java", g.functions());
        files.put("PjrtStructs.java", g.structs());
        files.put("PjrtType.java", g.enumeration("PjrtType", "PJRT_Buffer_Type", "The element types of a buffer"));
        files.put(
                "PjrtErrorCode.java",
                g.enumeration("PjrtErrorCode", "PJRT_Error_Code", "The status codes of an error"));
        return files;
    }

    /** Writes the sources of the header {@code args[0]} into the folder {@code args[1]}. */
    public static void main(String[] args) throws IOException {
        for (Map.Entry<String, String> file :
                generate(Files.readString(Path.of(args[0]))).entrySet()) {
            Files.writeString(Path.of(args[1]).resolve(file.getKey()), file.getValue());
        }
    }

    private String head(String doc) {
        return """
                package io.kiln.pjrt;

                /** %s of PJRT C API %s; written by HeaderGenerator from pjrt_c_api.h, not by hand. */
                """.formatted(doc, version);
    }

    private String functions() {
        StringBuilder out = new StringBuilder(head("The functions")).append("enum PjrtFunction {\n");
        List<String> slots = SLOT.matcher(header).results().map(m -> m.group(1)).toList();
        // size_t struct_size, a pointer, and PJRT_Api_Version by value come first.
        int offset = 16 + layout("PJRT_Api_Version").size();
        for (int i = 0; i < slots.size(); i++) {
            String name = slots.get(i);
            out.append("    ").append(constant(name.substring("PJRT_".length())));
            out.append("(\"").append(name).append("\", ").append(offset + 8 * i);
            out.append(i + 1 < slots.size() ? "),\n" : ");\n");
        }
        return out.append("""

                    private final String symbol;
                    private final int offset;

                    PjrtFunction(String symbol, int offset) {
                        this.symbol = symbol;
                        this.offset = offset;
                    }

                    /** Its offset in bytes in {@code PJRT_Api}. */
                    int offset() {
                        return offset;
                    }

                    /** Its name in the header. */
                    @Override
                    public String toString() {
                        return symbol;
                    }
                }
                """).toString();
    }

    private String structs() {
        StringBuilder out = new StringBuilder(head("Sizes and field offsets of the structs"));
        out.append("final class PjrtStructs {\n");
        out.append("    static final int API_MAJOR = ")
                .append(number("PJRT_API_MAJOR"))
                .append(";\n");
        out.append("    static final int API_MINOR = ")
                .append(number("PJRT_API_MINOR"))
                .append(";\n\n");
        constants(out, "PJRT_NamedValue_Type", "PJRT_NamedValue_k", "VALUE_");
        constants(out, "PJRT_HostBufferSemantics", "PJRT_HostBufferSemantics_k", "SEMANTICS_");
        out.append("    private PjrtStructs() {}\n");
        for (String name : STRUCTS) {
            Layout layout = layout(name);
            String simple =
                    name.substring("PJRT_".length()).replaceAll("_Args$", "").replace("_", "");
            out.append("\n    /** {@code ").append(name).append("}. */\n");
            out.append("    static final class ").append(simple).append(" {\n");
            out.append("        static final int STRUCT_SIZE = ")
                    .append(layout.size())
                    .append(";\n");
            layout.fields().forEach((field, offset) -> {
                if (offset >= 16) {
                    out.append("        static final int ").append(field.toUpperCase(Locale.ROOT));
                    out.append(" = ").append(offset).append(";\n");
                }
            });
            out.append("\n        private ").append(simple).append("() {}\n    }\n");
        }
        return out.append("}\n").toString();
    }

    private void constants(StringBuilder out, String cEnum, String cPrefix, String prefix) {
        enumConstants(cEnum)
                .forEach((name, value) -> out.append("    static final int ")
                        .append(prefix)
                        .append(constant(name.substring(cPrefix.length())))
                        .append(" = ")
                        .append(value)
                        .append(";\n"));
        out.append("\n");
    }

    private String enumeration(String javaName, String cEnum, String doc) {
        StringBuilder out = new StringBuilder(head(doc))
                .append("public enum ")
                .append(javaName)
                .append(" {\n");
        List<String> rows = new ArrayList<>();
        enumConstants(cEnum).forEach((name, value) -> {
            String simple = name.substring(cEnum.length() + 1);
            rows.add("    /** {@code " + name + "}. */\n    " + simple + "(" + value + ")");
        });
        out.append(String.join(",\n", rows)).append(";\n");
        return out.append("""

                    private final int code;

                    NAME(int code) {
                        this.code = code;
                    }

                    /** Its number in the C API. */
                    public int code() {
                        return code;
                    }

                    /** The constant with a number, or {@code otherwise}: a newer plugin may have more. */
                    static NAME of(int code, NAME otherwise) {
                        for (NAME each : values()) {
                            if (each.code == code) {
                                return each;
                            }
                        }
                        return otherwise;
                    }
                }
                """.replace("NAME", javaName)).toString();
    }

    private Map<String, Integer> enumConstants(String name) {
        Matcher body =
                Pattern.compile("typedef enum \\{([^}]*)\\}\\s*" + name + ";").matcher(header);
        require(body.find(), name);
        Map<String, Integer> constants = new LinkedHashMap<>();
        int next = 0;
        for (String item : body.group(1).split(",", -1)) {
            if (item.isBlank()) {
                continue;
            }
            String[] parts = item.strip().split("\\s*=\\s*", 2);
            next = parts.length == 2 ? Integer.parseInt(parts[1]) : next;
            constants.put(parts[0], next++);
        }
        return constants;
    }

    private record Layout(int size, int alignment, Map<String, Integer> fields) {}

    private Layout layout(String struct) {
        Matcher start = Pattern.compile("struct " + struct + "\\s*\\{").matcher(header);
        require(start.find(), struct);
        return layoutOf(body(start.end()), false);
    }

    /** The text up to the brace that closes the one before {@code from}. */
    private String body(int from) {
        int depth = 1;
        int at = from;
        for (; depth > 0; at++) {
            char c = header.charAt(at);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        }
        return header.substring(from, at - 1);
    }

    private Layout layoutOf(String body, boolean union) {
        Map<String, Integer> fields = new LinkedHashMap<>();
        int offset = 0;
        int alignment = 1;
        int largest = 0;
        for (String member : members(body)) {
            Layout inner = memberLayout(member);
            int at = union ? 0 : (offset + inner.alignment() - 1) / inner.alignment() * inner.alignment();
            inner.fields().forEach((field, inside) -> fields.put(field, at + inside));
            offset = at + inner.size();
            largest = Math.max(largest, inner.size());
            alignment = Math.max(alignment, inner.alignment());
        }
        int end = union ? largest : offset;
        return new Layout((end + alignment - 1) / alignment * alignment, alignment, fields);
    }

    /** The declarations of a struct's body: split at semicolons outside braces. */
    private static List<String> members(String body) {
        List<String> members = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < body.length(); i++) {
            char c = body.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == ';' && depth == 0) {
                members.add(body.substring(from, i).strip());
                from = i + 1;
            }
        }
        return members;
    }

    private Layout memberLayout(String member) {
        if (member.startsWith("union")) {
            return layoutOf(member.substring(member.indexOf('{') + 1, member.lastIndexOf('}')), true);
        }
        Matcher pointer = FUNCTION_POINTER.matcher(member);
        if (pointer.find()) {
            return scalar(pointer.group(1), 8);
        }
        MatchResult name = LAST_WORD.matcher(member).results().findFirst().orElseThrow();
        String type = member.substring(0, name.start()).strip();
        return scalar(name.group(1), size(type));
    }

    private static Layout scalar(String name, int size) {
        return new Layout(size, size, Map.of(name, 0));
    }

    /** Bytes of a scalar on the 64-bit targets that plugins are built for. */
    private int size(String type) {
        if (type.endsWith("*")
                || List.of("size_t", "int64_t", "uint64_t", "intptr_t", "uintptr_t")
                        .contains(type)) {
            return 8;
        }
        if (List.of("int", "float").contains(type) || header.contains("} " + type + ";")) {
            return 4;
        }
        if (type.equals("bool")) {
            return 1;
        }
        if (header.contains("typedef PJRT_Error* (*" + type + ")") || header.contains("typedef void (*" + type + ")")) {
            return 8;
        }
        throw new IllegalStateException("a field of type " + type + " has no known size");
    }

    private int number(String define) {
        Matcher m = Pattern.compile("#define " + define + " (\\d+)").matcher(header);
        require(m.find(), define);
        return Integer.parseInt(m.group(1));
    }

    private static void require(boolean found, String name) {
        if (!found) {
            throw new IllegalStateException("the header has no " + name);
        }
    }

    /** {@code Client_PlatformName} as {@code CLIENT_PLATFORM_NAME}. */
    private static String constant(String cName) {
        return cName.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }
}
