package tern.codegen.jvm.export;

import com.palantir.javapoet.ClassName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.JavaCompilation;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.source.JavaText;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Proved;
import tern.ir.device.Sequence;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Runs programs as they are exported: each a class of its own, loaded where nothing of Tern is seen.
///
/// Source is collected first, since a compiler is slow to start: until [#compileAll], launches do nothing.
final class ExportedDevice implements Device {

    private final Path sources, classes;
    private final boolean fromSource;
    private final Target.Cpu target;
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Arena arena = Arena.ofShared();
    private @Nullable ClassLoader loader;

    ExportedDevice(Path folder, boolean fromSource, Target.Cpu target) throws IOException {
        this.fromSource = fromSource;
        this.target = target;
        String form = fromSource ? "/source/" : "/class/";
        this.sources = Files.createDirectories(folder.resolve("sources" + form + target.name() + "/kernels")).getParent();
        this.classes = Files.createDirectories(folder.resolve("classes" + form + target.name() + "/kernels")).getParent();
    }

    void compileAll() throws IOException {
        JavaCompilation.compile(sources, classes, classes.toString());
        loader = JavaCompilation.loader(classes);
    }

    /// Where the class files lie.
    Path classes() {
        return classes;
    }

    @Override
    public Target target() {
        return target;
    }

    @Override
    public Kernel compile(Program program) {
        String text = program.toString(), name = names.get(text);
        if (name == null) {
            name = "K" + names.size();
            write(name, program);
            names.put(text, name);
        }
        return new Exported(name, program);
    }

    private void write(String name, Program program) {
        var entries = List.of(new StandaloneEmitter.Entry("run", Proved.wrapping(program), "Runs."));
        var written = StandaloneClass.of(ClassName.get("kernels", name), entries, new Machine(target.vectorBits()), Map.of(), fromSource);
        if (loader != null) throw new IllegalStateException("a program that was not collected: " + program.name());
        try {
            if (!fromSource) Files.write(classes.resolve(StandaloneClass.path(written.bodies()) + ".class"), written.bytes());
            Files.writeString(sources.resolve("kernels/" + name + ".java"), JavaText.file("kernels", written.type().build()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Exported implements Kernel {
        private final String name;
        private final Program program;
        private @Nullable Method method;
        private final List<Object> tail = new ArrayList<>();

        Exported(String name, Program program) {
            this.name = name;
            this.program = program;
        }

        @Override
        public String name() {
            return program.name();
        }

        @Override
        public void launch(List<? extends Buffer> arguments, int n, int position) {
            ClassLoader found = loader;
            if (found == null) return;
            try {
                Class<?> type = Class.forName("kernels." + name, true, found);
                if (method == null) find(type);
                var all = new ArrayList<Object>();
                for (Buffer one : arguments) all.add(((Memory) one).all);
                int blocks = type.getField("RUN_BLOCKS").getInt(null);
                // In two parts, the later first: blocks may be done in any order.
                for (int[] part : new int[][] {{blocks / 2, blocks}, {0, blocks / 2}}) {
                    var passed = new ArrayList<>(all);
                    passed.addAll(tail);
                    passed.addAll(List.of(n, part[0], part[1]));
                    if (method != null) method.invoke(null, passed.toArray());
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(program.name(), e);
            }
        }

        /// The method with scratch, if there is any, and the range of blocks.
        private void find(Class<?> type) throws ReflectiveOperationException {
            if (Arrays.stream(type.getFields()).anyMatch(f -> f.getName().equals("RUN_SCRATCH_BYTES")))
                tail.add(arena.allocate(type.getField("RUN_SCRATCH_BYTES").getLong(null), 64));
            int count = program.parameters().size() + tail.size() + 3;
            method = Arrays.stream(type.getMethods()).filter(m -> m.getParameterCount() == count).findFirst().orElseThrow();
        }

        @Override
        public String listing() {
            return program.toString();
        }
    }

    /// @param all the bytes, and those after them that may be read
    private record Memory(MemorySegment all, long bytes) implements Buffer {
        @Override
        public Buffer slice(long offset, long count) {
            return new Memory(all.asSlice(offset), count);
        }

        @Override
        public void write(long offset, MemorySegment from) {
            MemorySegment.copy(from, 0, all, offset, from.byteSize());
        }

        @Override
        public void read(long offset, MemorySegment into) {
            MemorySegment.copy(all, offset, into, 0, into.byteSize());
        }
    }

    @Override
    public Buffer allocate(long bytes) {
        return new Memory(arena.allocate(bytes + Buf.SLACK, 64), bytes);
    }

    @Override
    public Buffer share(MemorySegment host) {
        Buffer copy = allocate(host.byteSize());
        copy.write(0, host);
        return copy;
    }

    @Override
    public Kernel compile(Op op) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void await() {}

    @Override
    public void close() {
        arena.close();
    }
}
