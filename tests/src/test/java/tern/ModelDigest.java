package tern;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A golden model on the CPU, once in batches and once token by token: width of the vectors, then a digest of all logits.
final class ModelDigest {

    private static final String FILE = "robust128.i2_s.gguf", TOKENS = "robust128.tokens.i32";

    private ModelDigest() {}

    public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
        System.out.println(line());
    }

    /// `vectors of 256 bits: 0123...`
    static String line() throws IOException, NoSuchAlgorithmException {
        var digest = MessageDigest.getInstance("SHA-256");
        Path cache = Files.createTempDirectory("tern-digest");
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open("cpu", 2)) {
            GgufModel file = GgufModel.open(GoldenFiles.path(FILE), arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(64, 8, Element.F32, 1, cache);
            Model model = Model.load(device, library, file, settings, arena, done -> {});
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            int[] ids = GoldenFiles.ids(TOKENS);
            Session session = model.session(true, 0);
            session.feed(ids, row, (token, logits) -> digest.update(logits.toArray(ValueLayout.JAVA_BYTE)));
            session.reset();
            for (int id : ids) {
                session.next(id);
                session.logits(row);
                digest.update(row.toArray(ValueLayout.JAVA_BYTE));
            }
            int bits = ((Target.Cpu) device.target()).vectorBits();
            return "vectors of %d bits: %s".formatted(bits, HexFormat.of().formatHex(digest.digest()));
        } finally {
            delete(cache);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
