package tern.ir.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Packing.Section;
import tern.ir.Schedule;
import tern.ir.text.grammar.TernParser.CodecContext;
import tern.ir.text.grammar.TernParser.DeclarationContext;
import tern.ir.text.grammar.TernParser.KernelContext;
import tern.ir.text.grammar.TernParser.NameContext;
import tern.ir.text.grammar.TernParser.PackingContext;
import tern.ir.text.grammar.TernParser.ScheduleContext;

/// A parsed and checked text: its declarations by name, and after them those of a parent.
///
/// Names are looked up here first, then in the parent, and so on. A codec must be declared before the packings that use it.
public final class Tir {

    /// How a kernel is computed on one target.
    public record Planned(String target, Schedule schedule) {}

    /// Declarations of one text, weights of all its tiles, and digits of all its codes, at most.
    private static final int MAX_DECLARATIONS = 256, MAX_WEIGHTS = 1 << 20, MAX_DIGITS = 1 << 23;

    private final @Nullable Tir parent;
    private final Map<String, Codec> codecs = new LinkedHashMap<>();
    private final Map<String, Packing> packings = new LinkedHashMap<>();
    private final Map<String, KernelDef> kernels = new LinkedHashMap<>();
    private final List<Planned> schedules = new ArrayList<>();

    private Tir(@Nullable Tir parent) {
        this.parent = parent;
    }

    /// A text whose names may refer to those of the library.
    ///
    /// @throws IrException with every problem of the text
    public static Tir parse(Source source) {
        return parse(source, library());
    }

    /// @param parent where names are looked up that the text does not declare; null for nowhere
    /// @throws IrException with every problem of the text
    public static Tir parse(Source source, @Nullable Tir parent) {
        var problems = new Diagnostics(source);
        var tir = new Tir(parent);
        List<DeclarationContext> declarations = Syntax.parse(source).declaration();
        limit(declarations, problems);
        for (DeclarationContext declaration : declarations) {
            if (problems.isFull()) break;
            tir.declare(declaration, problems);
            tir.limit(declaration, problems);
        }
        problems.check();
        return tir;
    }

    /// The packings and kernels that come with Tern.
    public static Tir library() {
        return Library.TIR;
    }

    private static void limit(List<DeclarationContext> declarations, Diagnostics problems) {
        if (declarations.size() <= MAX_DECLARATIONS) return;
        problems.add(declarations.get(MAX_DECLARATIONS), "%d declarations, at most %d are read", declarations.size(), MAX_DECLARATIONS);
        problems.check();
    }

    /// Every tile is checked weight by weight, and every codec code by code, once more for each packing that uses it.
    private void limit(DeclarationContext last, Diagnostics problems) {
        long weights = 0, digits = codecs.values().stream().mapToLong(Tir::digits).sum();
        for (Packing packing : packings.values()) {
            weights += (long) packing.rows() * packing.columns();
            digits += packing.sections().stream().map(Section::codec).distinct().mapToLong(Tir::digits).sum();
        }
        if (weights > MAX_WEIGHTS)
            problems.add(last, "the tiles of this text have %d weights together, at most %d are checked", weights, MAX_WEIGHTS);
        else if (digits > MAX_DIGITS)
            problems.add(last, "the codes of this text have %d digits together, at most %d are checked", digits, MAX_DIGITS);
        else return;
        problems.check();
    }

    private static long digits(Codec codec) {
        return (long) codec.digits() << codec.bits();
    }

    private void declare(DeclarationContext context, Diagnostics problems) {
        switch (context.getChild(0)) {
            case CodecContext codec -> declare("codec", codec.name(), codec.name().getText(), CodecReader.read(codec, problems), codecs, problems);
            case PackingContext packing -> {
                for (Packing instance : PackingReader.read(packing, name -> findCodec(name).orElse(null), problems))
                    declare("packing", packing.name(), instance.name(), instance, packings, problems);
            }
            case KernelContext kernel ->
                declare("kernel", kernel.name(), kernel.name().getText(), KernelReader.read(kernel, problems), kernels, problems);
            case ScheduleContext schedule -> {
                Planned planned = ScheduleReader.read(schedule, this, problems);
                if (planned != null) schedules.add(planned);
            }
            default -> throw new AssertionError(context.getText());
        }
    }

    private static <T> void declare(
            String what, NameContext at, String name, @Nullable T value, Map<String, T> known, Diagnostics problems) {
        if (value == null) return;
        if (known.put(name, value) != null) problems.add(at, "a second %s named %s", what, name);
    }

    /// Declared in this text, in its order.
    public List<Codec> codecs() {
        return List.copyOf(codecs.values());
    }

    /// Declared in this text, in its order.
    public List<Packing> packings() {
        return List.copyOf(packings.values());
    }

    /// Declared in this text, in its order.
    public List<KernelDef> kernels() {
        return List.copyOf(kernels.values());
    }

    /// Declared in this text, in its order.
    public List<Planned> schedules() {
        return List.copyOf(schedules);
    }

    /// Every packing that a name in this text can mean: first the parents', then its own.
    public List<Packing> allPackings() {
        return List.copyOf(all(tir -> tir.packings).values());
    }

    /// Every kernel that a name in this text can mean: first the parents', then its own.
    public List<KernelDef> allKernels() {
        return List.copyOf(all(tir -> tir.kernels).values());
    }

    public Optional<Codec> findCodec(String name) {
        Codec own = codecs.get(name);
        return own != null || parent == null ? Optional.ofNullable(own) : parent.findCodec(name);
    }

    public Optional<Packing> findPacking(String name) {
        Packing own = packings.get(name);
        return own != null || parent == null ? Optional.ofNullable(own) : parent.findPacking(name);
    }

    public Optional<KernelDef> findKernel(String name) {
        KernelDef own = kernels.get(name);
        return own != null || parent == null ? Optional.ofNullable(own) : parent.findKernel(name);
    }

    /// @throws IllegalArgumentException if there is none; the message lists the names that there are
    public Codec codec(String name) {
        return findCodec(name).orElseThrow(() -> unknown("codec", name, all(tir -> tir.codecs)));
    }

    /// @throws IllegalArgumentException if there is none; the message lists the names that there are
    public Packing packing(String name) {
        return findPacking(name).orElseThrow(() -> unknown("packing", name, all(tir -> tir.packings)));
    }

    /// @throws IllegalArgumentException if there is none; the message lists the names that there are
    public KernelDef kernel(String name) {
        return findKernel(name).orElseThrow(() -> unknown("kernel", name, all(tir -> tir.kernels)));
    }

    /// All declarations of this text, without its comments: [Printer].
    public String print() {
        return Printer.print(this);
    }

    private static IllegalArgumentException unknown(String what, String name, Map<String, ?> known) {
        return new IllegalArgumentException(
                "no %s is named '%s'; there are %s".formatted(what, name, String.join(", ", known.keySet())));
    }

    private <T> Map<String, T> all(Function<Tir, Map<String, T>> declared) {
        Map<String, T> all = parent == null ? new LinkedHashMap<>() : parent.all(declared);
        all.putAll(declared.apply(this));
        return all;
    }
}
