package tern.scheduler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CodeDigest;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.StartTimes;
import tern.ir.loop.Program;
import tern.ir.store.Kind;
import tern.ir.store.Store;
import tern.ir.text.IrException;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.ScheduleSource.Tuned;

/// What the cost model chose, on disk: under the use, the packings to choose from, the target, and a digest of all code that has a say. It
/// holds names and texts only; what they mean is lowered and checked as ever.
final class ChoiceStore {

    private final Store store;
    private final String circumstances, target;
    private final List<Packing> packings;

    ChoiceStore(Path folder, Device device, List<Packing> packings) {
        this.store = new Store(folder, Kind.CHOICE);
        this.packings = packings;
        target = device.target().name();
        try (var _ = StartTimes.part("kept choices")) {
            String printed = packings.equals(Tir.library().allPackings()) ? OfLibrary.TEXT : printed(packings);
            circumstances = device.generation() + "-" + CodeDigest.of(ScheduledLibrary.class, Program.class) + "\n" + device.target() + "\n" + printed;
        }
    }

    private static String printed(List<Packing> packings) {
        return packings.stream().map(Printer::printWithCodecs).collect(Collectors.joining("\n"));
    }

    /// The packings that come with Tern; long, and needed at each start.
    private static final class OfLibrary {
        static final String TEXT = printed(Tir.library().allPackings());
    }

    /// Reads and prints the packings that come with Tern, where there is time for it before they are asked for.
    static void prepare() {
        Objects.requireNonNull(OfLibrary.TEXT);
    }

    private String key(Use use) {
        return circumstances + "\n" + use.m() + " " + use.k() + " " + use.maxTokens() + "\n" + Printer.print(use.kernel());
    }

    Optional<Tuned> find(Use use) {
        try (var _ = StartTimes.part("kept choices")) {
            return store.find(key(use)).flatMap(bytes -> read(use, new String(bytes, StandardCharsets.UTF_8).split("\0", -1)));
        }
    }

    private Optional<Tuned> read(Use use, String[] texts) {
        try {
            for (Packing packing : packings)
                if (texts.length == 3 && packing.name().equals(texts[0]))
                    return Optional.of(new Tuned(packing, schedule(use, packing, texts[1]), schedule(use, packing, texts[2])));
        } catch (IrException | IllegalArgumentException e) {
            // A kernel or packing that is not the library's: chosen anew.
        }
        return Optional.empty();
    }

    private static Schedule schedule(Use use, Packing packing, String text) {
        List<Tir.Planned> found = Tir.parse(new Source("plan", text)).schedules();
        if (found.size() != 1) throw new IllegalArgumentException("no schedule");
        Schedule schedule = found.getFirst().schedule();
        if (!schedule.kernel().equals(use.kernel().name()) || !schedule.packing().equals(packing.name()))
            throw new IllegalArgumentException("another's schedule");
        return schedule;
    }

    /// A folder that cannot be written costs time, no more.
    void keep(Use use, Tuned chosen) {
        String text = String.join("\0",
                chosen.packing().name(), Printer.print(target, chosen.step()), Printer.print(target, chosen.batch()));
        try {
            store.keep(key(use), text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Chosen anew next time.
        }
    }
}
