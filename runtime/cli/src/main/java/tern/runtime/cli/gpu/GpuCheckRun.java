package tern.runtime.cli.gpu;

import java.io.IOException;
import java.util.function.Consumer;
import tern.ir.device.Device;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.runtime.cli.option.Devices;

/// One part of a check, in this process. Whatever goes wrong becomes a finding.
///
/// @param device `cuda`, `cuda:1`, `simulator:h200`
/// @param quick  true: small shapes, a few of each kind
/// @param said   told each finding as soon as it is there
record GpuCheckRun(String device, boolean quick, Consumer<GpuCheckLine> said) {

    void run(GpuCheckStep part) {
        try (Device card = Devices.open(device, 0)) {
            run(part, card);
        } catch (IOException | RuntimeException | LinkageError | AssertionError | VirtualMachineError e) {
            said.accept(GpuCheckLine.failed(part, "the whole part", e));
        }
    }

    private void run(GpuCheckStep part, Device card) throws IOException {
        var exactness = new GpuExactness(card, device, quick, said);
        switch (part) {
            case CARD -> said.accept(card(card));
            case OPS -> new GpuOpCheck(card, quick, said).run();
            case KERNELS -> exactness.kernels();
            case CHOSEN -> exactness.chosen();
            case MODEL -> exactness.model();
            case COPY -> said.accept(GpuCheckLine.of(part, "bytes read and written", Status.MEASURED, "")
                    .with("GB/s", card.measureReadBandwidth() * 1e-9)
                    .with("GB/s by the cost model", card.target().memoryBytesPerSecond() * 1e-9));
            case GEMV -> times(card).gemv();
            case GEMM -> times(card).gemm();
            case DECODE -> model(card).decode();
            case BATCH -> model(card).batch();
            case PROMPT -> model(card).prompt();
        }
    }

    private GpuKernelTimes times(Device card) {
        return new GpuKernelTimes(card, card.measureReadBandwidth(), quick, said);
    }

    private GpuModelTimes model(Device card) {
        return new GpuModelTimes(card, card.measureReadBandwidth(), quick, said);
    }

    private static GpuCheckLine card(Device card) {
        String java = Runtime.version() + ", " + Runtime.getRuntime().availableProcessors() + " processors";
        return GpuCheckLine.of(GpuCheckStep.CARD, card.target().name(), Status.MEASURED, card.fingerprint() + "; java " + java);
    }
}
