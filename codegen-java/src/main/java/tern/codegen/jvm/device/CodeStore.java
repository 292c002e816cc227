package tern.codegen.jvm.device;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.code.Feature;
import tern.ir.Op;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.store.Kind;
import tern.ir.store.Store;
import tern.ir.target.Target;

/// Machine code of programs that were proved, on disk: under the whole text of the program, the features of the processor, and a digest of
/// what made it. Operations lie under their own sizes and the target they were lowered for, so that they need not be lowered to be found. Another program,
/// processor or build finds nothing.
///
/// What lies there is run, so the folder must belong to the user who runs it, and nobody else may write there.
final class CodeStore {

    private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");

    /// Who we are, by the owner of its entries for this process.
    private static final Path SELF = Path.of("/proc/self");

    private final Store store;
    private final String made;

    private CodeStore(Store store, String made) {
        this.store = store;
        this.made = made;
    }

    /// @param cache      folder of the user's caches; the code gets one inside of it
    /// @param generation of what lowers, checks and emits
    /// @return empty where no folder can be trusted with code
    static Optional<CodeStore> in(Path cache, String generation) {
        Path folder = Kind.CODE.folder(cache);
        try {
            if (!Files.exists(folder)) {
                Files.createDirectories(cache);
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWN));
            }
            Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(folder));
            others.retainAll(EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
            if (!others.isEmpty() || !Files.getOwner(folder).equals(Files.getOwner(SELF))) return Optional.empty();
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
        return Optional.of(new CodeStore(new Store(folder, Kind.CODE), generation));
    }

    private String key(Program program, Set<Feature> features) {
        return made + "\n" + new TreeSet<>(features) + "\n" + LoopPrinter.print(program);
    }

    /// @param features that the code may use
    /// @param listing  of the code, should someone ask
    Optional<MachineCode> find(Program program, Set<Feature> features, Supplier<String> listing) {
        return store.find(key(program, features)).flatMap(bytes -> read(program, ByteBuffer.wrap(bytes), listing));
    }

    /// @param of       that was lowered
    /// @param target   for which
    /// @param features as above
    /// @param listing  as above
    Optional<KeptOperation> find(Op of, Target target, Set<Feature> features, Supplier<String> listing) {
        return store.find(key(of, target, features)).flatMap(bytes -> KeptOperation.read(bytes, listing));
    }

    private String key(Op op, Target target, Set<Feature> features) {
        return made + "\n" + new TreeSet<>(features) + "\n" + target + "\n" + op;
    }

    void keep(Op op, Target target, Set<Feature> features, KeptOperation kept) {
        keep(key(op, target, features), kept.bytes());
    }

    /// @param from what [#bytes] made, to its end
    static Optional<MachineCode> read(Program program, ByteBuffer from, Supplier<String> listing) {
        try {
            int frame = from.getInt(), count = from.getInt();
            var entries = new ArrayList<Integer>();
            for (int i = 0; i < count; i++) entries.add(from.getInt());
            byte[] code = new byte[from.remaining()];
            from.get(code);
            return Optional.of(MachineCode.of(program, code, entries, frame, listing));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static byte[] bytes(MachineCode code) {
        List<Integer> entries = code.phases().stream().map(MachineCode.Phase::entry).toList();
        ByteBuffer bytes = ByteBuffer.allocate(8 + 4 * entries.size() + code.bytes().length).putInt(code.frame()).putInt(entries.size());
        entries.forEach(bytes::putInt);
        return bytes.put(code.bytes()).array();
    }

    void keep(MachineCode code, Set<Feature> features) {
        keep(key(code.program(), features), bytes(code));
    }

    /// A folder that cannot be written costs time, no more.
    private void keep(String key, byte[] content) {
        try {
            store.keep(key, content);
        } catch (IOException e) {
            // Made again next time.
        }
    }
}
