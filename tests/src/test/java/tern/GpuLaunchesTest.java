package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Stage;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Launch;
import tern.ir.device.OpSignature;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// How many launches a token of 2B4T takes on an H200: a layer and the head in their real sizes, on a card that only counts.
class GpuLaunchesTest {

    private static final int HIDDEN = 2560, FFN = 6912, QKV = 3840, VOCABULARY = 128256, CONTEXT = 2048;

    /// What the card was asked to run.
    private final List<Gpu.Step> steps = new ArrayList<>();
    private long next = 1 << 20;

    /// A card without memory: each answer is as plain as it may be.
    private Gpu card() {
        return imagined(Gpu.class);
    }

    private <T> T imagined(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> switch (method.getName()) {
            case "numbers" -> new Simulator(Targets.H200).numbers();
            case "allocate" -> {
                next += (long) arguments[0] + 256;
                yield next - (long) arguments[0] - 256;
            }
            case "graph" -> {
                for (Object step : (List<?>) arguments[0]) steps.add((Gpu.Step) step);
                yield imagined(Gpu.Graph.class);
            }
            case "stream" -> imagined(Gpu.Stream.class);
            case "load" -> imagined(Gpu.Module.class);
            case "function" -> imagined(Gpu.Function.class);
            default -> null;
        }));
    }

    /// One layer, as the transformer gives it.
    private static List<Launch> layer(Device device, Plan plan) {
        Buffer x = device.allocate(4L * HIDDEN), q = device.allocate(FFN), scale = device.allocate(4), prepared = device.allocate(8L * FFN);
        Buffer qkv = device.allocate(4L * QKV), attended = device.allocate(4L * HIDDEN), ffn = device.allocate(4L * FFN);
        Buffer norm = device.allocate(4L * FFN), weights = device.allocate(1L << 24), scales = device.allocate(4L * FFN);
        var rope = new Op.RopeAppend(20, 5, 128, CONTEXT, 500000f, Op.RopePairs.HALVES, Element.BF16);
        Buffer keys = device.allocate(rope.layout().bytes()), values = device.allocate(rope.layout().bytes());
        Kernel normHidden = device.compile(new Op.NormQuantise(HIDDEN, 1e-5f)), normFfn = device.compile(new Op.NormQuantise(FFN, 1e-5f));
        var launches = new ArrayList<Launch>();
        launches.add(new Launch(normHidden, x, norm, q, scale));
        multiply(plan, "attn_qkv", launches, q, prepared, List.of(prepared, weights, scale, scales, qkv));
        launches.add(new Launch(device.compile(rope), qkv, keys, values));
        launches.add(new Launch(device.compile(new Op.Attention(20, 5, 128, CONTEXT, Element.BF16)), qkv, keys, values, attended));
        launches.add(new Launch(normHidden, attended, norm, q, scale));
        multiply(plan, "attn_output", launches, q, prepared, List.of(prepared, weights, scale, scales, x, x));
        launches.add(new Launch(normHidden, x, norm, q, scale));
        multiply(plan, "ffn_gate_up", launches, q, prepared, List.of(prepared, weights, weights, scale, scales, scales, ffn));
        launches.add(new Launch(normFfn, ffn, norm, q, scale));
        multiply(plan, "ffn_down", launches, q, prepared, List.of(prepared, weights, scale, scales, x, x));
        return launches;
    }

    private static void multiply(Plan plan, String name, List<Launch> launches, Buffer q, Buffer prepared, List<Buffer> arguments) {
        Stage stage = plan.choice(name).step();
        launches.add(new Launch(stage.prepare(), q, prepared));
        launches.add(new Launch(stage.multiply(), arguments));
    }

    @Test
    void aLayerIsElevenLaunchesAndTheHeadSeven() {
        try (Device device = new GpuDevice(card(), Targets.H200)) {
            var library = new ScheduledLibrary(device, List.of(Tir.library().packing("i2_s")), ScheduleSource.NONE, _ -> {});
            Tir tir = Tir.library();
            Plan plan = library.plan(List.of(
                    new Use("attn_qkv", tir.kernel("bitlinear"), QKV, HIDDEN, 1, 30),
                    new Use("attn_output", tir.kernel("bitlinear_add"), HIDDEN, HIDDEN, 1, 30),
                    new Use("ffn_gate_up", tir.kernel("gate_up"), FFN, HIDDEN, 1, 30),
                    new Use("ffn_down", tir.kernel("bitlinear_add"), HIDDEN, FFN, 1, 30)));
            device.sequence(layer(device, plan)).run(1, 300);
            assertThat(steps).as("launches of a layer; 15 programs").hasSize(11).allMatch(step -> ((Gpu.Launch) step).overlaps());
            for (Gpu.Step step : steps) assertThat(((Gpu.Launch) step).grid().count()).isLessThanOrEqualTo(1 << 12);
            steps.clear();
            var top = new Op.TopLogits(VOCABULARY, HIDDEN, Element.F16, 1);
            List<Buffer> buffers = new ArrayList<>();
            for (long bytes : OpSignature.bytes(top, 1)) buffers.add(device.allocate(bytes));
            Buffer x = device.allocate(4L * HIDDEN), norm = device.allocate(4L * HIDDEN);
            device.sequence(List.of(
                    new Launch(device.compile(new Op.Norm(HIDDEN, 1e-5f, true)), x, norm, buffers.getFirst()),
                    new Launch(device.compile(top), buffers))).run(1, 300);
            assertThat(steps).as("launches of the head").hasSize(7).allMatch(step -> ((Gpu.Launch) step).overlaps());
        }
    }
}
