package tern.codegen.machine;

import static tern.codegen.machine.StepLoop.*;
import static tern.codegen.machine.X86.machine;
import static tern.codegen.machine.X86.plain;
import static tern.codegen.machine.x86.Integers.*;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.x86.Conditions;
import tern.codegen.machine.x86.Opcode;

/// [StepLoop] for x86-64, whose memory is ordered as the loop wants it: a store is seen after those before it.
final class X86StepLoop {

    private static final int BEGIN = 0, TIMED = 1, COPY = 2, CLAIM = 3, RUN = 4, ONCE = 5, NEXT = 6, WAIT = 7, LOOK = 8, PASSED = 9, BROKEN = 10,
            LEAVE = 11, END = 12, ENDED = 13;

    private static final Register RAX = machine(0), RCX = machine(1), RDX = machine(2), RSI = machine(6), RDI = machine(7), R8 = machine(8), R9 = machine(9);
    /// What stays over calls.
    private static final Register BLOCK = machine(3), SHARED_BLOCK = machine(5), STEP_AT = machine(12), NUMBER_OF = machine(13), TRIPS_AT = machine(14);
    private static final List<Register> KEPT = List.of(BLOCK, SHARED_BLOCK, STEP_AT, NUMBER_OF, TRIPS_AT);

    private final List<Instruction> code = new ArrayList<>();

    private X86StepLoop() {}

    static List<Instruction> code() {
        var loop = new X86StepLoop();
        loop.enter();
        loop.begin();
        loop.claim();
        loop.once();
        loop.barrier();
        loop.leave();
        return loop.code;
    }

    private void enter() {
        put(ENDBR64);
        for (int i = 0; i < KEPT.size(); i++) put(STORE64, at(RDI, i), KEPT.get(i));
        put(MOV, BLOCK, RDI);
        put(MOV, SHARED_BLOCK, at(BLOCK, SHARED));
        put(MOV, STEP_AT, at(BLOCK, STEP));
        put(MOV, NUMBER_OF, at(BLOCK, NUMBER));
        jump(null, PASSED);
    }

    /// Notes the time and fills in the frame.
    private void begin() {
        label(BEGIN);
        noteTime(TIMED);
        put(MOV, RDI, at(STEP_AT, FRAME));
        put(MOV_I, at(RDI, FrameLayout.STATUS), new Immediate(FrameLayout.DONE));
        copy(RDI, FrameLayout.N, SHARED_BLOCK, N);
        copy(RDI, FrameLayout.POSITION, SHARED_BLOCK, POSITION);
        put(MOV, RSI, at(STEP_AT, BUFFERS));
        put(MOV, RCX, at(STEP_AT, BUFFER_COUNT));
        label(COPY);
        put(MOV, RAX, new Memory(RSI, RCX, Long.BYTES, -Long.BYTES, -1));
        put(STORE64, new Memory(RDI, RCX, Long.BYTES, (FrameLayout.BUFFERS - 1) * Long.BYTES, -1), RAX);
        put(SUB_I, RCX, new Immediate(1));
        jump(Condition.GREATER, COPY);
        put(MOV, TRIPS_AT, NUMBER_OF);
        put(SHL_I, TRIPS_AT, new Immediate(4));
        put(ADD, TRIPS_AT, SHARED_BLOCK);
        put(MOV, RAX, at(TRIPS_AT, TRIPS));
        put(TEST, RAX, RAX);
        jump(Condition.LESS, ONCE);
        put(STORE64, at(RDI, FrameLayout.PARTS), RAX);
    }

    private void noteTime(int noted) {
        put(MOV, R8, at(BLOCK, TIMES));
        put(TEST, R8, R8);
        jump(Condition.EQUAL, noted);
        put(RDTSC, RDX, RAX);
        put(SHL_I, RDX, new Immediate(32));
        put(OR, RAX, RDX);
        put(STORE64, new Memory(R8, NUMBER_OF, Long.BYTES, 0, -1), RAX);
        label(noted);
    }

    /// Takes runs of iterations until none is left. Who is late finds the number of a later step.
    private void claim() {
        label(CLAIM);
        put(MOV, RAX, at(SHARED_BLOCK, CLAIMED));
        put(MOV32, RCX, RAX);
        put(MOV, RDX, RAX);
        put(SHR_I, RDX, new Immediate(32));
        put(CMP, RDX, NUMBER_OF);
        jump(Condition.GREATER, NEXT);
        jump(Condition.EQUAL, RUN);
        put(XOR, RCX, RCX);
        label(RUN);
        put(MOV, RSI, at(TRIPS_AT, TRIPS));
        put(SUB, RSI, RCX);
        jump(Condition.LESS_OR_EQUAL, NEXT);
        put(MOV, R8, RSI);
        put(IMUL, R8, at(SHARED_BLOCK, SHARE));
        put(SHR_I, R8, new Immediate(32));
        put(MOV, R9, at(TRIPS_AT, TRIPS + 1));
        put(CMP, R8, R9);
        put(Conditions.move(Condition.LESS), R8, R9);
        put(CMP, R8, RSI);
        put(Conditions.move(Condition.GREATER), R8, RSI);
        put(ADD, R8, RCX);
        put(MOV, R9, NUMBER_OF);
        put(SHL_I, R9, new Immediate(32));
        put(OR, R9, R8);
        put(LOCK_CMPXCHG, at(SHARED_BLOCK, CLAIMED), R9, RAX);
        jump(Condition.NOT_EQUAL, CLAIM);
        put(MOV, RDI, at(STEP_AT, FRAME));
        put(STORE64, at(RDI, FrameLayout.PART), RCX);
        put(STORE64, at(RDI, FrameLayout.END), R8);
        call();
        jump(null, CLAIM);
    }

    private void once() {
        label(ONCE);
        put(MOV, RAX, at(BLOCK, WORKER));
        put(STORE64, at(RDI, FrameLayout.PART), RAX);
        put(ADD_I, RAX, new Immediate(1));
        put(STORE64, at(RDI, FrameLayout.END), RAX);
        copy(RDI, FrameLayout.PARTS, SHARED_BLOCK, WORKERS);
        call();
    }

    private void call() {
        put(CALL, at(STEP_AT, ENTRY));
        put(MOV, RDI, at(STEP_AT, FRAME));
        put(CMP_I, at(RDI, FrameLayout.STATUS), new Immediate(FrameLayout.DONE));
        jump(Condition.NOT_EQUAL, BROKEN);
    }

    /// The last to arrive lets all begin with the next step.
    private void barrier() {
        label(NEXT);
        put(ADD_I, STEP_AT, new Immediate(STEP_LONGS * Long.BYTES));
        put(ADD_I, NUMBER_OF, new Immediate(1));
        put(CMP, NUMBER_OF, at(BLOCK, COUNT));
        jump(Condition.EQUAL, END);
        put(MOV_I, RAX, new Immediate(1));
        put(LOCK_XADD, at(SHARED_BLOCK, ARRIVED), RAX);
        put(ADD_I, RAX, new Immediate(1));
        put(CMP, RAX, at(SHARED_BLOCK, WORKERS));
        jump(Condition.NOT_EQUAL, WAIT);
        put(MOV_I, at(SHARED_BLOCK, ARRIVED), new Immediate(0));
        put(MOV, RAX, NUMBER_OF);
        put(XCHG, at(SHARED_BLOCK, PHASE), RAX);
        put(MOV_I, RDX, new Immediate(WAKING));
        put(CMP_I, at(SHARED_BLOCK, SLEEPING), new Immediate(0));
        jump(Condition.EQUAL, BEGIN);
        jump(null, LEAVE);

        label(WAIT);
        put(MOV, RCX, at(BLOCK, LOOKS));
        label(LOOK);
        put(CMP, NUMBER_OF, at(SHARED_BLOCK, PHASE));
        jump(Condition.LESS_OR_EQUAL, PASSED);
        put(MOV_I, RDX, new Immediate(WAITING));
        put(SUB_I, RCX, new Immediate(1));
        jump(Condition.LESS, LEAVE);
        put(PAUSE);
        jump(null, LOOK);
        label(PASSED);
        put(MOV_I, RDX, new Immediate(FAILED));
        put(CMP_I, at(SHARED_BLOCK, FAILURE), new Immediate(0));
        jump(Condition.EQUAL, BEGIN);
        jump(null, LEAVE);
    }

    private void leave() {
        label(END);
        noteTime(ENDED);
        put(MOV_I, RDX, new Immediate(DONE));
        jump(null, LEAVE);
        label(BROKEN);
        put(MOV_I, at(SHARED_BLOCK, FAILURE), new Immediate(1));
        put(MOV_I, RAX, new Immediate(Integer.MAX_VALUE));
        put(XCHG, at(SHARED_BLOCK, PHASE), RAX);
        put(MOV_I, RDX, new Immediate(FAILED));
        label(LEAVE);
        put(STORE64, at(BLOCK, STATUS), RDX);
        put(STORE64, at(BLOCK, STEP), STEP_AT);
        put(STORE64, at(BLOCK, NUMBER), NUMBER_OF);
        put(MOV, RDI, BLOCK);
        for (int i = 0; i < KEPT.size(); i++) put(MOV, KEPT.get(i), at(RDI, i));
        put(RET);
    }

    private void copy(Register to, int toNumber, Register from, int fromNumber) {
        put(MOV, RAX, at(from, fromNumber));
        put(STORE64, at(to, toNumber), RAX);
    }

    private void put(Opcode opcode, Operand... operands) {
        code.add(plain(opcode, operands));
    }

    private void label(int number) {
        code.add(new Instruction.Label(number, false));
    }

    private void jump(@Nullable Condition condition, int label) {
        code.add(new Instruction.Jump(condition, label));
    }

    private static Memory at(Register base, int number) {
        return Memory.at(base, number * Long.BYTES);
    }
}
