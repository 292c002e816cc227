package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.store.Kind;
import tern.ir.store.Store;
import tern.runtime.model.PackedFile;

/// `tern cache`, as a user would type it.
class CacheCommandTest {

    private static final Instant LONG_AGO = Instant.now().minus(Duration.ofDays(40));

    @TempDir
    Path folder;

    private Path model, cache;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    private Run cache(Object... args) {
        Object[] all = new Object[args.length + 3];
        System.arraycopy(new Object[] {"cache", "--cache", cache}, 0, all, 0, 3);
        System.arraycopy(args, 0, all, 3, args.length);
        return run(all);
    }

    @BeforeEach
    void runAModel() throws IOException {
        model = folder.resolve("tiny.gguf");
        cache = folder.resolve("cache");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).status()).isZero();
        use();
    }

    private void use() throws IOException {
        Path ids = Files.write(folder.resolve("ids"), new byte[] {3, 0, 0, 0});
        Run run = run("logits", "--model", model, "--ids", ids, "--out", folder.resolve("logits"), "--threads", 1, "--cache", cache);
        assertThat(run.status()).as(run.err()).isZero();
    }

    private PackedFile only() throws IOException {
        List<PackedFile> files = PackedFile.in(cache);
        assertThat(files).hasSize(1);
        return files.getFirst();
    }

    private void age() throws IOException {
        Files.setLastModifiedTime(only().file(), FileTime.from(LONG_AGO));
    }

    @Test
    void saysWhoseTheFilesAre() throws IOException {
        PackedFile file = only();
        assertThat(file.fate()).isEqualTo(PackedFile.Fate.THERE);
        Run run = cache("--check");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("%s: 1 file of packed weights, %,d bytes\n\npacked".formatted(cache, Files.size(file.file())))
                .containsPattern(String.valueOf(file.file().getFileName()).substring(0, 10) + " +[0-9,]+  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +whole +")
                .contains(model.toAbsolutePath() + "\n");
        assertThat(cache("--prune").out()).endsWith("\nfreed 0 files, 0 bytes\n");
        assertThat(only()).isEqualTo(file);
    }

    @Test
    void usingAFileIsNoted() throws IOException {
        age();
        use();
        assertThat(only().used()).isAfter(LONG_AGO.plus(Duration.ofDays(1)));
    }

    @Test
    void whatNobodyWillAskForGoes() throws IOException {
        long bytes = only().bytes();
        Files.delete(model);
        Run dry = cache("--prune", "--dry-run");
        assertThat(dry.out()).contains("(gone)").containsPattern("would remove \\w{10}: its model is gone\nwould free 1 file, ");
        assertThat(only().bytes()).isEqualTo(bytes);
        assertThat(cache("--prune").out()).endsWith(": its model is gone\nfreed 1 file, %,d bytes\n".formatted(bytes));
        assertThat(cache().out()).startsWith(cache + ": 0 files of packed weights, 0 bytes\n");
    }

    @Test
    void whatElseIsKeptIsListedAndGoesWithItsVersion() throws IOException {
        int choices = kept().size();
        assertThat(choices).isPositive();
        assertThat(cache().out()).containsPattern("\nkept +files +bytes +may go\nchosen schedules +%d +[0-9,]+ +0\n".formatted(choices));
        Path old = Files.write(cache.resolve("0123456789abcdef.plan1"), new byte[9]);
        assertThat(cache("--prune").out()).contains("\nremoved 1 chosen schedules\nfreed 1 file, 9 bytes\n");
        assertThat(old).doesNotExist();
        assertThat(kept()).hasSize(choices);
        for (Store.Kept one : kept()) Files.setLastModifiedTime(one.file(), FileTime.from(LONG_AGO));
        cache("--prune", "--unused", 30);
        assertThat(kept()).isEmpty();
        use(); // all is made again
        assertThat(kept()).hasSize(choices);
    }

    private List<Store.Kept> kept() throws IOException {
        return Store.in(cache).stream().filter(one -> one.kind().equals(Optional.of(Kind.CHOICE))).toList();
    }

    @Test
    void aModelThatBecameAnotherIsGone() throws IOException {
        Files.delete(model);
        assertThat(run("synth", "--preset", "tiny", "--seed", 8, "--out", model).status()).isZero();
        assertThat(only().fate()).isEqualTo(PackedFile.Fate.CHANGED);
        assertThat(cache("--prune").out()).contains("(another now)").contains(": its model is another now\n");
        assertThat(PackedFile.in(cache)).isEmpty();
    }

    @Test
    void whatWasNotUsedForLongGoesIfAskedFor() throws IOException {
        age();
        assertThat(cache("--prune", "--unused", 50).out()).endsWith("freed 0 files, 0 bytes\n");
        assertThat(cache("--prune", "--unused", 30).out()).contains(": not used\nfreed 1 file");
        assertThat(PackedFile.in(cache)).isEmpty();
    }

    @Test
    void damageIsFoundByReadingAll() throws IOException {
        Path file = only().file();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = channel.size() - 70_000;
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
        }
        assertThat(cache().status()).as("without --check nothing is read").isZero();
        Run run = cache("--check", "--prune");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("  damaged  ").contains(": damaged\nfreed 1 file");
        assertThat(file).doesNotExist();
    }

    /// The digest of a file is of all its bytes, not of samples of them.
    @Test
    void otherBytesOfEqualSizeAndTimeAreOtherWeights() throws IOException {
        byte[] before = Files.readAllBytes(folder.resolve("logits")), bytes = Files.readAllBytes(model);
        FileTime time = Files.getLastModifiedTime(model);
        try (Arena arena = Arena.ofConfined()) {
            var tensor = tern.runtime.gguf.Gguf.open(model, arena).tensor("blk.0.attn_v.weight");
            int at = (int) tensor.offset() + 600;
            for (int i = 0; i < 4000; i++) bytes[at + i] ^= (byte) 0b10101010; // 0 and 2, and 1 and 3, change places; 3 is no code
            for (int i = 0; i < 4000; i++) bytes[at + i] &= (byte) ~(bytes[at + i] >> 1 & 0b01010101);
        }
        Files.write(model, bytes);
        Files.setLastModifiedTime(model, time);
        use();
        assertThat(Files.readAllBytes(folder.resolve("logits"))).isNotEqualTo(before);
        assertThat(PackedFile.in(cache)).hasSize(2);
    }

    @Test
    void filesOfAnotherVersionAreNamedAndGo() throws IOException {
        Path file = only().file();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4).putInt(0, 2), 8);
        }
        assertThat(only().fate()).isEqualTo(PackedFile.Fate.OUTDATED);
        assertThat(cache().out()).contains("(of another version of Tern)");
        use();
        assertThat(only().fate()).as("made anew").isEqualTo(PackedFile.Fate.THERE);
    }

    /// Versions before this one wrote no more than the identity: such a file is used, and kept.
    @Test
    void filesThatDoNotSayWhoseTheyAreAreKept() throws IOException {
        Path file = only().file();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4096 - 64), 64);
        }
        assertThat(only().fate()).isEqualTo(PackedFile.Fate.UNKNOWN);
        use();
        Run run = cache("--check", "--prune");
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("no checksum  (unknown)\n").endsWith("freed 0 files, 0 bytes\n");
    }

    @Test
    void whatWasLeftHalfWrittenGoes() throws IOException {
        Path old = Files.write(cache.resolve("0123456789abcdef.packed.1.tmp"), new byte[10]), now = Files.write(cache.resolve("f.packed.2.tmp"), new byte[10]);
        Files.setLastModifiedTime(old, FileTime.from(LONG_AGO));
        Files.write(cache.resolve("other.packed"), new byte[5000]);
        assertThat(cache("--prune").out()).contains("removed 0123456789: half written\nfreed 1 file, 10 bytes\n");
        assertThat(old).doesNotExist();
        assertThat(now).exists();
        assertThat(cache.resolve("other.packed")).as("no file of ours").exists();
    }

    @Test
    void whatMakesNoSense() {
        assertThat(cache("--unused", 3)).isEqualTo(new Run(2, "", "tern cache: --unused and --dry-run go with --prune\n"));
        assertThat(cache("--prune", "--unused", -1)).isEqualTo(new Run(2, "", "tern cache: --unused must not be negative: -1\n"));
        assertThat(run("cache", "--cache", folder.resolve("none")).out()).endsWith("none: 0 files of packed weights, 0 bytes\n");
    }
}
