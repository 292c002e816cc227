package tern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.ScheduleSource.Tuned;

class ChoiceStoreTest {

    @TempDir
    Path folder;

    @Test
    void aPackingOfTheSameNameWithAnotherCodecGetsNothing() {
        Packing one = Tir.library().packing("two_r256");
        Packing other = Tir.parse(new Source("other", Printer.printWithCodecs(one).replace("map(-1, 0, 1, _)", "map(1, 0, -1, _)")), null).packings().getFirst();
        var use = new Use("one", Tir.library().kernel("bitlinear"), 64, 90, 4, 1);
        Schedule schedule = new Schedule.Vector("bitlinear", one.name(), Strategy.DECODE, 16, 1, 1, 16, 1, false);
        var device = new ReferenceDevice();
        new ChoiceStore(folder, device, List.of(one)).keep(use, new Tuned(one, schedule, schedule));
        assertThat(new ChoiceStore(folder, device, List.of(one)).find(use)).hasValue(new Tuned(one, schedule, schedule));
        assertThat(other.name()).isEqualTo(one.name());
        assertThat(new ChoiceStore(folder, device, List.of(other)).find(use)).isEmpty();
    }
}
