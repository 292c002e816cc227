package tern.codegen.machine;

import static tern.codegen.machine.StepLoop.*;
import static tern.codegen.machine.arm64.Integers.*;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.arm64.Conditions;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// [StepLoop] for AArch64: what other workers must have seen is stored with release and loaded with acquire. Pairs of exclusive loads and stores are
/// in every such processor; nothing else touches memory between them, so that they succeed in the end.
final class Arm64StepLoop {

    private static final int BEGIN = 0, TIMED = 1, COPY = 2, CLAIM = 3, RUN = 4, ONCE = 5, NEXT = 6, ARRIVE = 7, WAIT = 8, LOOK = 9, PASSED = 10, BROKEN = 11,
            LEAVE = 12, END = 13, ENDED = 14;

    private static final Register FRAME_AT = machine(0), AT = machine(9), OLD = machine(10), TAKEN = machine(11), WORK = machine(12), LEFT = machine(13),
            LAST = machine(14), NEW = machine(15), SHARE_OF = machine(1), LEAST = machine(2), UNITS = machine(3), LOOKS_LEFT = machine(4), REASON = machine(5);
    /// What stays over calls; last where a call returns to.
    private static final Register BLOCK = machine(19), SHARED_BLOCK = machine(20), STEP_AT = machine(21), NUMBER_OF = machine(22), TRIPS_AT = machine(23);
    private static final List<Register> KEPT = List.of(BLOCK, SHARED_BLOCK, STEP_AT, NUMBER_OF, TRIPS_AT, machine(30));

    private final List<Instruction> code = new ArrayList<>();

    private Arm64StepLoop() {}

    static List<Instruction> code() {
        var loop = new Arm64StepLoop();
        loop.enter();
        loop.begin();
        loop.claim();
        loop.once();
        loop.barrier();
        loop.await();
        loop.leave();
        return loop.code;
    }

    private void enter() {
        for (int i = 0; i < KEPT.size(); i++) put(STR, KEPT.get(i), at(FRAME_AT, i));
        put(MOV, BLOCK, FRAME_AT);
        put(LDR, SHARED_BLOCK, at(BLOCK, SHARED));
        put(LDR, STEP_AT, at(BLOCK, STEP));
        put(LDR, NUMBER_OF, at(BLOCK, NUMBER));
        jump(null, PASSED);
    }

    /// Notes the time and fills in the frame.
    private void begin() {
        label(BEGIN);
        noteTime(TIMED);
        put(LDR, FRAME_AT, at(STEP_AT, FRAME));
        number(WORK, FrameLayout.DONE);
        put(STR, WORK, at(FRAME_AT, FrameLayout.STATUS));
        copy(FrameLayout.N, N);
        copy(FrameLayout.POSITION, POSITION);
        put(LDR, AT, at(STEP_AT, BUFFERS));
        put(LDR, LEFT, at(STEP_AT, BUFFER_COUNT));
        put(ADD_I, NEW, FRAME_AT, new Immediate((long) FrameLayout.BUFFERS * Long.BYTES));
        label(COPY);
        put(SUB_I, LEFT, LEFT, new Immediate(1));
        put(ADD_SHIFTED, WORK, AT, LEFT, new Immediate(3));
        put(LDR, OLD, at(WORK, 0));
        put(ADD_SHIFTED, WORK, NEW, LEFT, new Immediate(3));
        put(STR, OLD, at(WORK, 0));
        put(CMP_I, LEFT, new Immediate(0));
        jump(Condition.NOT_EQUAL, COPY);
        put(ADD_SHIFTED, TRIPS_AT, SHARED_BLOCK, NUMBER_OF, new Immediate(4));
        put(LDR, WORK, at(TRIPS_AT, TRIPS));
        put(CMP_I, WORK, new Immediate(0));
        jump(Condition.LESS, ONCE);
        put(STR, WORK, at(FRAME_AT, FrameLayout.PARTS));
    }

    private void noteTime(int noted) {
        put(LDR, AT, at(BLOCK, TIMES));
        put(CMP_I, AT, new Immediate(0));
        jump(Condition.EQUAL, noted);
        put(READ_COUNTER, OLD);
        put(ADD_SHIFTED, AT, AT, NUMBER_OF, new Immediate(3));
        put(STR, OLD, at(AT, 0));
        label(noted);
    }

    /// Takes runs of iterations until none is left. Who is late finds the number of a later step.
    private void claim() {
        label(CLAIM);
        put(LDR, UNITS, at(TRIPS_AT, TRIPS));
        put(LDR, LEAST, at(TRIPS_AT, TRIPS + 1));
        put(LDR, SHARE_OF, at(SHARED_BLOCK, SHARE));
        address(CLAIMED);
        put(LDAXR, OLD, AT);
        put(MOV32, TAKEN, OLD);
        put(LSR_I, WORK, OLD, new Immediate(32));
        put(CMP, WORK, NUMBER_OF);
        jump(Condition.GREATER, NEXT);
        jump(Condition.EQUAL, RUN);
        number(TAKEN, 0);
        label(RUN);
        put(SUB, LEFT, UNITS, TAKEN);
        put(CMP_I, LEFT, new Immediate(0));
        jump(Condition.LESS_OR_EQUAL, NEXT);
        put(MUL, LAST, LEFT, SHARE_OF);
        put(LSR_I, LAST, LAST, new Immediate(32));
        select(LAST, LEAST, Condition.GREATER);
        select(LAST, LEFT, Condition.LESS);
        put(ADD, LAST, LAST, TAKEN);
        put(LSL_I, NEW, NUMBER_OF, new Immediate(32));
        put(ORR, NEW, NEW, LAST);
        put(STLXR, WORK, NEW, AT);
        put(CMP_I, WORK, new Immediate(0));
        jump(Condition.NOT_EQUAL, CLAIM);
        put(LDR, FRAME_AT, at(STEP_AT, FRAME));
        put(STR, TAKEN, at(FRAME_AT, FrameLayout.PART));
        put(STR, LAST, at(FRAME_AT, FrameLayout.END));
        call();
        jump(null, CLAIM);
    }

    /// The first unless the second is the one that the condition prefers.
    private void select(Register first, Register second, Condition prefers) {
        put(CMP, first, second);
        put(CSEL, first, first, second, new Immediate(Conditions.number(prefers)));
    }

    private void once() {
        label(ONCE);
        put(LDR, WORK, at(BLOCK, WORKER));
        put(STR, WORK, at(FRAME_AT, FrameLayout.PART));
        put(ADD_I, WORK, WORK, new Immediate(1));
        put(STR, WORK, at(FRAME_AT, FrameLayout.END));
        copy(FrameLayout.PARTS, WORKERS);
        call();
    }

    private void call() {
        put(LDR, AT, at(STEP_AT, ENTRY));
        put(BLR, AT);
        put(LDR, FRAME_AT, at(STEP_AT, FRAME));
        put(LDR, WORK, at(FRAME_AT, FrameLayout.STATUS));
        put(CMP_I, WORK, new Immediate(FrameLayout.DONE));
        jump(Condition.NOT_EQUAL, BROKEN);
    }

    /// The last to arrive lets all begin with the next step.
    private void barrier() {
        label(NEXT);
        put(ADD_I, STEP_AT, STEP_AT, new Immediate((long) STEP_LONGS * Long.BYTES));
        put(ADD_I, NUMBER_OF, NUMBER_OF, new Immediate(1));
        put(LDR, WORK, at(BLOCK, COUNT));
        put(CMP, NUMBER_OF, WORK);
        jump(Condition.EQUAL, END);
        put(LDR, UNITS, at(SHARED_BLOCK, WORKERS));
        address(ARRIVED);
        label(ARRIVE);
        put(LDAXR, OLD, AT);
        put(ADD_I, OLD, OLD, new Immediate(1));
        put(STLXR, WORK, OLD, AT);
        put(CMP_I, WORK, new Immediate(0));
        jump(Condition.NOT_EQUAL, ARRIVE);
        put(CMP, OLD, UNITS);
        jump(Condition.NOT_EQUAL, WAIT);
        number(WORK, 0);
        put(STR, WORK, at(AT, 0));
        address(PHASE);
        put(STLR, NUMBER_OF, AT);
        number(REASON, WAKING);
        address(SLEEPING);
        put(LDAR, WORK, AT);
        put(CMP_I, WORK, new Immediate(0));
        jump(Condition.EQUAL, BEGIN);
        jump(null, LEAVE);
    }

    private void await() {
        label(WAIT);
        put(LDR, LOOKS_LEFT, at(BLOCK, LOOKS));
        number(REASON, WAITING);
        address(PHASE);
        label(LOOK);
        put(LDAR, WORK, AT);
        put(CMP, NUMBER_OF, WORK);
        jump(Condition.LESS_OR_EQUAL, PASSED);
        put(SUB_I, LOOKS_LEFT, LOOKS_LEFT, new Immediate(1));
        put(CMP_I, LOOKS_LEFT, new Immediate(0));
        jump(Condition.LESS, LEAVE);
        put(YIELD);
        jump(null, LOOK);
        label(PASSED);
        number(REASON, FAILED);
        address(FAILURE);
        put(LDAR, WORK, AT);
        put(CMP_I, WORK, new Immediate(0));
        jump(Condition.EQUAL, BEGIN);
        jump(null, LEAVE);
    }

    private void leave() {
        label(END);
        noteTime(ENDED);
        number(REASON, DONE);
        jump(null, LEAVE);
        label(BROKEN);
        number(WORK, 1);
        address(FAILURE);
        put(STLR, WORK, AT);
        number(WORK, Integer.MAX_VALUE);
        address(PHASE);
        put(STLR, WORK, AT);
        number(REASON, FAILED);
        label(LEAVE);
        put(STR, REASON, at(BLOCK, STATUS));
        put(STR, STEP_AT, at(BLOCK, STEP));
        put(STR, NUMBER_OF, at(BLOCK, NUMBER));
        put(MOV, FRAME_AT, BLOCK);
        for (int i = 0; i < KEPT.size(); i++) put(LDR, KEPT.get(i), at(FRAME_AT, i));
        put(RET);
    }

    /// Of a number that workers share.
    private void address(int number) {
        put(ADD_I, AT, SHARED_BLOCK, new Immediate((long) number * Long.BYTES));
    }

    private void copy(int toNumber, int fromNumber) {
        put(LDR, WORK, at(SHARED_BLOCK, fromNumber));
        put(STR, WORK, at(FRAME_AT, toNumber));
    }

    private void number(Register to, long value) {
        code.addAll(Arm64.number(to, value, 0));
    }

    private void put(Opcode opcode, Operand... operands) {
        code.add(new Instruction.Plain(opcode, 128, List.of(operands), 0));
    }

    private void label(int number) {
        code.add(new Instruction.Label(number, false));
    }

    private void jump(@Nullable Condition condition, int label) {
        code.add(new Instruction.Jump(condition, label));
    }

    private static Register machine(int number) {
        return new Register(Bank.GENERAL, -1 - number, number);
    }

    private static Memory at(Register base, int number) {
        return Memory.at(base, number * Long.BYTES);
    }
}
