package tern.runtime.gguf;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How the elements of a tensor are stored: blocks of `elements` along `ne[0]`, `bytes` each, after a head for each row, and a tail for the
/// whole tensor.
///
/// Ids 36 to 39 are those of microsoft/BitNet's fork; mainline ggml has given some of them to other types. Types that
/// Tern does not read are listed so that a refusal can name them. Source: ggml `ggml.h`, `ggml-common.h`; ik_llama.cpp
/// `iqk_quantize.cpp`; PrismML-Eng/llama.cpp `ggml-common.h`.
public enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q4_2(4),
    Q4_3(5),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15),
    IQ2_XXS(16),
    IQ2_XS(17),
    IQ3_XXS(18),
    IQ1_S(19),
    IQ4_NL(20, 32, 18),
    IQ3_S(21),
    IQ2_S(22),
    IQ4_XS(23),
    I8(24),
    I16(25),
    I32(26),
    I64(27),
    F64(28),
    IQ1_M(29),
    BF16(30, 1, 2),
    Q4_0_4_4(31),
    Q4_0_4_8(32),
    Q4_0_8_8(33),
    TQ1_0(34, 256, 54, "tq1_0"),
    TQ2_0(35, 256, 66, "tq2_0"),
    /// Two bits a weight; the tail holds the tensor's one scale and 28 bytes of padding.
    I2_S(36, 128, 32, 0, 32, "i2_s"),
    I8_S(37),
    TL1(38),
    TL2(39),
    Q1_0(41, 128, 18, "q1_0"),
    Q2_0(42, 64, 18, "q2_0"),
    /// PrismML's earlier files give their blocks of 128 the number of [#Q2_0]; the size of a tensor tells.
    Q2_0_128(42, 128, 34, "pq2_0"),
    /// ik_llama.cpp; each row begins with its scale.
    IQ2_BN(135, 64, 16, 4, 0, "iq2_bn"),
    STQ1_0(43),
    IQ1_BN(134),
    /// PrismML's fork of llama.cpp.
    PQ2_0(142, 128, 34, "pq2_0"),
    PTQ1_0(143, 128, 28, "ptq1_0"),
    IQ2_BN_R4(335);

    /// A tensor has one to four dimensions, as in ggml.
    public static final int MAX_DIMENSIONS = 4;

    private final int id;
    private final int elements;
    private final int bytes;
    private final int head, tail;
    private final @Nullable String packing;

    TensorType(int id) {
        this(id, 0, 0, 0, 0, null);
    }

    TensorType(int id, int elements, int bytes) {
        this(id, elements, bytes, 0, 0, null);
    }

    TensorType(int id, int elements, int bytes, String packing) {
        this(id, elements, bytes, 0, 0, packing);
    }

    TensorType(int id, int elements, int bytes, int head, int tail, @Nullable String packing) {
        this.id = id;
        this.elements = elements;
        this.bytes = bytes;
        this.head = head;
        this.tail = tail;
        this.packing = packing;
    }

    public static Optional<TensorType> of(int id) {
        return Arrays.stream(values()).filter(t -> t.id == id).findFirst();
    }

    /// Its number in a file.
    public int id() {
        return id;
    }

    /// The packing of the library that weights of this type are stored in; empty for types that are no packed weights.
    public Optional<String> packing() {
        return Optional.ofNullable(packing);
    }

    /// Whether Tern reads tensors of this type.
    public boolean readable() {
        return elements > 0;
    }

    /// Size of a tensor of shape `ne`, `ne[0]` fastest.
    ///
    /// @throws IllegalArgumentException if the type is not readable, or cannot hold that shape; the message says why
    public long bytes(List<Long> ne) {
        if (!readable())
            throw new IllegalArgumentException("found type %s, expected one of %s; %s".formatted(this, readableNames(), advice()));
        if (ne.isEmpty() || ne.size() > MAX_DIMENSIONS)
            throw new IllegalArgumentException("found %d dimensions, expected 1 to %d".formatted(ne.size(), MAX_DIMENSIONS));
        if (ne.stream().anyMatch(n -> n < 1))
            throw new IllegalArgumentException("found shape %s, expected positive dimensions".formatted(ne));
        if (ne.getFirst() % elements != 0)
            throw new IllegalArgumentException(
                    "found shape %s, expected k a multiple of %d for %s".formatted(ne, elements, this));
        try {
            long count = ne.stream().reduce(1L, Math::multiplyExact);
            long heads = Math.multiplyExact(count / ne.getFirst(), (long) head);
            return Math.addExact(Math.addExact(Math.multiplyExact(count / elements, (long) bytes), heads), tail);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException("found shape %s, expected less than 2^63 bytes".formatted(ne));
        }
    }

    /// What a user can do about a type that Tern does not read.
    private String advice() {
        return switch (this) {
            case TL1, TL2 -> "the order of its weights depends on the kernel that it was made for, and nothing in the file tells: "
                    + "convert the model's safetensors instead (tern convert)";
            case STQ1_0, IQ1_BN, IQ2_BN_R4 -> "Tern does not know the order of its bits: take the model as TQ2_0, Q2_0 or IQ2_BN";
            case Q4_2, Q4_3, Q4_0_4_4, Q4_0_4_8, Q4_0_8_8 -> "llama.cpp has dropped it: quantize the original again";
            default -> "quantize the original again, weights as TQ1_0, TQ2_0 or I2_S, embedding and head as Q6_K or F16";
        };
    }

    private static String readableNames() {
        return Arrays.stream(values()).filter(TensorType::readable).map(Enum::name).collect(joining(", "));
    }
}
