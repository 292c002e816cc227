package tern.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.Campaign;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.target.Isa;

/// What `tern verify --random 300 --code machine` proves, for AArch64 under qemu: packings of seeds that follow each other, in every way, on processors
/// that have no more than the instructions. A build takes three.
class ArmCampaignTest {

    private static final boolean ALL = Integer.getInteger("tern.campaign", 0) >= 1000;

    /// Packings of one emulated processor: its memory is given back with it.
    private static final int EACH = ALL ? 10 : 1;

    private static int exact, refused;

    static IntStream slices() {
        return IntStream.range(0, ALL ? 30 : 3);
    }

    private static GuestDevice device(int slice) {
        return switch (slice % 3) {
            case 0 -> GuestDevice.arm(Isa.NEON, "cortex-a57", 1);
            case 1 -> GuestDevice.arm(Isa.NEON_DOTPROD, "neoverse-n1", 3);
            default -> GuestDevice.arm(Isa.NEON_I8MM, "max", 2);
        };
    }

    @ParameterizedTest
    @MethodSource("slices")
    void randomPackingsAreExact(int slice) {
        List<Campaign.Finding> failures = new ArrayList<>();
        try (GuestDevice device = device(slice)) {
            var campaign = new Campaign(device.target(), Map.of("qemu", new ExactnessProof(device)));
            for (int i = 0; i < EACH; i++) {
                int before = exact;
                campaign.prove(slice * EACH + i, said -> {
                    switch (said.verdict()) {
                        case Verdict.Exact _ -> exact++;
                        // Without a machine, no schedule applies in a way.
                        case Verdict.Refused _ -> refused += said.machine().isEmpty() ? 0 : 1;
                        case Verdict.Wrong _ -> failures.add(said);
                    }
                });
                assertThat(exact).as("proofs of seed %d", slice * EACH + i).isGreaterThan(before);
            }
        }
        assertThat(failures).isEmpty();
    }

    @AfterAll
    static void count() {
        System.out.println("ArmCampaignTest: " + exact + " proofs exact, " + refused + " refused");
    }
}
