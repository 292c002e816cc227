package tern.codegen.jvm;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.ir.loop.Buf;

/// The private methods that a class of its own needs beside its kernels: checks of arguments, and its constants.
final class StandaloneSupport {

    static final String ADDRESS = "address", ADDRESS_TYPE = "(" + Statics.SEGMENT + "JLjava/lang/String;)J";
    static final String CHECK = "check", CHECK_TYPE = "(IIILjava/lang/String;)V";
    static final String CONSTANT = "constant", CONSTANT_TYPE = "(Ljava/lang/String;I)J";

    /// Of a string constant: a class file holds 65,535 bytes of each.
    private static final int LONGEST_TEXT = 60_000;

    private final Methods methods;

    StandaloneSupport(Methods methods) {
        this.methods = methods;
    }

    void write() {
        address();
        check();
        constant();
    }

    /// `long address(MemorySegment segment, long bytes, String name)`
    private void address() {
        write(ADDRESS, ADDRESS_TYPE, "Where a segment lies, if it is native memory and large enough.", emission -> {
            Code code = emission.code;
            int segment = emission.frame.parameter(Type.getType(Statics.SEGMENT), "segment");
            int bytes = emission.frame.parameter(Type.LONG_TYPE, "bytes");
            int name = emission.frame.parameter(Type.getType(String.class), "name");
            Label wrong = new Label();
            code.aload(segment).invokeinterface(MemorySegment.class, "isNative", boolean.class).jump(IFEQ, wrong);
            code.aload(segment).invokeinterface(MemorySegment.class, "byteSize", long.class) // size
                    .lload(bytes).insn(LCMP).jump(IFLT, wrong);                   //
            code.aload(segment).invokeinterface(MemorySegment.class, "address", long.class).insn(LRETURN);
            code.label(wrong).anew(IllegalArgumentException.class).insn(DUP);     // exception exception
            code.aload(name);
            concat(code, " needs ");                                              // .. text
            code.lload(bytes).invokestatic(Long.class, "toString", String.class, long.class)
                    .invokevirtual(String.class, "concat", String.class, String.class); // .. text
            concat(code, " bytes of native memory");                              // .. text
            code.invokeconstructor(IllegalArgumentException.class, String.class).insn(ATHROW);
        });
    }

    /// `void check(int value, int low, int high, String name)`
    private void check() {
        write(CHECK, CHECK_TYPE, "Refuses a number that the kernel was not made for.", emission -> {
            Code code = emission.code;
            int value = emission.frame.parameter(Type.INT_TYPE, "value");
            int low = emission.frame.parameter(Type.INT_TYPE, "low"), high = emission.frame.parameter(Type.INT_TYPE, "high");
            int name = emission.frame.parameter(Type.getType(String.class), "name");
            Label wrong = new Label();
            code.iload(value).iload(low).jump(IF_ICMPLT, wrong).iload(value).iload(high).jump(IF_ICMPGT, wrong);
            code.insn(RETURN);
            code.label(wrong).anew(IllegalArgumentException.class).insn(DUP);     // exception exception
            code.aload(name);
            concat(code, " may be ");
            number(code, low);
            concat(code, " to ");
            number(code, high);
            concat(code, ", not ");
            number(code, value);                                                  // exception exception text
            code.invokeconstructor(IllegalArgumentException.class, String.class).insn(ATHROW);
        });
    }

    /// text -> text
    private static void concat(Code code, String more) {
        code.sconst(more).invokevirtual(String.class, "concat", String.class, String.class);
    }

    /// text -> text
    private static void number(Code code, int slot) {
        code.iload(slot).invokestatic(Integer.class, "toString", String.class, int.class)
                .invokevirtual(String.class, "concat", String.class, String.class);
    }

    /// `long constant(String numbers, int bytes)`: two loops, over the numbers and over the bytes of each.
    private void constant() {
        String purpose = "Native memory that holds numbers of so many bytes each, the lowest byte first, for as long as the class lives.";
        write(CONSTANT, CONSTANT_TYPE, purpose, emission -> {
            Code code = emission.code;
            Frame frame = emission.frame;
            int numbers = frame.parameter(Type.getType(String.class), "numbers");
            int bytes = frame.parameter(Type.INT_TYPE, "bytes");
            code.aload(numbers).sconst(" ").invokevirtual(String.class, "split", String[].class, String.class); // words
            int words = frame.reference("words");
            code.astore(words);                                                   //
            code.invokestatic(Arena.class, "global", Arena.class);                // arena
            code.aload(words).insn(ARRAYLENGTH).insn(I2L).iload(bytes).insn(I2L).insn(LMUL) // arena size
                    .lconst(Buf.SLACK).insn(LADD).lconst(64)                  // arena size alignment
                    .invokeinterface(Arena.class, "allocate", MemorySegment.class, long.class, long.class);
            int memory = frame.reference("memory");
            code.astore(memory);                                                  //
            count(emission, "i", () -> code.aload(words).insn(ARRAYLENGTH), i -> {
                code.aload(words).iload(i).insn(AALOAD).invokestatic(Long.class, "parseLong", long.class, String.class);
                int number = frame.allocate(Type.LONG_TYPE, "number");
                code.lstore(number);                                              //
                count(emission, "b", () -> code.iload(bytes), b -> {
                    code.aload(memory).getstatic(ValueLayout.class, "JAVA_BYTE", ValueLayout.OfByte.class); // memory layout
                    code.iload(i).insn(I2L).iload(bytes).insn(I2L).insn(LMUL).iload(b).insn(I2L).insn(LADD); // .. at
                    code.lload(number).iload(b).iconst(8).insn(IMUL).insn(LSHR).insn(L2I).insn(I2B); // .. at value
                    code.invokeinterface(MemorySegment.class, "set", void.class, ValueLayout.OfByte.class, long.class, byte.class);
                });
            });
            code.aload(memory).invokeinterface(MemorySegment.class, "address", long.class).insn(LRETURN);
        });
    }

    private interface Numbered {
        void emit(int slot);
    }

    /// `for (int name = 0; name < end; name++) body`
    private static void count(Emission emission, String name, Runnable end, Numbered body) {
        Code code = emission.code;
        Label head = new Label(), exit = new Label();
        code.iconst(0);
        int index = emission.frame.allocate(Type.INT_TYPE, name);
        code.istore(index);
        end.run();
        int limit = emission.frame.allocate(Type.INT_TYPE, "end");
        code.istore(limit);
        code.label(head).iload(index).iload(limit).jump(IF_ICMPGE, exit);
        body.emit(index);
        code.iinc(index, 1).jump(GOTO, head).label(exit);
    }

    private void write(String method, String descriptor, String purpose, java.util.function.Consumer<Emission> body) {
        var signature = new Methods.Signature(ACC_PRIVATE | ACC_STATIC, method, descriptor, List.of());
        methods.write(method, signature, 0, emission -> {
            emission.remarks.describe(purpose);
            body.accept(emission);
        });
    }

    /// .. -> .. the numbers as text, blanks between
    static void numbers(Code code, List<Integer> numbers) {
        var text = new StringBuilder();
        boolean more = false;
        for (int number : numbers) {
            if (text.length() > LONGEST_TEXT) {
                part(code, text, more);
                more = true;
            }
            if (more || !text.isEmpty()) text.append(' ');
            text.append(number);
        }
        part(code, text, more);
    }

    private static void part(Code code, StringBuilder text, boolean more) {
        code.sconst(text.toString());
        if (more) code.invokevirtual(String.class, "concat", String.class, String.class);
        text.setLength(0);
    }
}
