package tern.spark;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;
import tern.api.Options;
import tern.api.Tern;
import tern.autotune.bundle.BundleFile;
import tern.autotune.record.Environment;
import tern.autotune.record.RecordedSchedules;
import tern.autotune.record.Records;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.runtime.ModelException;
import tern.scheduler.ScheduleSource;

/// The models of this JVM, an executor's as a rule: each is opened by the task that asks first, shared by all, and stays until the JVM ends.
final class Hosted {

    private static final Map<ModelAt, Tern> OPEN = new HashMap<>();

    private Hosted() {}

    /// @throws IllegalStateException in one line, if it cannot be opened
    static Tern of(ModelAt at) {
        synchronized (OPEN) {
            Tern known = OPEN.get(at);
            if (known != null) return known;
            Tern opened = open(at);
            OPEN.put(at, opened);
            return opened;
        }
    }

    private static Tern open(ModelAt at) {
        Path folder = folder();
        int cores = cores();
        // Tasks ask for few rows at a time, so that no queue is ever full.
        Options options = Options.USUAL.withDevice(at.device()).withContext(at.context()).withParallel(at.parallel()).withThreads(cores)
                .withQueue(1 << 16).withFolder(folder);
        return opened(at.uri(), () -> {
            try (var _ = turn(folder)) {
                return Tern.open(local(at.uri(), folder), options, device -> tuned(at, device, cores));
            }
        });
    }

    /// Executors of a host open models one after the other, so that the first copies and packs, and the others find it.
    ///
    /// @return to be closed; null where nothing can be written, and so nothing be found
    private static @Nullable FileChannel turn(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            return null;
        }
        if (!Files.isWritable(folder)) return null;
        FileChannel file = FileChannel.open(folder.resolve("opening.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock _ = file.lock();
        } catch (IOException e) {
            // A file system without locks: each packs for itself.
        }
        return file;
    }

    /// How a model is opened.
    interface Opening {
        Tern open() throws IOException;
    }

    /// What goes wrong is said in one line, whoever is at fault: the executor's memory, the model or how it is asked for.
    static Tern opened(String uri, Opening opening) {
        try {
            return opening.open();
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException(
                    "%s does not fit this executor (%s): raise spark.executor.memoryOverhead, or spark.executor.memory if the heap is meant, or lower --parallel and --context"
                            .formatted(uri, e.getMessage()),
                    e);
        } catch (IOException | ModelException | DeviceException | IllegalArgumentException | IllegalStateException e) {
            throw new IllegalStateException("%s cannot be opened: %s".formatted(uri, e.getMessage()), e);
        }
    }

    /// Of copies and packed weights, shared by all processes of a host: `spark.tern.cache`, else the user's.
    private static Path folder() {
        SparkEnv spark = SparkEnv.get();
        String usual = Options.USUAL.folder().toString();
        return Path.of(spark == null ? usual : spark.conf().get("spark.tern.cache", usual));
    }

    /// All that Spark gives an executor; in local mode all that there are.
    static int cores() {
        int all = Runtime.getRuntime().availableProcessors();
        SparkEnv spark = SparkEnv.get();
        return spark == null ? all : Math.min(all, spark.conf().getInt("spark.executor.cores", all));
    }

    /// A file of this host: the one that is named, one that Spark distributed, or a copy that the first process of the host makes.
    static Path local(String uri, Path folder) throws IOException {
        Path named = Path.of(uri.startsWith("file:") ? uri.replaceFirst("^file:(//)?", "") : uri);
        if (Files.exists(named)) return named;
        if (!uri.contains(":")) {
            Path distributed = Path.of(SparkFiles.get(uri));
            if (Files.exists(distributed)) return distributed;
            throw new IOException("no such file on this host, and --files brought none");
        }
        var remote = new org.apache.hadoop.fs.Path(uri);
        try (FileSystem files = FileSystem.newInstance(remote.toUri(), hadoop())) {
            return copy(files, files.getFileStatus(remote), folder);
        }
    }

    /// With what `spark.hadoop.*` says of stores and their keys, which only Spark's own settings bring to an executor.
    private static Configuration hadoop() {
        SparkEnv spark = SparkEnv.get();
        return spark == null ? new Configuration() : SparkHadoopUtil.get().newConfiguration(spark.conf());
    }

    /// Under a name that tells one state of the file from another.
    private static Path copy(FileSystem files, FileStatus status, Path folder) throws IOException {
        Path models = Files.createDirectories(folder.resolve("models"));
        String name = "%016x-%s".formatted(
                31L * (status.getPath().toString().hashCode() * 31L + status.getLen()) + status.getModificationTime(), status.getPath().getName());
        Path copy = models.resolve(name);
        if (Files.exists(copy)) return copy;
        Path part = models.resolve(name + "." + ProcessHandle.current().pid() + ".part");
        files.copyToLocalFile(false, status.getPath(), new org.apache.hadoop.fs.Path(part.toUri()), true);
        return Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
    }

    static ScheduleSource tuned(ModelAt at, Device device, int cores) {
        String place = at.records();
        if (place == null) return ScheduleSource.NONE;
        return new RecordedSchedules(records(place), Environment.of(device, cores));
    }

    /// Read while the model is opened; closed with the JVM.
    private static Records records(String place) {
        try {
            if (place.startsWith("jdbc:") || !BundleFile.isOne(Path.of(place)))
                return Records.open(place, folder(), line -> System.err.println("tern: " + line));
            Records memory = Records.inMemory();
            memory.addAll(List.of(), BundleFile.read(Path.of(place)).contents().winners());
            return memory;
        } catch (IOException e) {
            throw new IllegalStateException("%s cannot be read: %s".formatted(place, e.getMessage()), e);
        }
    }
}
