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
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.generate.Generator;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Lockstep;
import tern.runtime.model.Model;
import tern.runtime.model.Model.Place;
import tern.runtime.sample.Sampling;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Sequences that are decoded together get the tokens that each gets alone, on one device and on several.
class LockstepTest {

    private static final int[] STARTS = {3, 141, 59};
    private static final int STEPS = 5;

    @TempDir
    private Path cache;

    private Model load(List<Device> devices, Arena arena) throws IOException {
        GgufModel file = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
        List<Place> places = devices.stream()
                .map(one -> new Place(one, new ScheduledLibrary(one, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {})))
                .toList();
        return Model.load(places, file, new Model.Settings(16, STARTS.length, Element.F32, 1, cache), arena, done -> {});
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

    private List<List<Integer>> together(List<Device> devices) throws IOException {
        var all = new ArrayList<List<Integer>>();
        for (int s = 0; s < STARTS.length; s++) all.add(new ArrayList<>());
        try (Arena arena = Arena.ofShared()) {
            Lockstep sequences = load(devices, arena).lockstep(STARTS.length);
            int[] tokens = STARTS.clone();
            for (int step = 0; step < STEPS; step++) {
                sequences.next(tokens);
                for (int s = 0; s < tokens.length; s++) all.get(s).add(tokens[s]);
            }
            assertThat(sequences.position()).isEqualTo(STEPS);
        }
        return all;
    }

    @Test
    void eachSequenceIsAsAlone() throws IOException {
        try (Device cpu = Devices.open("cpu", 1); Device other = Devices.open("cpu", 1); Device reference = Devices.open("reference", 1)) {
            List<List<Integer>> expected = alone(cpu);
            assertThat(together(List.of(cpu))).isEqualTo(expected);
            assertThat(together(List.of(cpu, other))).isEqualTo(expected);
            assertThat(together(List.of(reference))).isEqualTo(expected);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        try (Device cpu = Devices.open("cpu", 1); Arena arena = Arena.ofShared()) {
            Model model = load(List.of(cpu), arena);
            assertThatThrownBy(() -> model.lockstep(4)).hasMessage("4 sequences, expected 1 to 3, the tokens of a batch");
            Lockstep two = model.lockstep(2);
            assertThatThrownBy(() -> two.next(STARTS)).hasMessage("3 tokens for 2 sequences");
            for (int i = 0; i < 16; i++) two.next(new int[2]);
            assertThatThrownBy(() -> two.next(new int[2])).hasMessage("the context of 16 is full");
        }
    }
}
