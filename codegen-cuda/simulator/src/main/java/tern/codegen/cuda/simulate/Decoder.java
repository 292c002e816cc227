package tern.codegen.cuda.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Statements to actions.
final class Decoder {

    private final Kernel kernel;
    private final Slots slots;
    private final int capability;
    private final boolean special;
    private final Map<String, Long> addresses = new HashMap<>();

    /// @param global where the module's variables lie
    private Decoder(Kernel kernel, Map<String, Long> global, int capability, boolean special, int sharedBytes) {
        this.kernel = kernel;
        this.capability = capability;
        this.special = special;
        slots = new Slots(kernel.registers());
        for (Variable v : kernel.variables().values())
            addresses.put(v.name(), switch (v.space()) {
                case GLOBAL, CONSTANT -> global.getOrDefault(v.name(), 0L);
                case SHARED -> SharedMemory.BASE + (v.bytes() == 0 ? (long) sharedBytes : v.offset());
                case LOCAL, PARAM -> (long) v.offset();
            });
    }

    /// @throws PtxError for what is not supported, with its line
    static Code decode(Kernel kernel, Map<String, Long> global, int capability, boolean special) {
        // Dynamic shared memory begins where its variables may begin.
        int align = kernel.variables().values().stream()
                .filter(v -> v.space() == Variable.Space.SHARED && v.bytes() == 0)
                .mapToInt(Variable::align)
                .reduce(16, Math::max);
        int sharedBytes = Parser.up(kernel.sharedBytes(), align);
        var decoder = new Decoder(kernel, global, capability, special, sharedBytes);
        List<Action> actions = new ArrayList<>();
        for (Statement statement : kernel.statements()) actions.add(decoder.decode(statement));
        int last = kernel.statements().isEmpty() ? 1 : kernel.statements().getLast().line();
        actions.add(Branch.exit(new Statement(last, "}", Optional.empty(), false, "ret", List.of(), List.of())));
        Products.markUnfencing(actions);
        return new Code(kernel, actions.toArray(Action[]::new), decoder.slots, sharedBytes);
    }

    private Action decode(Statement s) {
        var site = new Site(s, slots, addresses, capability, special);
        return switch (s.opcode()) {
            case "add", "sub", "mul", "mad", "div", "abs", "neg", "min", "max" ->
                Floats.knows(s) ? Floats.decode(site) : Integers.decode(site);
            case "sad", "rem", "dp4a", "dp2a" -> Integers.decode(site);
            case "fma", "sqrt", "rcp", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh" -> Floats.decode(site);
            case "and", "or", "xor", "not", "cnot", "shl", "shr", "shf", "lop3", "prmt", "bfe", "bfi", "popc", "clz", "brev",
                    "bfind" ->
                Bits.decode(site);
            case "setp", "set", "selp" -> Comparisons.decode(site);
            case "cvt" -> Conversions.decode(site);
            case "mov" -> Moves.decode(site);
            case "cvta" -> Moves.convertAddress(site);
            case "ld", "ldu" -> Loads.load(site);
            case "st" -> Loads.store(site);
            case "atom", "red" -> Atomics.decode(site);
            case "shfl" -> Together.shuffle(site);
            case "vote" -> Together.vote(site);
            case "redux" -> Together.reduce(site);
            case "elect" -> Together.elect(site);
            case "activemask" -> Together.activeMask(site);
            case "bar", "barrier" -> Together.barrier(site);
            case "mma" -> Matrices.multiply(site);
            case "ldmatrix" -> Matrices.load(site);
            case "stmatrix" -> Matrices.store(site);
            case "cp" -> copy(site);
            case "bra" -> branch(site);
            case "ret", "exit" -> Branch.exit(s);
            case "trap" -> Branch.trap(s);
            case "mbarrier" -> TransactionBarrier.decode(site);
            case "wgmma" -> Warpgroup.decode(site);
            case "setmaxnreg" -> {
                site.needsSpecial(90);
                yield Branch.nothing(s);
            }
            case "fence" -> s.has("proxy") && s.modifiers().stream().anyMatch(m -> m.startsWith("async"))
                    ? fence(s) : Branch.nothing(s);
            case "membar", "prefetch", "prefetchu", "nanosleep" -> Branch.nothing(s);
            case "griddepcontrol" -> {
                site.needs(90);
                boolean waits = site.mustTakeOneOf("wait", "launch_dependents").equals("wait");
                site.done();
                yield new Action(s) {
                    @Override
                    void run(Warp warp, int lanes) {
                        // Launches run one after the other here; only what was not waited for is of interest. A wait of some threads of a
                        // warp is none for the others.
                        if (waits && lanes == warp.alive) warp.early = false;
                    }
                };
            }
            case "createpolicy" -> {
                site.needs(80);
                yield new Action(s) {
                    @Override
                    void run(Warp warp, int lanes) {}
                }.writing(site.target(0, Type.B64));
            }
            default -> throw s.unsupported();
        };
    }

    private Action copy(Site site) {
        if (!site.take("async")) throw site.statement.unsupported();
        if (site.statement.has("prefetch")) return prefetch(site);
        if (site.take("bulk")) return TransactionBarrier.decodeCopy(site);
        return site.statement.has("mbarrier") ? TransactionBarrier.decodeArrival(site) : AsyncCopies.decode(site);
    }

    /// `cp.async.bulk.prefetch.L2.global [from], bytes`: nothing but a check of the range (PTX ISA, "cp.async.bulk.prefetch").
    private static Action prefetch(Site site) {
        site.needs(90);
        if (!site.take("bulk") || !site.take("prefetch") || !site.take("L2") || !site.take("global")) throw site.statement.unsupported();
        site.done();
        site.count(2);
        Site.Address from = site.address(0);
        int bytes = site.source(1, Type.U32);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m), size = (int) warp.registers[bytes * 32 + lane];
                    if (size <= 0 || size % 16 != 0) throw new Fault.Trouble(Fault.Kind.MISALIGNED, lane, size + " bytes are no multiple of 16");
                    Memory.access(warp, lane, Memory.Space.GLOBAL, from.of(warp, lane), size, 16);
                }
            }
        }.reading(from.base(), bytes);
    }

    private static Action fence(Statement s) {
        return new Action(s) {
            @Override
            void run(Warp warp, int lanes) {
                warp.block.shared.fence(warp, lanes);
            }
        };
    }

    private Action branch(Site site) {
        site.take("uni");
        site.done();
        site.count(1);
        Integer target = site.operand(0) instanceof Operand.Name(String label) ? kernel.labels().get(label) : null;
        if (target == null) throw site.error("the target is no label");
        return new Branch(site.statement, target);
    }
}
