package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.code.Feature;
import tern.ir.device.Proved;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.text.Source;

/// What is kept is served for its own program alone, and only while it is whole.
class CodeStoreTest {

    private static final String TEXT = """
            program fill source "fill.tir"
              out y: i32[1]
            {
              y[0] = %d
            }
            """;

    @TempDir
    Path cache;

    private static final Set<Feature> FEATURES = EnumSet.copyOf(Feature.NEEDED);

    private static Program program(int value) {
        return LoopParser.parse(new Source("fill", TEXT.formatted(value)));
    }

    private CodeStore store(String generation) {
        return CodeStore.in(cache, generation).orElseThrow();
    }

    private static MachineCode emitted(Program program) {
        return MachineEmitter.emit(Proved.of(program), FEATURES);
    }

    @Test
    void servesItsOwnProgramOnly() {
        MachineCode code = emitted(program(7));
        store("a").keep(code, FEATURES);
        MachineCode kept = store("a").find(program(7), FEATURES, () -> "listing").orElseThrow();
        assertThat(kept.bytes()).isEqualTo(code.bytes());
        assertThat(kept.phases()).isEqualTo(code.phases());
        assertThat(kept.frame()).isEqualTo(code.frame());
        assertThat(store("a").find(program(8), FEATURES, () -> "")).isEmpty();
        assertThat(store("b").find(program(7), FEATURES, () -> "")).isEmpty();
        assertThat(store("a").find(program(7), Set.of(Feature.AVX2), () -> "")).isEmpty();
    }

    @Test
    void aDamagedFileIsNone() throws IOException {
        store("a").keep(emitted(program(7)), FEATURES);
        Path file;
        try (var files = Files.list(cache.resolve("code"))) {
            file = files.toList().getFirst();
        }
        byte[] whole = Files.readAllBytes(file);
        for (int length : List.of(0, 1, whole.length / 2, whole.length - 1)) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(store("a").find(program(7), FEATURES, () -> "")).isEmpty();
        }
        whole[whole.length - 1] ^= 1;
        Files.write(file, whole);
        assertThat(store("a").find(program(7), FEATURES, () -> "")).isEmpty();
    }

    @Test
    void aFolderThatOthersMayWriteIsNotTrusted() throws IOException {
        store("a");
        Path folder = cache.resolve("code");
        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(CodeStore.in(cache, "a")).isEmpty();
    }
}
