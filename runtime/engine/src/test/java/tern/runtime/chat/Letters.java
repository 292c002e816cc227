package tern.runtime.chat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.tokenizer.Tokenizer;

/// A token a byte, then the special ones; two `o`s are one token where they meet, so that it shows what is encoded together.
record Letters(List<String> names) implements Tokenizer {
    private static final int PAIR = 256, FIRST = 257;

    static Letters of(String... names) {
        return new Letters(List.of(names));
    }

    @Override
    public int size() {
        return FIRST + names.size();
    }

    @Override
    public int[] encode(String text) {
        var ids = new ArrayList<Integer>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b == 'o' && !ids.isEmpty() && ids.getLast() == 'o') ids.set(ids.size() - 1, PAIR);
            else ids.add(b & 0xff);
        }
        return ids.stream().mapToInt(i -> i).toArray();
    }

    @Override
    public int[] encodeWithSpecials(String text) {
        throw new AssertionError("a message must never be searched for special tokens");
    }

    @Override
    public byte[] decode(int id) {
        return id < PAIR ? new byte[] {(byte) id} : id == PAIR ? new byte[] {'o', 'o'} : new byte[0];
    }

    @Override
    public Map<String, Integer> specials() {
        var specials = new LinkedHashMap<String, Integer>();
        for (String name : names) specials.put(name, FIRST + specials.size());
        return specials;
    }

    @Override
    public OptionalInt bos() {
        return OptionalInt.of(FIRST);
    }

    @Override
    public OptionalInt eos() {
        return OptionalInt.of(FIRST + 1);
    }

    @Override
    public Set<Integer> stops() {
        return Set.of(FIRST + 1);
    }

    /// Special tokens as `[name]`.
    String show(int[] ids) {
        var text = new StringBuilder();
        for (int id : ids) text.append(id < PAIR ? String.valueOf((char) id) : id == PAIR ? "oo" : "[" + names.get(id - FIRST) + "]");
        return text.toString();
    }
}
