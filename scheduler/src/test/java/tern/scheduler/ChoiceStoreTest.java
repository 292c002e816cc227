package tern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.reference.ReferenceDevice;
import tern.ir.store.Store;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.ScheduleSource.Tuned;

class ChoiceStoreTest {

    private static final Tir LIBRARY = Tir.library();
    private static final List<Packing> PACKINGS = List.of(LIBRARY.packing("i2_s"), LIBRARY.packing("tq2_0"));

    @TempDir
    Path folder;

    private static Use use(int m) {
        return new Use("use", LIBRARY.kernel("bitlinear"), m, 256, 8, 1);
    }

    private Choice plan(Use use) {
        try (var device = new ReferenceDevice()) {
            return new ScheduledLibrary(device, PACKINGS, ScheduleSource.NONE, _ -> {}, folder).plan(List.of(use)).choices().get("use");
        }
    }

    private ChoiceStore store(List<Packing> packings) {
        return new ChoiceStore(folder, new ReferenceDevice(), packings);
    }

    @Test
    void whatWasChosenIsFoundForThisUseAndThesePackingsOnly() {
        Choice chosen = plan(use(16));
        Tuned tuned = new Tuned(chosen.packing(), chosen.step().schedule(), chosen.batch().schedule());
        assertThat(store(PACKINGS).find(use(16))).hasValue(tuned);
        assertThat(store(PACKINGS).find(use(32))).isEmpty();
        assertThat(store(PACKINGS.subList(0, 1)).find(use(16))).isEmpty();
    }

    /// Not the cost model's choice, so that it shows whose it is.
    @Test
    void whatIsKeptIsTaken() {
        Choice chosen = plan(use(16));
        Packing other = PACKINGS.stream().filter(one -> !one.equals(chosen.packing())).findFirst().orElseThrow();
        Choice others = new ScheduledLibrary(new ReferenceDevice(), List.of(other), ScheduleSource.NONE, _ -> {}).plan(List.of(use(16))).choices().get("use");
        store(PACKINGS).keep(use(16), new Tuned(other, others.step().schedule(), others.batch().schedule()));
        assertThat(plan(use(16)).packing()).isEqualTo(other);
    }

    @Test
    void aDamagedFileIsChosenAnew() throws IOException {
        Choice chosen = plan(use(16));
        var files = new ArrayList<>(Store.in(folder));
        assertThat(files).hasSize(1);
        Path file = files.getFirst().file();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(store(PACKINGS).find(use(16))).isEmpty();
        assertThat(plan(use(16)).packing()).isEqualTo(chosen.packing());
        assertThat(store(PACKINGS).find(use(16))).isPresent();
    }

    @Test
    void aPackingOfTheSameNameWithAnotherCodecGetsNothing() {
        Packing one = LIBRARY.packing("two_r256");
        Packing other = Tir.parse(new Source("other", Printer.printWithCodecs(one).replace("map(-1, 0, 1, _)", "map(1, 0, -1, _)"))).packings().getFirst();
        assertThat(other.name()).isEqualTo(one.name());
        assertThat(other).isNotEqualTo(one);
        var schedule = new Schedule.Vector("bitlinear", one.name(), Schedule.Strategy.DECODE, 16, 1, 1, 16, 1, false);
        var tuned = new Tuned(one, schedule, schedule);
        store(List.of(one)).keep(use(16), tuned);
        assertThat(store(List.of(one)).find(use(16))).hasValue(tuned);
        assertThat(store(List.of(other)).find(use(16))).isEmpty();
    }
}
