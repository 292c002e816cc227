package tern.codegen.machine.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;

/// Each instruction's bytes, on random operands, are those of GNU as.
class EncodingTest {

    private static final String AS = "aarch64-linux-gnu-as", OBJCOPY = "aarch64-linux-gnu-objcopy";
    private static final int EACH = 24;

    @TempDir
    Path folder;

    private final Random random = new Random(7);

    @Test
    void areThoseOfGnuAs() throws IOException, InterruptedException {
        List<Instruction.Plain> all = new ArrayList<>();
        for (Opcode opcode : Stream.concat(Integers.ALL.stream(), Vectors.ALL.stream()).toList())
            for (int i = 0; i < EACH; i++) all.add(new Instruction.Plain(opcode, 128, operands(opcode), 0));
        assertThat(all).hasSizeGreaterThan(3000);
        var text = new Text(Register::fixed);
        List<String> lines = new ArrayList<>(all.stream().map(text::of).toList());
        int pool = (all.size() * Integer.BYTES + 15) / 16 * 16;
        lines.add(".balign 16\nC0: .zero 16");
        var ours = new Encoder(Register::fixed, _ -> pool);
        all.forEach(ours::put);
        same(ours.bytes(), assembled(lines), lines);
    }

    @Test
    void jumpsAreThoseOfGnuAs() throws IOException, InterruptedException {
        var ours = new Encoder(Register::fixed, _ -> 0);
        List<String> lines = new ArrayList<>(List.of("L0: nop"));
        ours.pad(Integer.BYTES);
        var text = new Text(Register::fixed);
        List<Instruction.Jump> jumps = new ArrayList<>(Stream.of(Condition.values()).map(one -> new Instruction.Jump(one, 0)).toList());
        jumps.add(new Instruction.Jump(null, 0));
        for (Instruction.Jump jump : jumps) {
            lines.add(text.of(jump));
            ours.jump(jump, -ours.size() - Integer.BYTES, false);
        }
        same(ours.bytes(), assembled(lines), lines);
    }

    private static void same(byte[] ours, byte[] theirs, List<String> lines) {
        for (int i = 0; i < ours.length; i += Integer.BYTES)
            assertThat(HexFormat.of().formatHex(ours, i, i + Integer.BYTES))
                    .as(lines.get(i / Integer.BYTES))
                    .isEqualTo(HexFormat.of().formatHex(theirs, i, Math.min(theirs.length, i + Integer.BYTES)));
    }

    private byte[] assembled(List<String> lines) throws IOException, InterruptedException {
        Path source = folder.resolve("code.s"), object = folder.resolve("code.o"), binary = folder.resolve("code.bin");
        Files.writeString(source, ".arch armv8.6-a\n" + String.join("\n", lines) + "\n");
        run(AS, "-o", object.toString(), source.toString());
        run(OBJCOPY, "-O", "binary", "-j", ".text", object.toString(), binary.toString());
        return Files.readAllBytes(binary);
    }

    private List<Operand> operands(Opcode opcode) {
        List<Operand> operands = new ArrayList<>();
        for (int i = 0; i < opcode.operands().size(); i++) operands.add(operand(opcode, opcode.field(i)));
        return operands;
    }

    private Operand operand(Opcode opcode, Field field) {
        return switch (field) {
            case D, N, M, A, BOTH -> register();
            case P -> place(opcode);
            case C -> Memory.constant(0);
            case ADD -> new Immediate(random.nextInt(4096));
            case HALF -> new Immediate(random.nextInt(1 << 16));
            case UP -> new Immediate(16L * random.nextInt(4));
            case LEFT, LSL -> new Immediate(1 + random.nextInt(63));
            case RIGHT -> new Immediate(1 + random.nextInt(63));
            case LEFT8, LEFT16, LEFT32, LEFT64 -> new Immediate(random.nextInt(field.number));
            case RIGHT8, RIGHT16, RIGHT32, RIGHT64 -> new Immediate(1 + random.nextInt(field.number));
            case BYTES -> new Immediate(random.nextInt(16));
            case BYTE -> new Immediate(random.nextInt(256));
            case IF, IF_NOT -> new Immediate(Conditions.number(Condition.values()[random.nextInt(Condition.values().length)]));
        };
    }

    private Register register() {
        int number = random.nextInt(31);
        return new Register(Bank.GENERAL, number, number);
    }

    private Memory place(Opcode opcode) {
        int scale = opcode.scale();
        return switch (random.nextInt(opcode.equals(Vectors.LDR_Q) ? 5 : 4)) {
            case 0 -> Memory.at(register(), 0);
            case 1 -> Memory.at(register(), random.nextInt(4096) << scale);
            case 2 -> Memory.at(register(), random.nextInt(512) - 256);
            case 3 -> new Memory(register(), register(), 1, 0, -1);
            default -> Memory.constant(0);
        };
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort(command[0] + " is not here");
            return;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
