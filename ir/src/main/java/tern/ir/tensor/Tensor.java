package tern.ir.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;

/// Elements with an index for each dimension.
///
/// @param extents of the dimensions, over the scalars of a program; of a tensor that is no parameter constants, enough for any element
/// @param place   where a parameter lies; null for what lives within a region
public record Tensor(String name, Element element, List<Expr> extents, @Nullable Place place) {

    /// Where elements of a parameter lie.
    ///
    /// @param parameter number of the parameter whose memory it is
    /// @param offset    bytes before the first element
    /// @param apart     bytes from one index of the first dimension to the next; 0 = the elements lie one after the other
    public record Place(int parameter, long offset, long apart) {}

    public Tensor {
        extents = List.copyOf(extents);
    }

    public boolean isParameter() {
        return place != null;
    }

    /// The buffer that indices load from, of a parameter of i32 that is only read.
    public Buf integers() {
        return Buf.in(name, element, extents.stream().reduce(Expr.i32(1), Expr::multiply), null);
    }

    /// Names distinguish tensors.
    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
