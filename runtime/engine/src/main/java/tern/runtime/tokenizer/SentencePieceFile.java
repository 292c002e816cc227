package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// SentencePiece's `tokenizer.model`, a protocol buffer: pieces with scores and types, and what is done to a text before. Only what
/// Llama 1 and 2 have is read: BPE, bytes for unknown characters, nothing normalised.
///
/// Source: google/sentencepiece `sentencepiece_model.proto`.
final class SentencePieceFile {

    static final String NAME = "tokenizer.model";

    /// Llama 2's has half a million bytes.
    private static final long LONGEST = 1 << 26;

    /// `TrainerSpec.ModelType`
    private static final int BPE = 2;

    private final String file;
    private final List<String> tokens = new ArrayList<>();
    private final List<Type> types = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private int model = 1, bos = 1, eos = 2;
    private boolean spaceFirst = true, cleans = true, normalizes;

    private SentencePieceFile(String file) {
        this.file = file;
    }

    static WrittenVocabulary read(Path path) throws IOException {
        var read = new SentencePieceFile(path.toString());
        if (Files.size(path) > LONGEST) throw read.wrong("found %d bytes, expected at most %d".formatted(Files.size(path), LONGEST));
        read.fields(ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN), read::part);
        return read.vocabulary();
    }

    private WrittenVocabulary vocabulary() {
        if (tokens.isEmpty()) throw wrong("found no pieces");
        if (model != BPE) throw wrong("found model type %d, expected %d, BPE".formatted(model, BPE));
        if (normalizes || cleans) throw wrong("it normalises texts, which is not supported");
        return new WrittenVocabulary(file, new Scheme.SentencePiece(spaceFirst), tokens, types, Optional.empty(), Optional.of(scores),
                id(bos), id(eos), Set.of(), Optional.empty());
    }

    private static OptionalInt id(int id) {
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private interface Field {
        /// @param number of a varint or a fixed number's bits
        /// @param bytes  of a message or text, else empty
        void read(int field, long number, ByteBuffer bytes);
    }

    /// `ModelProto`
    private void part(int field, long number, ByteBuffer bytes) {
        switch (field) {
            case 1 -> {
                tokens.add("");
                types.add(Type.ORDINARY);
                scores.add(0f);
                fields(bytes, this::piece);
            }
            case 2 -> fields(bytes, this::training);
            case 3 -> fields(bytes, this::normalizing);
            default -> {}
        }
    }

    /// `SentencePiece`, the last one
    private void piece(int field, long number, ByteBuffer bytes) {
        int last = tokens.size() - 1;
        switch (field) {
            case 1 -> tokens.set(last, UTF_8.decode(bytes).toString());
            case 2 -> scores.set(last, Float.intBitsToFloat((int) number));
            case 3 -> {
                if (number < 1 || number >= Type.values().length) throw wrong("piece %d: found type %d, expected 1 to 6".formatted(last, number));
                types.set(last, Type.values()[(int) number]);
            }
            default -> {}
        }
    }

    /// `TrainerSpec`
    private void training(int field, long number, ByteBuffer bytes) {
        switch (field) {
            case 3 -> model = (int) number;
            case 41 -> bos = (int) number;
            case 42 -> eos = (int) number;
            default -> {}
        }
    }

    /// `NormalizerSpec`
    private void normalizing(int field, long number, ByteBuffer bytes) {
        switch (field) {
            case 2 -> normalizes = bytes.hasRemaining();
            case 3 -> spaceFirst = number != 0;
            case 4 -> cleans = number != 0;
            default -> {}
        }
    }

    /// Every field of a message. Source: protobuf.dev, "Encoding".
    private void fields(ByteBuffer message, Field reader) {
        var none = ByteBuffer.allocate(0);
        while (message.hasRemaining()) {
            long tag = varint(message);
            int field = (int) (tag >>> 3), kind = (int) (tag & 7);
            switch (kind) {
                case 0 -> reader.read(field, varint(message), none);
                case 1 -> reader.read(field, need(message, 8).getLong(), none);
                case 2 -> {
                    long length = varint(message);
                    if (length < 0 || length > message.remaining()) throw truncated(message);
                    reader.read(field, 0, message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN));
                    message.position(message.position() + (int) length);
                }
                case 5 -> reader.read(field, need(message, 4).getInt(), none);
                default -> throw wrong("found wire type %d of field %d, expected 0, 1, 2 or 5".formatted(kind, field));
            }
        }
    }

    private long varint(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = need(message, 1).get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) return value;
        }
        throw wrong("found a number of more than ten bytes");
    }

    private ByteBuffer need(ByteBuffer message, int bytes) {
        if (message.remaining() < bytes) throw truncated(message);
        return message;
    }

    private ModelException truncated(ByteBuffer message) {
        return wrong("a message ends within a field, %d bytes before its end".formatted(message.remaining()));
    }

    private ModelException wrong(String problem) {
        return new ModelException(file, "SentencePiece model", problem);
    }
}
