package tern.ir.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CoreTest {

    /// What is chosen for a target is kept under all that is known of it: two processes must write it alike.
    @Test
    void costs_are_in_the_order_of_their_kinds() {
        for (Core core : List.of(Core.ZEN3, Core.ZEN4, Core.GOLDEN_COVE, Core.GRACEMONT, Core.SKYLAKE, Core.NEOVERSE_N1, Core.FIRESTORM))
            assertThat(core.costs().keySet()).containsExactlyElementsOf(Stream.of(Core.Work.values()).filter(core.costs()::containsKey).toList());
    }
}
