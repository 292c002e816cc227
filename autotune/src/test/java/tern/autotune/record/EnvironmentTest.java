package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tern.autotune.record.Environment.Difference;
import tern.ir.reference.ReferenceDevice;

class EnvironmentTest {

    private static final Environment ONE = new Environment("cpu Some Processor; cores 2; memory 24 GiB", "25", "abc", 2);

    @Test
    void everyPartThatDiffersIsNamed() {
        assertThat(ONE.differences(ONE)).isEmpty();
        assertThat(ONE.differences(new Environment("cpu Some Processor; cores 4; l2 1 MiB", "26", "abc", 1)))
                .containsExactly(
                        new Difference("cores", "2", "4"),
                        new Difference("memory", "24 GiB", ""),
                        new Difference("l2", "", "1 MiB"),
                        new Difference("jdk", "25", "26"),
                        new Difference("threads", "2", "1"));
    }

    @Test
    void whatHasNoPartsIsOne() {
        assertThat(ONE.differences(new Environment("reference", "25", "abd", 2)))
                .contains(new Difference("processor", "", "reference"), new Difference("generation", "abc", "abd"));
    }

    @Test
    void differencesOfAnySortAreSeen() {
        var odd = new Environment("cpu a; cpu b", "25", "abc", 2);
        assertThat(odd.differences(new Environment("cpu a; cpu c", "25", "abc", 2))).containsExactly(new Difference("cpu", "a; b", "a; c"));
    }

    @Test
    void theDeviceAndThisJvmMakeIt() {
        try (var device = new ReferenceDevice()) {
            Environment here = Environment.of(device, 3);
            assertThat(here.processor()).isEqualTo(device.fingerprint());
            assertThat(here.jdk()).startsWith(Runtime.version().toString());
            assertThat(here.generation()).matches("1-[0-9a-f]{16}");
            assertThat(here.threads()).isEqualTo(3);
            assertThat(here).isEqualTo(Environment.of(device, 3));
        }
    }
}
