package tern.codegen.machine.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Each instruction's bytes, with low and high registers and every form of address, are those of GNU as.
class EncodingTest {

    private static final int LOW = 1, HIGH = 9;

    @TempDir
    Path folder;

    @Test
    void areThoseOfGnuAs() throws IOException, InterruptedException {
        Assumptions.assumeTrue(runs("as", "--version") && runs("objcopy", "--version"), "GNU as is not here");
        List<Instruction.Plain> all = new ArrayList<>();
        Stream.of(Integers.ALL, Vectors.ALL, Avx512.ALL, Tiles.ALL).flatMap(List::stream).forEach(opcode -> examples(opcode, all));
        assertThat(all).hasSizeGreaterThan(10_000);
        var text = new Text(Register::fixed);
        // Of two ways to move between registers as takes the other one.
        List<String> lines = all.stream().map(one -> (((Opcode) one.opcode()).form() == Form.R_M ? "{load} " : "") + text.of(one)).toList();
        Path source = folder.resolve("code.s"), object = folder.resolve("code.o"), binary = folder.resolve("code.bin");
        Files.writeString(source, ".intel_syntax noprefix\n" + String.join("\n", lines) + "\n");
        assertThat(run("as", "-o", object.toString(), source.toString())).isEqualTo("");
        assertThat(run("objcopy", "-O", "binary", "-j", ".text", object.toString(), binary.toString())).isEqualTo("");
        byte[] theirs = Files.readAllBytes(binary);
        var ours = new Encoder(Register::fixed, _ -> 0);
        int[] ends = new int[all.size()];
        for (int i = 0; i < ends.length; i++) {
            ours.put(all.get(i));
            ends[i] = ours.size();
        }
        byte[] bytes = ours.bytes();
        for (int i = 0; i < ends.length; i++) {
            int from = i == 0 ? 0 : ends[i - 1];
            String want = HexFormat.of().formatHex(theirs, from, Math.min(theirs.length, ends[i]));
            assertThat(HexFormat.of().formatHex(bytes, from, ends[i])).as(lines.get(i)).isEqualTo(want);
        }
        assertThat(ours.size()).isEqualTo(theirs.length);
    }

    @Test
    void padsWithInstructionsThatDoNothing() {
        for (int count = 0; count < 40; count++) {
            var encoder = new Encoder(Register::fixed, _ -> 0);
            encoder.pad(count);
            assertThat(encoder.size()).isEqualTo(count);
        }
    }

    private static void examples(Opcode opcode, List<Instruction.Plain> into) {
        boolean free = opcode.operands().stream().anyMatch(o -> o.endsWith("v"));
        for (int bits : free ? opcode.evex() == null ? new int[] {128, 256} : new int[] {128, 256, 512} : new int[] {128}) {
            if (bits < 256 && opcode.equals(Vectors.BROADCAST128)) continue;
            boolean many = opcode.evex() != null;
            for (int first : many ? new int[] {0, LOW, HIGH, 5, 14, 19, 27} : new int[] {0, LOW, HIGH, 5}) registers(opcode, bits, first, into);
            int m = opcode.form().memory();
            if (m < 0 || !opcode.form().takesMemory() || !opcode.operands().get(m).endsWith("v") && mustBeRegister(opcode)) continue;
            List<Memory> places = places().stream().filter(place -> place.index() != null || !mustHaveIndex(opcode)).toList();
            int[] firsts = many ? new int[] {LOW, HIGH, 18, 25} : new int[] {LOW, HIGH};
            for (int i = 0; i < places.size(); i++) {
                List<Operand> operands = operands(opcode, firsts[i % firsts.length]);
                operands.set(m, places.get(i));
                into.add(new Instruction.Plain(opcode, bits, operands, 0));
            }
        }
    }

    /// What as writes in another form with a register, or does not take at all, and we never ask for.
    private static boolean mustBeMemory(Opcode opcode) {
        return List.of(Integers.STORE8, Integers.STORE16, Integers.STORE32, Integers.STORE64, Integers.LEA, Integers.LOCK_XADD, Integers.LOCK_CMPXCHG,
                Integers.XCHG, Integers.PREFETCHT0, Vectors.STORE,
                Vectors.BROADCAST128, Vectors.LOADQ, Vectors.STOREQ, Vectors.STORE_W,
                Avx512.STORE_BYTES, Tiles.CONFIGURE, Tiles.LOAD, Tiles.STORE).contains(opcode);
    }

    private static boolean mustBeRegister(Opcode opcode) {
        return List.of(Vectors.MOVQ, Vectors.TO_Q, Tiles.MULTIPLY).contains(opcode);
    }

    /// It says how far rows lie from each other.
    private static boolean mustHaveIndex(Opcode opcode) {
        return opcode.equals(Tiles.LOAD) || opcode.equals(Tiles.STORE);
    }

    private static void registers(Opcode opcode, int bits, int first, List<Instruction.Plain> into) {
        if (mustBeMemory(opcode)) return;
        into.add(new Instruction.Plain(opcode, bits, operands(opcode, first), 0));
        // Of one bit there is a shorter form.
        if (opcode.form() == Form.M_I8) into.add(new Instruction.Plain(opcode, bits, List.of(operands(opcode, first).getFirst(), new Immediate(1)), 0));
    }

    private static List<Operand> operands(Opcode opcode, int first) {
        List<Operand> operands = new ArrayList<>();
        int number = first;
        for (int i = 0; i < opcode.operands().size(); i++) {
            char size = opcode.size(i);
            if (size == 'i') operands.add(new Immediate(immediate(opcode)));
            else if (size == 'k') operands.add(Avx512.MASK);
            else if (size == 't') operands.add(Tiles.register(number++ & 7));
            else if (Opcode.bits(size, 512) > 0) operands.add(new Register(Bank.VECTOR, number, number++));
            else operands.add(new Register(Bank.GENERAL, number, number++ & 15));
        }
        return operands;
    }

    private static long immediate(Opcode opcode) {
        return switch (opcode.form()) {
            case O_I64 -> 0x123456789abcdefL;
            case M_I -> opcode.digit() == 4 ? 100_000 : -7;
            default -> 5;
        };
    }

    private static List<Memory> places() {
        List<Memory> places = new ArrayList<>();
        for (int base : new int[] {0, 5, 7, 12, 13})
            for (int displacement : new int[] {0, -128, 127, 128, 8 * 120, -512, 64 * 100, 100_000}) {
                places.add(Memory.at(general(base), displacement));
                if (displacement == 0 || displacement == 128)
                    for (int index : new int[] {2, 10, 12})
                        places.add(new Memory(general(base), general(index), index == 2 ? 1 : 8, displacement, -1));
            }
        return places;
    }

    private static Register general(int number) {
        return new Register(Bank.GENERAL, number, number);
    }

    private static boolean runs(String... command) {
        try {
            run(command);
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        return process.waitFor() == 0 ? "" : output;
    }
}
