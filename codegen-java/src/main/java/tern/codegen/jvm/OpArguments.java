package tern.codegen.jvm;

import tern.ir.Element;
import tern.ir.Op;

/// How many arguments an operation takes and how many bytes each must have: the tables of [Op], as numbers.
final class OpArguments {

    private OpArguments() {}

    static int count(Op op) {
        return switch (op) {
            case Op.ArgMax _ -> 2;
            case Op.Embed _, Op.Norm _, Op.RopeAppend _, Op.Head _ -> 3;
            case Op.NormQuantise _, Op.Attention _ -> 4;
        };
    }

    /// Least bytes of argument `index` in a launch with `n` tokens.
    static long bytes(Op op, int index, int n) {
        long f32 = Element.F32.bytes(), i32 = Element.I32.bytes();
        return switch (op) {
            case Op.Embed(int vocabulary, int width, Element element) ->
                pick(index, n * i32, (long) vocabulary * width * element.bytes(), n * f32 * width, 0);
            case Op.NormQuantise(int width, _) -> pick(index, n * f32 * width, f32 * width, (long) n * width, n * f32);
            case Op.Norm(int width, _, boolean lastOnly) ->
                pick(index, n * f32 * width, f32 * width, rows(n, lastOnly) * f32 * width, 0);
            case Op.RopeAppend(int heads, int kvHeads, int headDim, int context, _, _, Element cache) -> {
                long caches = (long) kvHeads * context * headDim * cache.bytes();
                yield pick(index, n * f32 * (heads + 2 * kvHeads) * headDim, caches, caches, 0);
            }
            case Op.Attention(int heads, int kvHeads, int headDim, int context, Element cache) -> {
                long caches = (long) kvHeads * context * headDim * cache.bytes();
                yield pick(index, n * f32 * (heads + 2 * kvHeads) * headDim, caches, caches, n * f32 * heads * headDim);
            }
            case Op.Head(int vocabulary, int width, Element element, boolean lastOnly) ->
                pick(index, rows(n, lastOnly) * f32 * width, (long) vocabulary * width * element.bytes(),
                        rows(n, lastOnly) * f32 * vocabulary, 0);
            case Op.ArgMax(int vocabulary) -> pick(index, f32 * vocabulary, i32, 0, 0);
        };
    }

    private static long rows(int n, boolean lastOnly) {
        return lastOnly ? 1 : n;
    }

    private static long pick(int index, long first, long second, long third, long fourth) {
        return switch (index) {
            case 0 -> first;
            case 1 -> second;
            case 2 -> third;
            case 3 -> fourth;
            default -> throw new IllegalArgumentException("no operation has an argument " + index);
        };
    }
}
