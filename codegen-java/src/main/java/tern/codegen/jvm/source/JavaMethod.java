package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.*;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.ir.loop.Loop;
import tern.ir.loop.LoopPrinter;

/// Reads the instructions of a method as Java: what they compute on the operand stack as expressions, what they store as statements.
///
/// A [Term] on the stack is not computed yet. It is written where it is used; before anything that it reads changes, it goes to a
/// variable. So does what would make a line too long.
final class JavaMethod extends MethodVisitor implements Remarks, Flow.Stack {

    /// Characters of an expression, about.
    private static final int WIDEST = 170, WORTH_A_VARIABLE = 40;

    private final String owner;
    private final Type descriptor;
    private final List<Item> stack = new ArrayList<>();
    private final Map<Integer, Variable> locals = new HashMap<>();
    private final Map<Integer, String> announced = new HashMap<>();
    private final Map<Integer, TypeName> parameterTypes = new HashMap<>();
    private final List<Variable> parameters = new ArrayList<>();
    private final Flow flow = new Flow(this);
    private final Consumer<JavaMethod> ended;
    private String purpose = "";

    /// @param owner internal name of the class
    /// @param ended given the method when it is complete
    JavaMethod(String owner, Type descriptor, Consumer<JavaMethod> ended) {
        super(ASM9);
        this.owner = owner;
        this.descriptor = descriptor;
        this.ended = ended;
        int slot = 0;
        for (Type type : descriptor.getArgumentTypes()) {
            parameterTypes.put(slot, Names.any(type));
            slot += type.getSize();
        }
    }

    List<Variable> parameters() {
        return parameters;
    }

    /// Without a return at the end, which goes without saying.
    List<Step> steps() {
        List<Step> steps = flow.steps();
        boolean returns = !steps.isEmpty() && steps.getLast() instanceof Step.Return(var value) && value == null;
        return returns ? steps.subList(0, steps.size() - 1) : steps;
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
        TypeName type = parameterTypes.get(slot);
        if (type == null) throw new IllegalStateException("no parameter in local " + slot + " of " + descriptor);
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
            case Loop.Let let when !let.var().type().isScalar() -> comment(LoopPrinter.print(let));
            case Loop.Set _, Loop.Store _, Loop.CopyAsync _, Loop.TileProduct _ -> comment(LoopPrinter.print(statement));
            case Loop.For each when each.binding() != Loop.Binding.SERIAL -> comment(LoopPrinter.firstLine(each));
            case Loop.For _, Loop.Let _, Loop.Block _, Loop.If _, Loop.Outline _, Loop.Barrier _, Loop.Wait _, Loop.Launches _,
                    Loop.Fetch _, Loop.At _, Loop.Group _ -> {}
        }
    }

    private void comment(String text) {
        flow.add(new Step.Comment(List.of(text)));
    }

    // The stack

    @Override
    public int depth() {
        return stack.size();
    }

    @Override
    public void push(Term value) {
        stack.add(value);
    }

    @Override
    public Term pop() {
        if (stack.removeLast() instanceof Term term) return term;
        throw new IllegalStateException("an operand that is no value");
    }

    private List<Term> pop(int count) {
        var terms = new ArrayList<Term>();
        for (int i = 0; i < count; i++) terms.addFirst(pop());
        return terms;
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
        TypeName type = Names.declared(term.type());
        return flow.declare(Names.usual(type), type, term);
    }

    private void replace(Term old, Term by) {
        stack.replaceAll(item -> item.equals(old) ? by : item);
    }

    // Instructions

    @Override
    public void visitInsn(int opcode) {
        if (Operators.isBinary(opcode)) {
            Term b = pop(), a = pop();
            push(Operators.binary(opcode, a, b));
        } else if (Operators.isUnary(opcode)) {
            Term value = Operators.unary(opcode, pop());
            if (value == null) throw unknown(opcode);
            push(value);
        } else if (opcode >= ICONST_M1 && opcode <= ICONST_5) push(Term.number(opcode - ICONST_0));
        else if (opcode == LCONST_0 || opcode == LCONST_1) push(Term.number((long) (opcode - LCONST_0)));
        else if (opcode >= FCONST_0 && opcode <= FCONST_2) push(Term.number((float) (opcode - FCONST_0)));
        else other(opcode);
    }

    private void other(int opcode) {
        switch (opcode) {
            case DUP, DUP2 -> stack.add(stack.getLast());
            case POP -> flow.add(new Step.Call(pop().code()));
            case SWAP -> stack.add(stack.size() - 2, stack.removeLast());
            case LCMP -> compare(0);
            case FCMPG -> compare(1);
            case FCMPL -> compare(-1);
            case RETURN -> flow.add(new Step.Return(null));
            case IRETURN, LRETURN, FRETURN -> flow.add(new Step.Return(pop()));
            case ATHROW -> flow.add(new Step.Throw(pop()));
            case ARRAYLENGTH -> {
                Term array = pop();
                push(Term.composed(CodeBlock.of("$L.length", array.in(Term.Binding.PRIMARY)), array.width() + 7,
                        Term.Binding.PRIMARY, TypeName.INT, List.of(array)));
            }
            case AALOAD -> {
                Term index = pop(), array = pop();
                TypeName element = ((ArrayTypeName) array.type()).componentType();
                push(Term.composed(CodeBlock.of("$L[$L]", array.in(Term.Binding.PRIMARY), index.code()),
                        array.width() + index.width() + 2, Term.Binding.PRIMARY, element, List.of(array, index)));
            }
            default -> throw unknown(opcode);
        }
    }

    private void compare(int nanIs) {
        Term b = pop(), a = pop();
        stack.add(new Item.Comparison(a, b, nanIs));
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
        switch (value) {
            case Integer number -> push(Term.number(number));
            case Long number -> push(Term.number(number));
            case Float number -> push(Term.number(number));
            case String text -> push(Term.of(Layouts.text(text), 2 + text.length(), ClassName.get(String.class)));
            default -> throw new IllegalStateException("no Java for the constant " + value);
        }
    }

    @Override
    public void visitVarInsn(int opcode, int slot) {
        switch (opcode) {
            case ILOAD, LLOAD, FLOAD, ALOAD -> push(Term.of(local(slot)));
            case ISTORE -> store(slot, TypeName.INT);
            case LSTORE -> store(slot, TypeName.LONG);
            case FSTORE -> store(slot, TypeName.FLOAT);
            case ASTORE -> store(slot, null);
            default -> throw unknown(opcode);
        }
    }

    private Variable local(int slot) {
        Variable variable = locals.get(slot);
        if (variable == null) throw new IllegalStateException("nothing was stored to local " + slot);
        return variable;
    }

    /// @param primitive null for a reference, whose type is that of the value
    private void store(int slot, @Nullable TypeName primitive) {
        Term value = pop();
        Term written = value.narrow() != null ? value.narrow() : value;
        String name = announced.remove(slot);
        if (name == null) {
            Variable variable = local(slot);
            settle(term -> term.reads().contains(variable));
            flow.add(new Step.Assign(variable, written));
            replace(value, Term.of(variable));
            return;
        }
        Variable variable = flow.declare(name, primitive != null ? primitive : Names.declared(value.type()), written);
        locals.put(slot, variable);
        replace(value, Term.of(variable));
    }

    @Override
    public void visitIincInsn(int slot, int by) {
        Variable variable = local(slot);
        settle(term -> term.reads().contains(variable));
        flow.add(new Step.Increment(variable, by));
    }

    @Override
    public void visitFieldInsn(int opcode, String internal, String name, String type) {
        if (opcode == PUTSTATIC) {
            flow.add(new Step.SetField(name, pop()));
            return;
        }
        if (internal.equals(owner)) {
            push(Term.of(CodeBlock.of("$L", name), name.length(), Names.any(Type.getType(type))));
            return;
        }
        ClassName from = Names.of(Type.getObjectType(internal));
        TypeName declared = Names.any(Type.getType(type));
        TypeName found = declared.equals(Names.SPECIES) ? Names.parameterised(Names.SPECIES, from) : declared;
        int width = Layouts.isImported(from) ? name.length() : from.simpleName().length() + 1 + name.length();
        push(Term.of(CodeBlock.of("$T." + name, from), width, found));
    }

    @Override
    public void visitTypeInsn(int opcode, String internal) {
        Type type = Type.getObjectType(internal);
        switch (opcode) {
            case NEW -> stack.add(new Item.Fresh(type));
            case CHECKCAST -> push(pop().cast(Names.of(type)));
            default -> throw unknown(opcode);
        }
    }

    @Override
    public void visitMethodInsn(int opcode, String internal, String name, String type, boolean isInterface) {
        Type method = Type.getMethodType(type);
        List<Term> operands = pop(method.getArgumentTypes().length + (opcode == INVOKESTATIC || opcode == INVOKESPECIAL ? 0 : 1));
        shorten(operands);
        if (opcode == INVOKESPECIAL) {
            construct(operands);
            return;
        }
        boolean isStatic = opcode == INVOKESTATIC;
        Term receiver = isStatic ? null : operands.removeFirst();
        ClassName from = internal.equals(owner) ? null : Names.of(Type.getObjectType(internal));
        Term call = Calls.of(receiver, from, name, method, operands);
        if (method.getReturnType().getSort() != Type.VOID) {
            push(call);
            return;
        }
        settle(Term::memory);
        flow.add(new Step.Call(call.code()));
    }

    /// `new`, its copy, arguments -> the object
    private void construct(List<Term> arguments) {
        if (!(stack.removeLast() instanceof Item.Fresh fresh)) throw new IllegalStateException("a constructor without new");
        stack.removeLast();
        CodeBlock list = arguments.stream().map(Term::code).collect(CodeBlock.joining(", "));
        push(Term.composed(CodeBlock.of("new $T($L)", fresh.name(), list), 40, Term.Binding.PRIMARY, fresh.name(), arguments));
    }

    /// The widest operands go to variables until the rest fits a line.
    private void shorten(List<Term> operands) {
        while (operands.stream().mapToInt(Term::width).sum() > WIDEST) {
            int widest = 0;
            for (int i = 1; i < operands.size(); i++)
                if (operands.get(i).width() > operands.get(widest).width()) widest = i;
            Term wide = operands.get(widest);
            if (wide.width() < WORTH_A_VARIABLE || wide.isConstant()) return;
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
            flow.unless(target, Operators.fallsThrough(opcode, a, b), counter, b);
            return;
        }
        flow.unless(target, condition(opcode, stack.removeLast()), null, Term.number(0));
    }

    private static Term condition(int opcode, Item operand) {
        return switch (operand) {
            case Item.Comparison(Term a, Term b, int nanIs) -> {
                if (nanIs != 0 && !Operators.agreesOnNan(opcode, nanIs))
                    throw new IllegalStateException("NaN takes another way than in Java");
                yield Operators.fallsThrough(opcode, a, b);
            }
            case Term truth when truth.type().equals(TypeName.BOOLEAN) -> opcode == IFNE ? Term.prefix("!", truth) : truth;
            case Term number -> Operators.fallsThrough(opcode, number, Term.number(0));
            case Item.Fresh _ -> throw new IllegalStateException("branches on an object");
        };
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
