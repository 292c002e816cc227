package tern.scheduler.operation;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Statement;
import tern.ir.tensor.Tensor;
import tern.ir.tensor.TensorProgram;
import tern.scheduler.program.Names;

/// The buffers in which tensors lie, and how their elements are read and written as f32.
final class TensorMemory {

    /// Of a launch.
    private static final int MOST_TOKENS = 1 << 16;

    private final List<Tensor> tensors;
    private final Map<Tensor, Buf> buffers = new HashMap<>();
    private final List<Buf> scratch = new ArrayList<>();
    private final Names names;

    TensorMemory(TensorProgram program, Names names) {
        this.tensors = program.tensors();
        this.names = names;
        Set<Integer> read = new HashSet<>(), written = new HashSet<>();
        for (var region : program.regions())
            for (Statement statement : region.body())
                if (statement instanceof Statement.Define define) {
                    define.targets().forEach(target -> note(target, written));
                    define.values().forEach(value -> elements(value, element -> note(element, read)));
                }
        for (int i = 0; i < tensors.size(); i++) {
            Tensor tensor = tensors.get(i);
            if (place(tensor).parameter() != i) continue;
            Buf.Scope scope = !written.contains(i) ? Buf.Scope.IN : read.contains(i) ? Buf.Scope.INOUT : Buf.Scope.OUT;
            buffers.put(tensor, tensor.element() == Element.I32 ? tensor.integers()
                    : new Buf(tensor.name(), tensor.element(), scope, size(tensor), null, null));
        }
    }

    private static void note(Formula.Element element, Set<Integer> parameters) {
        if (element.tensor().isParameter()) parameters.add(place(element.tensor()).parameter());
    }

    /// Visits the elements in a formula.
    static void elements(Formula formula, java.util.function.Consumer<Formula.Element> visit) {
        if (formula instanceof Formula.Element element) visit.accept(element);
        formula.parts().forEach(part -> elements(part, visit));
    }

    private static Tensor.Place place(Tensor tensor) {
        Tensor.Place place = tensor.place();
        if (place == null) throw new IllegalArgumentException(tensor.name() + " is no parameter");
        return place;
    }

    private static Expr size(Tensor tensor) {
        Tensor.Place place = place(tensor);
        if (place.apart() == 0) return tensor.extents().stream().reduce(i32(1), Expr::multiply);
        return multiply(tensor.extents().getFirst(), i32(Math.toIntExact(place.apart() / tensor.element().bytes())));
    }

    /// Tokens of a launch, as many as an index can count the elements of.
    int mostTokens() {
        long most = MOST_TOKENS;
        for (Buf buffer : buffers.values()) {
            long each = Steps.of(buffer.extent(), Program.N);
            if (each > 0) most = Math.min(most, Integer.MAX_VALUE / each);
        }
        return (int) most;
    }

    /// Parameters in launch order, then scratch.
    List<Buf> all() {
        List<Buf> all = new ArrayList<>();
        for (Tensor tensor : tensors) if (buffers.containsKey(tensor)) all.add(buffers.get(tensor));
        all.addAll(scratch);
        return all;
    }

    /// A tensor that lives within a region; its rows begin with whole vectors.
    private Buf buffer(Tensor tensor) {
        if (tensor.isParameter()) return Objects.requireNonNull(buffers.get(tensors.get(place(tensor).parameter())));
        return buffers.computeIfAbsent(tensor, local -> {
            long elements = 1;
            for (int d = 0; d < local.extents().size(); d++) elements *= extent(local, d);
            String name = names.value(local.name(), Type.F32).name();
            Buf buffer = Buf.scratch(name, local.element(), Buf.Scope.CORE, Math.toIntExact(elements), null);
            scratch.add(buffer);
            return buffer;
        });
    }

    private static long extent(Tensor local, int dimension) {
        long extent = ((Expr.Int) local.extents().get(dimension)).value();
        return dimension == local.extents().size() - 1 ? (extent + Op.LANES - 1) / Op.LANES * Op.LANES : extent;
    }

    /// In elements of the buffer, which may be bytes where those of the tensor are wider.
    private Expr index(Tensor tensor, List<Expr> at) {
        int unit = tensor.element().bytes() / buffer(tensor).element().bytes();
        long apart = tensor.isParameter() ? place(tensor).apart() : 0;
        Expr index = i32(0);
        for (int d = apart == 0 ? 0 : 1; d < at.size(); d++) {
            Expr extent = tensor.isParameter() ? tensor.extents().get(d) : i32(Math.toIntExact(extent(tensor, d)));
            index = index.equals(i32(0)) ? at.get(d) : add(multiply(index, extent), at.get(d));
        }
        index = multiply(index, i32(unit));
        if (!tensor.isParameter()) return index;
        int bytes = buffer(tensor).element().bytes();
        if (apart != 0) index = add(multiply(at.getFirst(), i32(Math.toIntExact(apart / bytes))), index);
        return add(index, i32(Math.toIntExact(place(tensor).offset() / bytes)));
    }

    /// `lanes` elements as f32.
    ///
    /// @param limit the first element that is not there, or null if all `lanes` are
    Expr load(Formula.Element element, int lanes, Formula.@Nullable Element limit) {
        Tensor tensor = element.tensor();
        Buf buffer = buffer(tensor);
        Type type = new Type(tensor.element(), lanes);
        Type stored = new Type(buffer.element(), type.bits() / buffer.element().bits());
        Expr value = new Expr.Load(stored, buffer, index(tensor, element.at()), limit == null ? null : index(tensor, limit.at()));
        return Expr.convert(Element.F32, stored.equals(type) ? value : new Expr.Bitcast(type, value));
    }

    /// Writes f32 values; of one that is a scalar, one element.
    Loop store(Formula.Element element, Expr value, Formula.@Nullable Element limit) {
        Tensor tensor = element.tensor();
        Buf buffer = buffer(tensor);
        Expr converted = Expr.convert(tensor.element(), value);
        int lanes = converted.type().bits() / buffer.element().bits();
        Expr stored = tensor.element() == buffer.element() ? converted : new Expr.Bitcast(new Type(buffer.element(), lanes), converted);
        return new Loop.Store(buffer, index(tensor, element.at()), stored, limit == null ? null : index(tensor, limit.at()));
    }

    /// Whether the elements for consecutive values of `along` lie one after the other (1), are one and the same (0), or neither (-1).
    static int stride(Formula.Element element, Var along) {
        for (Expr index : element.at().subList(0, Math.max(0, element.at().size() - 1)))
            if (Steps.of(index, along) != 0) return -1;
        long last = element.at().isEmpty() ? 0 : Steps.of(element.at().getLast(), along);
        return last == 0 || last == 1 ? (int) last : -1;
    }
}
