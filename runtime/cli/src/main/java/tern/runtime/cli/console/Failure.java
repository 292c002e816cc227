package tern.runtime.cli.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import tern.autotune.bundle.BundleException;
import tern.autotune.record.RecordsException;
import tern.ir.device.CompileException;
import tern.ir.device.DeviceException;
import tern.ir.device.MissingModuleException;
import tern.ir.text.IrException;
import tern.runtime.ModelException;
import tern.scheduler.problem.InapplicableException;

/// What a command says when it cannot do what it was asked for.
///
/// @param status   2: asked for wrongly, or with files that are wrong; 1: it failed
/// @param isPlaced true if the message begins with the place in a text, as a compiler's does
public record Failure(int status, String message, boolean isPlaced) {

    private static final int FAILED = 1, WRONG = 2;

    /// Of a compiler's log that are shown.
    private static final int LINES = 3;

    public static Failure of(Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        return switch (thrown) {
            case IrException _ -> new Failure(WRONG, message, true);
            case ModelException _, IllegalArgumentException _, InapplicableException _ -> plain(WRONG, message);
            case BundleException _ -> plain(WRONG, message);
            case RecordsException e -> plain(e.isDamaged() ? WRONG : FAILED, message);
            case CompileException _, DeviceException _, MissingModuleException _ -> plain(FAILED, oneLine(message));
            case Unavailable _ -> plain(FAILED, message);
            case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
            case IOException e -> ofFile(e);
            default -> plain(FAILED, "internal error: " + thrown + " (--trace shows where)");
        };
    }

    /// A driver's compiler may have much to say; how it begins tells what is wrong.
    public static String oneLine(String message) {
        List<String> lines = message.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        String first = String.join(" | ", lines.subList(0, Math.min(LINES, lines.size())));
        return lines.size() > LINES ? "%s | ... %d more lines".formatted(first, lines.size() - LINES) : first;
    }

    private static Failure plain(int status, String message) {
        return new Failure(status, message, false);
    }

    private static Failure ofFile(IOException thrown) {
        return switch (thrown) {
            case NoSuchFileException e -> plain(WRONG, e.getFile() + ": no such file");
            case AccessDeniedException e -> plain(WRONG, e.getFile() + ": access denied");
            case NotDirectoryException e -> plain(WRONG, e.getFile() + ": no such folder");
            case FileAlreadyExistsException e -> plain(WRONG, e.getFile() + ": exists already");
            case FileSystemException e -> plain(FAILED, e.getFile() + ": " + e.getReason());
            case CharacterCodingException _ -> plain(WRONG, "the file is no UTF-8 text");
            default -> plain(FAILED, String.valueOf(thrown.getMessage())); // "No space left on device" among them
        };
    }

    /// This machine lacks something.
    public static final class Unavailable extends RuntimeException {
        public Unavailable(String what) {
            super(what);
        }
    }
}
