package tern.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.BundleException;
import tern.autotune.record.Environment;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.RecordsException;
import tern.autotune.record.Tuned;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.DeviceException;
import tern.ir.loop.LoopParser;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Targets;
import tern.ir.text.IrException;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.grammar.Grammar;
import tern.runtime.json.JsonTree;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.PackedFile;
import tern.runtime.safetensors.Safetensors;
import tern.runtime.tokenizer.BpeTokenizer;
import tern.runtime.tokenizer.ByteAlphabet;
import tern.runtime.tokenizer.WrittenVocabulary;

/// All that reads what others may have written: each with some good inputs, and with what it may throw. A [CoverageLoader] loads this class,
/// so what leaves it is of the JDK's types.
public final class Readers {

    static final List<String> NAMES = List.of("gguf", "safetensors", "json", "tokenizer.json", "tokenizer.model", "ranks", "gbnf", "schema", "tir", "loop",
            "ptx", "bundle", "records", "packed");

    private Readers() {}

    /// By how much fewer inputs there are, where each goes through files or compiles what it reads.
    static int share(String name) {
        return switch (name) {
            case "records" -> 20;
            case "tokenizer.json", "tokenizer.model", "ranks", "packed" -> 4;
            default -> 1;
        };
    }

    private interface Reading {
        void read(byte[] input) throws Exception;
    }

    /// Good inputs and the reader.
    public static Map.Entry<List<byte[]>, Consumer<byte[]>> of(String name) throws Exception {
        Path folder = Files.createTempDirectory("tern-fuzz");
        folder.toFile().deleteOnExit();
        return switch (name) {
            case "gguf" -> entry(List.of(gguf(folder)), input -> {
                Gguf file = Gguf.parse("f", MemorySegment.ofArray(input));
                ModelConfig.of(file);
                BpeTokenizer tokenizer = BpeTokenizer.of(file.metadata(), 300);
                tokenizer.prepare();
                tokenizer.encode("ab c");
            });
            case "safetensors" -> entry(List.of(safetensors()), input -> Safetensors.parse("f", MemorySegment.ofArray(input)).tensors());
            case "json" ->
                entry(texts("{\"a\": [1, 2.5, -3e7, \"x\\u00e9\\n\", null, true], \"b\": {\"c\": {}}}"), input -> JsonTree.parse("f", "json", input));
            case "tokenizer.json" -> entry(texts(vocabulary().json()), input -> vocabulary(folder, "tokenizer.json", input));
            case "tokenizer.model" -> entry(List.of(sentencePiece()), input -> vocabulary(folder, "tokenizer.model", input));
            case "ranks" -> entry(texts("IQ== 0\nIg== 1\nISI= 2\n"), input -> vocabulary(folder, "tokenizer.model", input));
            case "gbnf" -> entry(
                    texts("root ::= (item \",\")* item?\nitem ::= [a-z]{2,5} | \"\\x41\" # one\n | \"b\"+ [^\\n\"]\n",
                            "root ::= ws \"{\" \"}\"\nws ::= [ \\t]*\n"),
                    input -> Grammar.ofGbnf(new Source("f", new String(input, UTF_8))));
            case "schema" -> entry(texts(
                    "{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#/$defs/n\"}, \"b\": {\"enum\": [1, \"x\", null]}}, \"required\": [\"a\"],"
                            + " \"additionalProperties\": false, \"$defs\": {\"n\": {\"type\": \"integer\", \"minimum\": 3, \"maximum\": 40}}}",
                    "{\"anyOf\": [{\"type\": \"array\", \"items\": {\"type\": \"number\"}, \"maxItems\": 3}, {\"type\": \"string\", \"pattern\": \"^[a-c]+\\\\d?$\"}]}",
                    "{\"type\": \"string\", \"format\": \"date-time\", \"maxLength\": 30}"),
                    input -> Grammar.ofSchema("f", JsonTree.parse("f", "json", input).node()));
            case "tir" -> entry(tir(), input -> Tir.parse(new Source("f", new String(input, UTF_8))));
            case "loop" -> entry(golden(".loop"), input -> LoopParser.parse(new Source("f", new String(input, UTF_8))));
            case "ptx" -> entry(golden(".ptx"), input -> {
                try (var card = new Simulator(Targets.A100)) {
                    card.load(new String(input, UTF_8));
                }
            });
            case "bundle" -> bundle();
            case "records" -> records(folder);
            case "packed" -> entry(List.of(packed("/nowhere/model.gguf"), packed("/\0")), input -> {
                Files.write(folder.resolve("f.packed"), input);
                for (PackedFile file : PackedFile.in(folder)) {
                    file.fate();
                    file.isWhole();
                }
            });
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Map.Entry<List<byte[]>, Consumer<byte[]>> entry(List<byte[]> seeds, Reading reading) {
        return Map.entry(seeds, input -> {
            try {
                reading.read(input);
            } catch (ModelException | IrException | IllegalArgumentException | BundleException | RecordsException | DeviceException e) {
                requireClear(e);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof BundleException clear)) throw new AssertionError(e.getCause());
                requireClear(clear);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /// What the JDK throws has no clear message.
    private static void requireClear(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        boolean isOurs = e.getStackTrace().length > 0 && e.getStackTrace()[0].getClassName().startsWith("tern.");
        if (!isOurs || message.isBlank() || message.equals("null")) throw new AssertionError("unclear: " + e, e);
    }

    private static List<byte[]> texts(String... texts) {
        return java.util.stream.Stream.of(texts).map(text -> text.getBytes(UTF_8)).toList();
    }

    private static WrittenVocabulary vocabulary() {
        var tokens = new ArrayList<String>();
        var types = new ArrayList<WrittenVocabulary.Type>();
        for (int id = 0; id < 260; id++) {
            tokens.add(id < 256 ? ByteAlphabet.write(new byte[] {(byte) id}) : id == 256 ? "ab" : "<t%d>".formatted(id));
            types.add(id < 257 ? WrittenVocabulary.Type.ORDINARY : WrittenVocabulary.Type.CONTROL);
        }
        return new WrittenVocabulary(
                "made", tokens, types, Optional.of(List.of("a b")), OptionalInt.of(258), OptionalInt.of(259), Set.of(), Optional.empty());
    }

    private static void vocabulary(Path folder, String name, byte[] input) throws IOException {
        Files.write(folder.resolve(name), input);
        BpeTokenizer tokenizer = WrittenVocabulary.of(folder, 300).tokenizer(300);
        tokenizer.prepare();
        tokenizer.encode("ab c");
    }

    private static byte[] gguf(Path folder) throws IOException {
        Path file = folder.resolve("good.gguf");
        String at = "bitnet-b1.58.";
        var writer = new GgufWriter()
                .put("general.architecture", Value.text("bitnet-b1.58"))
                .put(at + "context_length", Value.u32(32)).put(at + "embedding_length", Value.u32(128)).put(at + "block_count", Value.u32(1))
                .put(at + "feed_forward_length", Value.u32(128)).put(at + "attention.head_count", Value.u32(2))
                .put(at + "attention.head_count_kv", Value.u32(1)).put(at + "attention.layer_norm_rms_epsilon", Value.f32(1e-5f));
        vocabulary().putTo(writer);
        writer.tensor("token_embd.weight", List.of(128L, 4L), TensorType.F16, Payload.of(MemorySegment.ofArray(new byte[1024]))).write(file);
        return Files.readAllBytes(file);
    }

    private static byte[] safetensors() {
        byte[] header =
                "{\"a\": {\"dtype\": \"F16\", \"shape\": [2, 3], \"data_offsets\": [0, 12]}, \"__metadata__\": {\"format\": \"pt\"}}   ".getBytes(UTF_8);
        byte[] all = new byte[8 + header.length + 12];
        all[0] = (byte) header.length;
        System.arraycopy(header, 0, all, 8, header.length);
        return all;
    }

    /// A protobuf: pieces with text, score and type, and that the model is BPE.
    private static byte[] sentencePiece() {
        var all = new ByteArrayOutputStream();
        for (int id = 0; id < 262; id++) {
            byte[] text = (id == 0 ? "<unk>" : id < 3 ? "<s%d>".formatted(id) : id < 259 ? "<0x%02X>".formatted(id - 3) : "abc".substring(id - 259, id - 258))
                    .getBytes(UTF_8);
            int type = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
            all.write(0x0a);
            all.write(text.length + 9);
            all.write(0x0a);
            all.write(text.length);
            all.writeBytes(text);
            all.writeBytes(new byte[] {0x15, 0, 0, (byte) 0x80, (byte) 0xbf, 0x18, (byte) type});
        }
        all.writeBytes(new byte[] {0x12, 2, 0x18, 2, 0x1a, 2, 0x20, 0});
        return all.toByteArray();
    }

    private static List<byte[]> tir() {
        Packing packing = Tir.library().packing("tri5r32");
        return texts(Printer.printWithCodecs(packing) + Printer.print(Tir.library().kernel("gate_up")),
                "packing p(R in 32, 64) = ...", Printer.printWithCodecs(Tir.library().packing("tq1_0")), winner().packing() + winner().stepSchedule());
    }

    private static List<byte[]> golden(String ending) throws IOException {
        try (var files = Files.list(Path.of("src/test/resources/golden/kernels"))) {
            var found = new ArrayList<byte[]>();
            for (Path file : files.filter(one -> one.toString().endsWith(ending)).sorted().toList())
                if (Files.size(file) < 12_000) found.add(Files.readAllBytes(file));
            return found;
        }
    }

    private static Tuned winner() {
        Packing packing = Tir.library().packing("two_r256");
        var kernel = Tir.library().kernel("bitlinear");
        String schedule = Printer.print("avx512", new Schedule.Vector("bitlinear", packing.name(), Strategy.DECODE, 16, 1, 1, 16, 1, false));
        return new Tuned(ProblemKey.of(kernel, 64, 90, 1), ProblemKey.of(kernel, 64, 90, 4), Environment.of(new ReferenceDevice(), 1),
                Printer.printWithCodecs(packing), schedule, schedule, 1e-3, 2e-3, Instant.EPOCH);
    }

    /// What the signature covers, as if any key could sign.
    private static Map.Entry<List<byte[]>, Consumer<byte[]>> bundle() throws Exception {
        Class<?> json = Class.forName("tern.autotune.bundle.BundleJson");
        Method bytes = json.getDeclaredMethod("bytes", Bundle.class), parse = json.getDeclaredMethod("parse", byte[].class);
        bytes.setAccessible(true);
        parse.setAccessible(true);
        return entry(List.of((byte[]) bytes.invoke(null, new Bundle(Instant.EPOCH, List.of(winner()), List.of()))),
                input -> parse.invoke(null, (Object) input));
    }

    private static Map.Entry<List<byte[]>, Consumer<byte[]>> records(Path folder) throws IOException {
        Path good = folder.resolve("good.db"), bad = folder.resolve("bad.db");
        try (Records records = Records.open(good.toString())) {
            records.add(winner());
        }
        return entry(List.of(Files.readAllBytes(good)), input -> {
            Files.write(bad, input);
            try (Records records = Records.open(bad.toString())) {
                records.tuned(winner().step(), winner().batch(), winner().environment());
                records.trials(winner().step(), winner().environment());
            }
        });
    }

    private static byte[] packed(String path) {
        var file = java.nio.ByteBuffer.allocate(8192).put("TERNPACK".getBytes(UTF_8)).putInt(3).putInt(4).put("abcd".getBytes(UTF_8));
        byte[] model = path.getBytes(UTF_8), digest = "d".getBytes(UTF_8);
        file.position(64).putInt(7).putInt(digest.length).put(digest).putInt(model.length).put(model);
        return file.array();
    }
}
