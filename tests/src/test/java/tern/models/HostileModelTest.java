package tern.models;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Block;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;

/// Damages whole models in thousands of ways, where it hurts: headers, configurations, tokenizers, codes and scales. Each is read to the
/// last weight, or refused with a [ModelException] of one line.
class HostileModelTest {

    private static final int MUTANTS = 2_000;

    private static final List<String> SPLICES = List.of("{", "}", "[", "]", ",", ":", "\"", "null", "-1", "0", "1e9", "1e400", "true",
            "18446744073709551615", "2147483647", "[[[[", "\\u0000", "BPE", "<", "bitnet", "silu");

    @TempDir
    Path folder;

    private static PlainModel model() {
        return PlainModel.random(new ModelConfig("bitnet-b1.58", 128, 1, 1, 1, 128, 128, 264, 16, 1e-5f, 10000, RopePairs.HALVES,
                Block.BITNET_2B4T), 1);
    }

    private interface Mutation {
        void apply(RandomGenerator random) throws IOException;
    }

    /// @param restore undoes it
    private void check(Path model, Mutation mutate, Mutation restore) {
        LongStream seeds = Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, MUTANTS);
        var outcomes = assertTimeoutPreemptively(Duration.ofMinutes(10), () -> seeds.mapToObj(seed -> {
            var random = new SplittableRandom(seed);
            try {
                mutate.apply(random);
                String outcome = outcome(model);
                restore.apply(random);
                return outcome;
            } catch (Throwable e) {
                throw new AssertionError("-Dseed=" + seed, e);
            }
        }).collect(toSet()));
        if (Long.getLong("seed") == null) assertThat(outcomes).as("both are tried").containsExactlyInAnyOrder("read", "refused");
    }

    private static String outcome(Path model) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ModelSource source = ModelSource.open(model, arena, false);
            assertThat(source.embedding().byteSize() + source.head().byteSize()).isPositive();
            TensorNames.norms(source.config()).forEach(norm -> source.norm(norm.name(), norm.k()));
            for (TensorNames.Shape shape : TensorNames.projections(source.config())) {
                Linear linear = source.linear(shape.name(), shape.m(), shape.k());
                byte[] digits = new byte[shape.k()];
                for (int row = 0; row < shape.m(); row += 31) linear.rows().read(row, digits);
                linear.rows().read(shape.m() - 1, digits);
            }
            source.tokenizer().encode("any text");
            return "read";
        } catch (ModelException e) {
            assertThat(e.getMessage().lines().count()).as(e.getMessage()).isEqualTo(1);
            return "refused";
        }
    }

    /// The file begins with keys and tensor infos; after them any byte is a weight or a scale.
    @Test
    void gguf() throws IOException {
        Path file = folder.resolve("model.gguf");
        GgufFiles.write(model(), TensorType.I2_S, TensorType.F16, TensorType.F32, file, GgufFiles.vocabulary(264));
        byte[] good = Files.readAllBytes(file);
        assertThat(outcome(file)).isEqualTo("read");
        check(file, random -> Files.write(file, mutant(good, random)), random -> {});
    }

    @Test
    void safetensors() throws IOException {
        Path hub = Files.createDirectory(folder.resolve("hub"));
        HubFiles.write(model(), HubFiles.Weights.AUTOBITLINEAR, 1, false, hub);
        Files.writeString(hub.resolve("tokenizer.json"), GgufFiles.vocabulary(264).json());
        assertThat(outcome(hub)).isEqualTo("read");
        List<String> names = List.of("model.safetensors", "config.json", "tokenizer.json");
        var good = names.stream().map(hub::resolve).map(HostileModelTest::bytes).toList();
        var hurt = new int[1];
        check(hub, random -> {
            hurt[0] = random.nextInt(names.size());
            byte[] bytes = good.get(hurt[0]);
            Files.write(hub.resolve(names.get(hurt[0])), hurt[0] == 0 ? mutant(bytes, random) : spliced(bytes, random));
        }, random -> Files.write(hub.resolve(names.get(hurt[0])), good.get(hurt[0]), StandardOpenOption.TRUNCATE_EXISTING));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] mutant(byte[] good, RandomGenerator random) {
        byte[] bytes = good.clone();
        for (int injuries = random.nextInt(1, 4); injuries > 0; injuries--) {
            int within = random.nextBoolean() ? Math.min(4096, bytes.length) : bytes.length, at = random.nextInt(within);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + random.nextInt(1, 9)), (byte) (random.nextInt(3) - 1));
                default -> bytes = random.nextInt(8) == 0 ? Arrays.copyOf(bytes, at) : bytes;
            }
            if (bytes.length == 0) return bytes;
        }
        return bytes;
    }

    private static byte[] spliced(byte[] good, RandomGenerator random) {
        String text = new String(good, StandardCharsets.UTF_8);
        int at = random.nextInt(text.length()), end = Math.min(text.length(), at + random.nextInt(10));
        return (text.substring(0, at) + SPLICES.get(random.nextInt(SPLICES.size())) + text.substring(end)).getBytes(StandardCharsets.UTF_8);
    }
}
