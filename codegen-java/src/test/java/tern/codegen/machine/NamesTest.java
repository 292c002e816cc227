package tern.codegen.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What tools from outside see of code and memory.
@EnabledOnOs(OS.LINUX)
class NamesTest {

    /// Systems before Linux 5.17, and those built without such names, refuse; then there is none.
    @Test
    void aMappingHasTheNameThatTheSystemTook() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(3 * 4096, 4096).asSlice(0, 4096);
            boolean named = Names.mapping(memory, "a$kernel");
            assertThat(Files.readString(Path.of("/proc/self/maps")).contains("[anon:tern a_kernel]")).isEqualTo(named);
        }
    }

    @Test
    void aLineOfPerfsMapIsHexadecimal() {
        assertThat(Names.line(0x7f00_1234_5640L, 255, "gemv/1")).isEqualTo("7f0012345640 ff gemv/1\n");
    }
}
