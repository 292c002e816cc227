package tern.runtime.model;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Value;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;

/// What the name of an architecture means in a GGUF file: a file names its graph and does not describe it.
///
/// @param pairs     as the converter of that architecture leaves the rows of q and k
/// @param tiedHead  true if the embedding is the head even where the file has another
/// @param isTernary true if all models of this name were trained with ternary weights
record GgufArchitecture(RopePairs pairs, Set<Norms> norms, Activation activation, boolean tiedHead, boolean isTernary) {

    /// `bitnet-b1.58` and, in an earlier upload, `bitnet-25`: 2B4T, microsoft/BitNet's fork. `bitnet`: bitnet_b1_58-large and 3B,
    /// llama.cpp `llm_build_bitnet`. `llama`: its converter permutes q and k to neighbours; Llama3-8B-1.58 and Falcon3-1.58bit are such.
    /// `qwen3` and `gemma3`: llama.cpp `llm_build_qwen3`, `llm_build_gemma3`.
    static final Map<String, GgufArchitecture> BY_NAME = Map.of(
            "bitnet-b1.58", new GgufArchitecture(RopePairs.HALVES, Set.of(Norms.SUB), Activation.SQUARED_RELU, true, true),
            "bitnet-25", new GgufArchitecture(RopePairs.HALVES, Set.of(Norms.SUB), Activation.SQUARED_RELU, true, true),
            "bitnet", new GgufArchitecture(RopePairs.HALVES, Set.of(Norms.SUB), Activation.SILU, true, true),
            "llama", new GgufArchitecture(RopePairs.NEIGHBOURS, Set.of(), Activation.SILU, false, false),
            "qwen3", new GgufArchitecture(RopePairs.HALVES, Set.of(Norms.HEAD), Activation.SILU, false, false),
            "gemma3", new GgufArchitecture(RopePairs.HALVES, Set.of(Norms.HEAD, Norms.POST), Activation.GELU, false, false));

    private static final String DELTA = "gated delta nets in place of attention in most layers, and attention with a gate of its own",
            EXPERTS = "experts and their router";

    /// Published with ternary weights, or relatives of those that run, and what of them Tern has not.
    static final Map<String, String> MISSING = Map.of(
            "qwen35", DELTA,
            "qwen35moe", DELTA + "; " + EXPERTS,
            "qwen3next", DELTA + "; " + EXPERTS,
            "qwen3moe", EXPERTS,
            "maple", EXPERTS + "; RoPE of a part of a head, in some layers only");

    /// llama.cpp sets both for all models of the name `gemma3`.
    private static final int GEMMA_PERIOD = 6, GEMMA_LOCAL_THETA = 10000;

    /// @throws ModelException if Tern runs no such architecture
    static GgufArchitecture of(Gguf file) {
        String name = file.metadata().text("general.architecture");
        GgufArchitecture architecture = BY_NAME.get(name);
        if (architecture == null)
            throw new ModelException(file.file(), "key general.architecture", MISSING.containsKey(name)
                    ? "'%s' is not supported: Tern lacks %s".formatted(name, MISSING.get(name))
                    : "'%s' is not supported; expected one of %s".formatted(name, new TreeSet<>(BY_NAME.keySet())));
        return architecture;
    }

    Block block(Gguf file, int hidden) {
        EnumSet<Norms> all = EnumSet.noneOf(Norms.class);
        all.addAll(norms);
        if (file.find("blk.0.attn_q_norm_in.weight").isPresent()) all.add(Norms.INPUT);
        boolean gemma = norms.contains(Norms.POST);
        return new Block(all, activation, tiedHead || file.find("output.weight").isEmpty(), positions(file), gemma ? root(hidden) : 1, 0);
    }

    /// What Gemma multiplies its embedding with, in f32 as llama.cpp has it; transformers rounds it to the type of the weights.
    static float root(int hidden) {
        return (float) Math.sqrt(hidden);
    }

    /// The keys of what [Block] says beyond its architecture's name.
    ///
    /// @throws ModelException if GGUF has no key for it
    static void put(ModelConfig c, String source, GgufWriter file) {
        String at = c.architecture() + ".", scaling = at + "rope.scaling.";
        Positions p = c.block().positions();
        Yarn yarn = p.yarn();
        if (c.block().queryScalar() != 0)
            throw new ModelException(source, "query_pre_attn_scalar",
                    "%d is not the width of a head, and GGUF has no key for it".formatted(c.block().queryScalar()));
        if (yarn != null)
            file.put(scaling + "type", Value.text("yarn")).put(scaling + "factor", Value.f32(yarn.factor()))
                    .put(scaling + "original_context_length", Value.u32(yarn.original()))
                    .put(scaling + "yarn_beta_fast", Value.f32(yarn.fast())).put(scaling + "yarn_beta_slow", Value.f32(yarn.slow()))
                    .put(scaling + "yarn_attn_factor", Value.f32(yarn.attention() / Yarn.attention(yarn.factor())));
        if (p.window() > 0)
            file.put(at + "attention.sliding_window", Value.u32(p.window())).put(at + "attention.sliding_window_pattern", Value.u32(p.period()))
                    .put(at + "rope.freq_base_swa", Value.f32(p.localTheta()));
    }

    private Positions positions(Gguf file) {
        Metadata meta = file.metadata();
        String at = meta.text("general.architecture") + ".";
        int window = norms.contains(Norms.POST) ? meta.count(at + "attention.sliding_window", 0) : 0;
        if (window == 0) return new Positions(yarn(file, at), 0, 1, 0);
        return new Positions(yarn(file, at), window, meta.count(at + "attention.sliding_window_pattern", GEMMA_PERIOD),
                (float) meta.real(at + "rope.freq_base_swa", GEMMA_LOCAL_THETA));
    }

    /// llama.cpp multiplies `attn_factor` with what the paper proposes.
    private static @Nullable Yarn yarn(Gguf file, String at) {
        Metadata meta = file.metadata();
        String scaling = at + "rope.scaling.", type = meta.text(scaling + "type", "none");
        if (type.equals("none")) return null;
        if (!type.equals("yarn") || meta.real(scaling + "yarn_ext_factor", 1) != 1)
            throw new ModelException(file.file(), "key " + scaling + "type", "'%s' is not supported".formatted(type));
        float factor = (float) meta.real(scaling + "factor");
        double attention = meta.real(scaling + "yarn_attn_factor", meta.real(scaling + "attn_factor", 1));
        return new Yarn(factor, meta.count(scaling + "original_context_length"), (float) meta.real(scaling + "yarn_beta_fast", 32),
                (float) meta.real(scaling + "yarn_beta_slow", 1), (float) (Yarn.attention(factor) * attention));
    }
}
