package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.target.Targets;
import tern.runtime.generate.Generator;
import tern.runtime.model.BatchedDecoder;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Model.Placement;
import tern.runtime.sample.Sampling;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Sequences that are decoded together get the tokens that each gets alone, on one device and on several.
class BatchedDecoderTest {

    private static final int[] STARTS = {3, 141, 59};
    private static final int STEPS = 5;

    @TempDir
    private Path cache;

    private Model load(List<Device> devices, Arena arena) throws IOException {
        return load(devices, arena, 16);
    }

    private Model load(List<Device> devices, Arena arena, int context) throws IOException {
        GgufModel file = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
        List<Placement> placements = devices.stream()
                .map(one -> new Placement(one, new ScheduledLibrary(one, Breadth.packings(), ScheduleSource.NONE, kernel -> {})))
                .toList();
        return Model.load(placements, file, new Model.Settings(context, STARTS.length, Element.F32, 1, cache), arena, done -> {});
    }

    private List<List<Integer>> alone(Device device) throws IOException {
        var all = new ArrayList<List<Integer>>();
        try (Arena arena = Arena.ofShared()) {
            var generator = new Generator(load(List.of(device), arena), Sampling.GREEDY, arena);
            for (int start : STARTS) {
                generator.session().reset();
                var tokens = new ArrayList<Integer>();
                int token = start;
                for (int step = 0; step < STEPS; step++) {
                    token = generator.follow(token);
                    tokens.add(token);
                }
                all.add(tokens);
            }
        }
        return all;
    }

    private List<List<Integer>> together(List<Device> devices, int steps) throws IOException {
        var all = new ArrayList<List<Integer>>();
        for (int s = 0; s < STARTS.length; s++) all.add(new ArrayList<>());
        try (Arena arena = Arena.ofShared()) {
            BatchedDecoder sequences = load(devices, arena).batchedDecoder(STARTS.length);
            int[] tokens = STARTS.clone();
            for (int step = 0; step < steps; step++) {
                sequences.next(tokens);
                for (int s = 0; s < tokens.length; s++) all.get(s).add(tokens[s]);
            }
            assertThat(sequences.position()).isEqualTo(steps);
        }
        return all;
    }

    @Test
    void eachSequenceIsAsAlone() throws IOException {
        try (Device cpu = Devices.open("cpu", 1); Device other = Devices.open("cpu", 1); Device reference = Devices.open("reference", 1)) {
            List<List<Integer>> expected = alone(cpu);
            assertThat(together(List.of(cpu), STEPS)).isEqualTo(expected);
            assertThat(together(List.of(cpu, other), STEPS)).isEqualTo(expected);
            assertThat(together(List.of(reference), STEPS)).isEqualTo(expected);
        }
    }

    /// Sequences that begin one after the other, in slots from the last on.
    private List<List<Integer>> staggered(List<Device> devices, int steps) throws IOException {
        var all = new ArrayList<List<Integer>>();
        for (int s = 0; s < STARTS.length; s++) all.add(new ArrayList<>());
        try (Arena arena = Arena.ofShared()) {
            BatchedDecoder sequences = load(devices, arena).batchedDecoder(STARTS.length);
            for (int step = 0; step < steps; step++) {
                int running = Math.min(step + 1, STARTS.length);
                int[] slots = new int[running], tokens = new int[running];
                for (int s = 0; s < running; s++) {
                    slots[s] = STARTS.length - 1 - s;
                    tokens[s] = all.get(s).isEmpty() ? STARTS[s] : all.get(s).getLast();
                }
                sequences.next(slots, tokens);
                for (int s = 0; s < running; s++) all.get(s).add(tokens[s]);
            }
            assertThat(sequences.position(STARTS.length - 1)).isEqualTo(steps);
            assertThat(sequences.position(0)).isEqualTo(steps - STARTS.length + 1);
        }
        return all;
    }

    @Test
    void lengthsMayDiffer() throws IOException {
        try (Device cpu = Devices.open("cpu", 1); Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            List<List<Integer>> alone = alone(cpu), found = staggered(List.of(cpu), STEPS);
            for (int s = 0; s < STARTS.length; s++) assertThat(found.get(s)).isEqualTo(alone.get(s).subList(0, STEPS - s));
            List<List<Integer>> onCards = staggered(List.of(card, cpu), 3);
            for (int s = 0; s < STARTS.length; s++) assertThat(onCards.get(s)).isEqualTo(alone.get(s).subList(0, 3 - s));
        }
    }

    /// Over the end of a page, on two devices.
    @Test
    void sequencesThatBeginAlikeShareTheirPages() throws IOException {
        int common = 66, steps = 4;
        try (Device cpu = Devices.open("cpu", 1); Device other = Devices.open("cpu", 1); Arena arena = Arena.ofShared()) {
            BatchedDecoder apart = load(List.of(cpu), arena, 80).batchedDecoder(STARTS.length);
            List<Device> both = List.of(cpu, other);
            BatchedDecoder shared = load(both, arena, 80).batchedDecoder(STARTS.length);
            for (int i = 0; i < common + 2; i++) {
                apart.next(new int[] {i, i, i});
                shared.next(new int[] {2}, new int[] {i});
            }
            for (int s = 0; s < STARTS.length; s++) apart.rollback(s, common);
            assertThat(shared.freePages()).isEqualTo(4);
            shared.copy(2, 0, common);
            shared.copy(2, 1, common);
            shared.rollback(2, common);
            assertThat(shared.freePages()).as("pages that nobody has while three have the same").isEqualTo(4);
            int[] expected = STARTS.clone(), found = STARTS.clone();
            for (int step = 0; step < steps; step++) {
                apart.next(expected);
                shared.next(found);
                assertThat(found).as("step %d", step).isEqualTo(expected);
            }
            assertThat(shared.freePages()).as("with a second page each").isEqualTo(2);
            shared.rollback(2, 0);
            assertThat(shared.freePages()).as("the first page is still used").isEqualTo(3);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        try (Device cpu = Devices.open("cpu", 1); Arena arena = Arena.ofShared()) {
            Model model = load(List.of(cpu), arena);
            assertThatThrownBy(() -> model.batchedDecoder(4)).hasMessage("4 sequences, expected 1 to 3, the tokens of a batch");
            BatchedDecoder two = model.batchedDecoder(2);
            assertThatThrownBy(() -> two.next(STARTS)).hasMessage("3 tokens for 2 sequences");
            assertThatThrownBy(() -> two.next(new int[] {1, 1}, new int[2])).hasMessage("sequence 1 twice in a step");
            assertThatThrownBy(() -> two.next(new int[] {2}, new int[1])).hasMessage("sequence 2 of 2");
            for (int i = 0; i < 16; i++) two.next(new int[2]);
            assertThatThrownBy(() -> two.next(new int[2])).hasMessage("the context of 16 is full");
        }
    }
}
