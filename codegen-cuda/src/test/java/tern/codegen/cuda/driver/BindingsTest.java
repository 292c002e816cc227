package tern.codegen.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.GpuException;

/// The bindings against cuda.h, where this machine has it, and what they do where there is no driver. None is called here.
class BindingsTest {

    /// @param symbol what the library calls it
    record Binding(String name, String symbol, FunctionDescriptor descriptor) {}

    private static List<Binding> bindings() throws ReflectiveOperationException {
        var found = new ArrayList<Binding>();
        for (Class<?> group : List.of(DeviceCalls.class, ModuleCalls.class, MemoryCalls.class, StreamCalls.class))
            for (Class<?> holder : group.getDeclaredClasses()) {
                var symbol = holder.getDeclaredField("SYMBOL");
                var descriptor = holder.getDeclaredField("DESCRIPTOR");
                found.add(new Binding(holder.getSimpleName(), (String) symbol.get(null), (FunctionDescriptor) descriptor.get(null)));
            }
        return found;
    }

    /// Of a toolkit, or of the one whose ptxas is on the PATH.
    private static Optional<Path> header() throws IOException {
        var places = new ArrayList<Path>();
        Path local = Path.of("/usr/local");
        if (Files.isDirectory(local))
            try (Stream<Path> files = Files.list(local)) {
                files.filter(f -> f.getFileName().toString().startsWith("cuda")).sorted().forEach(places::add);
            }
        for (String path : Optional.ofNullable(System.getenv("PATH")).orElse("").split(":")) {
            Path ptxas = Path.of(path, "ptxas");
            if (!path.isEmpty() && Files.isExecutable(ptxas)) places.add(ptxas.toRealPath().resolve("../.."));
        }
        return places.stream().map(p -> p.normalize().resolve("include/cuda.h")).filter(Files::isRegularFile).findFirst();
    }

    private static final Pattern DECLARATION = Pattern.compile("^CUresult CUDAAPI (\\w+)\\s*\\(([^)]*)\\);", Pattern.MULTILINE);
    private static final Pattern RENAMED = Pattern.compile("^\\s*#define (cu\\w+)\\s+(?:__CUDA_API_PT\\w+\\((\\w+)\\)|(cu\\w+))\\s*$", Pattern.MULTILINE);
    private static final Pattern TYPEDEF = Pattern.compile("^typedef ([\\w ]+?)(\\s*\\*\\s*|\\s+)(\\w+);", Pattern.MULTILINE);

    @Test
    void everyDescriptorIsTheHeadersDeclaration() throws Exception {
        Optional<Path> header = header();
        assumeTrue(header.isPresent(), "no cuda.h on this machine: the bindings were not compared");
        String text = Files.readString(header.orElseThrow());
        Map<String, String> declared = new TreeMap<>();
        for (Matcher m = DECLARATION.matcher(text); m.find();) declared.putIfAbsent(m.group(1), m.group(2));
        Map<String, String> renamed = new TreeMap<>();
        // The first one is that of a plain build; later ones are for the driver's own.
        for (Matcher m = RENAMED.matcher(text); m.find();) renamed.putIfAbsent(m.group(1), m.group(2) != null ? m.group(2) : m.group(3));
        for (Binding binding : bindings()) {
            assertThat(declared).as("in %s", header.get()).containsKey(binding.name());
            assertThat(binding.symbol()).as(binding.name()).isEqualTo(renamed.getOrDefault(binding.name(), binding.name()));
            String arguments = declared.get(binding.name()).strip();
            List<String> expected = arguments.equals("void") ? List.of()
                    : Stream.of(arguments.split(",")).map(a -> kind(a.strip(), text)).toList();
            assertThat(binding.descriptor().argumentLayouts().stream().map(BindingsTest::kind).toList())
                    .as("%s(%s)", binding.name(), arguments).isEqualTo(expected);
            assertThat(binding.descriptor().returnLayout().map(BindingsTest::kind)).contains("4 bytes");
        }
    }

    private static String kind(MemoryLayout layout) {
        return layout instanceof AddressLayout ? "pointer" : layout.byteSize() + " bytes";
    }

    /// Of a C declaration of an argument.
    private static String kind(String argument, String header) {
        if (argument.contains("*")) return "pointer";
        String type = argument.replaceFirst("\\bconst\\b", "").strip().replaceFirst("\\s*\\w+$", "").strip();
        return width(type, header);
    }

    private static String width(String type, String header) {
        switch (type) {
            case "int", "unsigned int", "cuuint32_t" -> {
                return "4 bytes";
            }
            case "size_t", "unsigned long long", "cuuint64_t" -> {
                return "8 bytes";
            }
            case "unsigned char" -> {
                return "1 bytes";
            }
            default -> {}
        }
        if (Pattern.compile("typedef enum \\w+ \\{[^}]*\\} " + type + ";").matcher(header).find()
                || header.contains("} " + type + ";") && header.contains("typedef enum " + type + "_enum"))
            return "4 bytes";
        for (Matcher m = TYPEDEF.matcher(header); m.find();)
            if (m.group(3).equals(type)) return m.group(2).contains("*") ? "pointer" : width(m.group(1).strip(), header);
        throw new AssertionError("cuda.h says nothing of '" + type + "'");
    }

    @Test
    void thereAreAllThatAreUsed() throws ReflectiveOperationException {
        assertThat(bindings()).hasSizeGreaterThan(55).extracting(Binding::name).doesNotHaveDuplicates()
                .contains("cuInit", "cuModuleLoadDataEx", "cuLaunchKernelEx", "cuGraphLaunch");
    }

    @Test
    void withoutADriverThatIsSaidAndNothingElseFails() {
        assumeFalse(Library.isPresent(), "there is a CUDA driver here");
        assertThat(CudaDriver.absence()).contains("no CUDA driver found");
        assertThat(CudaDriver.cards()).isEmpty();
        assertThatThrownBy(() -> CudaDriver.card(0)).isInstanceOf(GpuException.class)
                .hasMessage("cuInit: CUDA_ERROR_NO_DEVICE: no CUDA driver found");
        // Twice, and deep inside: the class of a holder must not be left broken.
        for (int i = 0; i < 2; i++)
            assertThatThrownBy(() -> MemoryCalls.cuMemFree(1)).isInstanceOf(GpuException.class)
                    .hasMessage("cuMemFree_v2: CUDA_ERROR_NOT_FOUND: no CUDA driver found");
    }
}
