package tern.runtime.model;

import java.util.Map;
import java.util.TreeSet;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.model.Block.Activation;

/// What the name of an architecture means in a GGUF file: a file names its graph and does not describe it.
///
/// @param pairs     as the converter of that architecture leaves the rows of q and k
/// @param tiedHead  true if the embedding is the head even where the file has another
/// @param isTernary true if all models of this name were trained with ternary weights
record GgufArchitecture(RopePairs pairs, boolean subNorms, Activation activation, boolean tiedHead, boolean isTernary) {

    /// `bitnet-b1.58` and, in an earlier upload, `bitnet-25`: 2B4T, microsoft/BitNet's fork. `bitnet`: bitnet_b1_58-large and 3B,
    /// llama.cpp `llm_build_bitnet`. `llama`: its converter permutes q and k to neighbours; Llama3-8B-1.58 and Falcon3-1.58bit are such.
    static final Map<String, GgufArchitecture> BY_NAME = Map.of(
            "bitnet-b1.58", new GgufArchitecture(RopePairs.HALVES, true, Activation.SQUARED_RELU, true, true),
            "bitnet-25", new GgufArchitecture(RopePairs.HALVES, true, Activation.SQUARED_RELU, true, true),
            "bitnet", new GgufArchitecture(RopePairs.HALVES, true, Activation.SILU, true, true),
            "llama", new GgufArchitecture(RopePairs.NEIGHBOURS, false, Activation.SILU, false, false));

    /// @throws ModelException if Tern runs no such architecture
    static GgufArchitecture of(Gguf file) {
        String name = file.metadata().text("general.architecture");
        GgufArchitecture architecture = BY_NAME.get(name);
        if (architecture == null)
            throw new ModelException(file.file(), "key general.architecture",
                    "'%s' is not supported; expected one of %s".formatted(name, new TreeSet<>(BY_NAME.keySet())));
        return architecture;
    }

    Block block(Gguf file) {
        return new Block(subNorms, activation, tiedHead || file.find("output.weight").isEmpty());
    }
}
