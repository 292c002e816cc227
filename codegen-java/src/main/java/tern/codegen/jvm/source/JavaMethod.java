package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.emit.Remarks;
import tern.ir.loop.Loop;
import tern.ir.loop.LoopPrinter;

/// Reads the instructions of a method as Java: what they compute on the operand stack as expressions, what they store as statements.
///
/// A [Term] on the stack is not computed yet. It is written where it is used; before anything that it reads changes, it goes to a
/// variable. So does what would make a line too long.
final class JavaMethod extends MethodVisitor implements Remarks {

    /// Characters of an expression.
    private static final int WIDEST = 170, WORTH_A_VARIABLE = 40;

    /// Classes whose fields need no qualifier.
    private static final Set<String> IMPORTED = Set.of("VectorOperators", "ByteOrder", "ValueLayout");

    private final String owner;
    private final List<Item> stack = new ArrayList<>();
    private final Map<Integer, Variable> locals = new HashMap<>();
    private final Map<Integer, String> announced = new HashMap<>();
    private final Map<Integer, String> parameterTypes = new HashMap<>();
    private final List<Variable> parameters = new ArrayList<>();
    private final Flow flow = new Flow(stack);
    private final Consumer<JavaMethod> ended;
    private String purpose = "";

    /// @param owner internal name of the class
    /// @param ended given the method when it is complete
    JavaMethod(String owner, Type descriptor, Consumer<JavaMethod> ended) {
        super(ASM9);
        this.owner = owner;
        this.ended = ended;
        int slot = 0;
        for (Type type : descriptor.getArgumentTypes()) {
            parameterTypes.put(slot, Names.of(type));
            slot += type.getSize();
        }
    }

    List<Variable> parameters() {
        return parameters;
    }

    /// Without a return at the end, which goes without saying.
    String body() {
        String body = Step.print(flow.steps());
        return body.endsWith("return;\n") ? body.substring(0, body.length() - "return;\n".length()) : body;
    }

    String purpose() {
        return purpose;
    }

    // Remarks

    @Override
    public void describe(String text) {
        purpose = text;
    }

    @Override
    public void parameter(int slot, String name) {
        String type = parameterTypes.get(slot);
        if (type == null) throw new IllegalStateException("no parameter in local " + slot);
        var variable = new Variable(flow.name(name), type);
        locals.put(slot, variable);
        parameters.add(variable);
    }

    @Override
    public void local(int slot, String name) {
        announced.put(slot, name);
    }

    @Override
    public void statement(Loop statement) {
        switch (statement) {
            case Loop.Let let when !let.var().type().isScalar() -> flow.add(Step.comment(LoopPrinter.print(let)));
            case Loop.Set _, Loop.Store _, Loop.CopyAsync _, Loop.TileProduct _ -> flow.add(Step.comment(LoopPrinter.print(statement)));
            case Loop.For each when each.binding() != Loop.Binding.SERIAL -> flow.add(Step.comment(LoopPrinter.firstLine(each)));
            case Loop.For _, Loop.Let _, Loop.Block _, Loop.If _, Loop.Outline _, Loop.Barrier _, Loop.Wait _, Loop.GridDependency _, Loop.Prefetch _,
                    Loop.At _, Loop.Group _ ->
                {}
        }
    }

    // The stack

    private void push(Term value) {
        stack.add(value);
    }

    private Term pop() {
        if (stack.removeLast() instanceof Term term) return term;
        throw new IllegalStateException("an operand that is no value");
    }

    /// What is about to change must have been read.
    private void settle(Predicate<Term> changes) {
        for (int at = 0; at < stack.size(); at++) {
            if (!(stack.get(at) instanceof Term term) || !changes.test(term)) continue;
            if (at < flow.depth()) throw new IllegalStateException("a branch changes what was read before it");
            replace(term, Term.of(variable(term)));
        }
    }

    private Variable variable(Term term) {
        String type = Names.declared(term.type());
        return flow.declare(Names.usual(type), type, term);
    }

    private void replace(Term old, Term by) {
        stack.replaceAll(item -> item.equals(old) ? by : item);
    }

    // Instructions

    @Override
    public void visitInsn(int opcode) {
        switch (opcode) {
            case ICONST_M1, ICONST_0, ICONST_1, ICONST_2, ICONST_3, ICONST_4, ICONST_5 -> push(Term.number(opcode - ICONST_0));
            case LCONST_0, LCONST_1 -> push(Term.number((long) (opcode - LCONST_0)));
            case FCONST_0, FCONST_1, FCONST_2 -> push(Term.number((float) (opcode - FCONST_0)));
            case DUP, DUP2 -> stack.add(stack.getLast());
            case SWAP -> stack.add(stack.size() - 2, stack.removeLast());
            case LCMP, FCMPL, FCMPG -> {
                Term b = pop(), a = pop();
                stack.add(new Item.Comparison(a, b, opcode == LCMP ? 0 : opcode == FCMPL ? -1 : 1));
            }
            case RETURN -> statement("return");
            case IRETURN, LRETURN, FRETURN -> statement("return " + pop().text());
            default -> operator(opcode);
        }
    }

    private void statement(String text) {
        flow.add(new Step.Text(text + ";\n"));
    }

    private void operator(int opcode) {
        Term last = pop(), value = Operators.unary(opcode, last);
        if (value == null) value = Operators.binary(opcode, pop(), last);
        if (value == null) throw unknown(opcode);
        push(value);
    }

    private static IllegalStateException unknown(int opcode) {
        return new IllegalStateException("no Java for opcode " + opcode);
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
        push(Term.number(operand));
    }

    @Override
    public void visitLdcInsn(Object value) {
        push(Term.number((Number) value));
    }

    @Override
    public void visitVarInsn(int opcode, int slot) {
        if (opcode < ISTORE) push(Term.of(local(slot)));
        else store(slot, opcode == ISTORE ? "int" : null);
    }

    private Variable local(int slot) {
        Variable variable = locals.get(slot);
        if (variable == null) throw new IllegalStateException("nothing was stored to local " + slot);
        return variable;
    }

    /// @param type of the local; null for that of the value
    private void store(int slot, @Nullable String type) {
        Term value = pop();
        Term written = value.narrow() != null ? value.narrow() : value;
        String name = announced.remove(slot);
        Variable variable;
        if (name == null) {
            variable = changing(slot);
            flow.add(Step.assign(variable, written));
        } else {
            variable = flow.declare(name, type != null ? type : Names.declared(value.type()), written);
            locals.put(slot, variable);
        }
        replace(value, Term.of(variable));
    }

    private Variable changing(int slot) {
        Variable variable = local(slot);
        variable.changes = true;
        settle(term -> term.reads().contains(variable));
        return variable;
    }

    @Override
    public void visitIincInsn(int slot, int by) {
        flow.add(new Step.Increment(changing(slot), by));
    }

    @Override
    public void visitFieldInsn(int opcode, String internal, String name, String descriptor) {
        String from = Names.of(Type.getObjectType(internal)), type = Names.of(Type.getType(descriptor));
        boolean simple = internal.equals(owner) || IMPORTED.contains(from);
        push(Term.of(simple ? name : from + "." + name, Term.PRIMARY, type.equals(Names.SPECIES) ? Names.parameterised(type, from) : type));
    }

    @Override
    public void visitTypeInsn(int opcode, String internal) {
        if (opcode != CHECKCAST) throw unknown(opcode);
        push(pop().cast(Names.of(Type.getObjectType(internal))));
    }

    @Override
    public void visitMethodInsn(int opcode, String internal, String name, String type, boolean isInterface) {
        Type method = Type.getMethodType(type);
        boolean isStatic = opcode == INVOKESTATIC;
        var operands = new ArrayList<Term>();
        for (int i = isStatic ? 0 : -1; i < method.getArgumentCount(); i++) operands.addFirst(pop());
        shorten(operands);
        Term receiver = isStatic ? null : operands.removeFirst();
        Term call = Calls.of(receiver, internal.equals(owner) ? "" : Names.of(Type.getObjectType(internal)), name, method, operands);
        if (method.getReturnType().getSort() != Type.VOID) {
            push(call);
            return;
        }
        settle(Term::memory);
        statement(call.text());
    }

    /// The widest operands go to variables until the rest fits a line.
    private void shorten(List<Term> operands) {
        while (operands.stream().mapToInt(term -> term.text().length()).sum() > WIDEST) {
            Term wide = operands.stream().reduce((a, b) -> b.text().length() > a.text().length() ? b : a).orElseThrow();
            if (wide.text().length() < WORTH_A_VARIABLE || wide.reads().isEmpty() && !wide.memory()) return;
            Term name = Term.of(variable(wide));
            replace(wide, name);
            operands.replaceAll(term -> term.equals(wide) ? name : term);
        }
    }

    // Jumps

    @Override
    public void visitJumpInsn(int opcode, Label target) {
        if (opcode == GOTO) {
            flow.jump(target);
            return;
        }
        if (opcode >= IF_ICMPEQ && opcode <= IF_ICMPLE) {
            Term b = pop(), a = pop();
            Variable counter = opcode == IF_ICMPGE ? locals.values().stream().filter(v -> Term.of(v).equals(a)).findAny().orElse(null) : null;
            flow.unless(target, Operators.fallsThrough(opcode, a, b, 0), counter, b);
            return;
        }
        Term condition = switch (stack.removeLast()) {
            case Item.Comparison(Term a, Term b, int nanIs) -> Operators.fallsThrough(opcode, a, b, nanIs);
            case Term truth when truth.type().equals("boolean") -> opcode == IFNE ? Term.prefix("!", truth) : truth;
            case Term number -> Operators.fallsThrough(opcode, number, Term.number(0), 0);
        };
        flow.unless(target, condition, null, Term.number(0));
    }

    @Override
    public void visitLabel(Label label) {
        flow.label(label);
    }

    @Override
    public void visitLineNumber(int line, Label start) {
        flow.line();
    }

    @Override
    public void visitEnd() {
        ended.accept(this);
    }
}
