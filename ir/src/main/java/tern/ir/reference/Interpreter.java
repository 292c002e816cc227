package tern.ir.reference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// What every statement of Loop IR means. The tree is turned into closures once; running them is [#launch].
///
/// Iterations of parallel loops run one after the other in an order drawn from a seed, and what one iteration must not see
/// of another is a [Fault], see [Crew].
final class Interpreter {

    private final Program program;
    private final SplittableRandom random;
    private final Crew crew = new Crew();
    private final Map<Var, Lanes.Cell> variables = new HashMap<>();
    private final Map<Buf, Memory> memories = new LinkedHashMap<>();
    private final Map<Buf, Lanes> extents = new HashMap<>();
    private final Values values = new Values(this::variable, this::memory);
    private final Runnable body;

    /// Loops under way, outermost first, for messages.
    private final List<Var> indices = new ArrayList<>();
    /// Index values of the parallel loops under way: whose copies are whose.
    private final List<Long> thread = new ArrayList<>();
    private final Map<List<Long>, Pending> copies = new LinkedHashMap<>();
    private final Groups groups = new Groups();
    private Loop current = new Loop.Block(List.of());
    private int line;

    /// @throws CompileException if the program holds what cannot be run one iteration after the other
    Interpreter(Program program, long seed) {
        this.program = program;
        this.random = new SplittableRandom(seed);
        for (var scalar : program.scalars()) variables.put(scalar.var(), new Lanes.Cell(scalar.var().type()));
        for (Buf buf : program.buffers()) {
            memories.put(buf, new Memory(buf, crew));
            extents.put(buf, values.value(buf.extent()));
        }
        body = statement(program.body(), List.of());
    }

    /// @param arguments of the parameters, in order
    /// @param scalars   of the program's scalars, in order
    /// @throws IllegalArgumentException if an argument is too small
    /// @throws Fault if the program does what is not allowed
    void launch(List<MemorySegment> arguments, int[] scalars) {
        crew.reset();
        copies.clear();
        groups.clear();
        for (int i = 0; i < scalars.length; i++) variable(program.scalars().get(i).var()).ints[0] = scalars[i];
        int parameter = 0;
        for (var entry : memories.entrySet()) {
            Buf buf = entry.getKey();
            long extent = extent(buf);
            if (buf.isParameter()) entry.getValue().bind(arguments.get(parameter++), extent);
            else if (buf.scope() != Buf.Scope.CONSTANT) entry.getValue().scratch(extent);
        }
        try {
            body.run();
        } catch (Fault fault) {
            throw new Fault(place() + fault.getMessage());
        } finally {
            indices.clear();
            thread.clear();
        }
    }

    private long extent(Buf buf) {
        Lanes extent = extents.get(buf);
        if (extent == null) throw new IllegalArgumentException("no such buffer: " + buf);
        return extent.scalar();
    }

    private String place() {
        var place = new StringBuilder(program.name()).append(", ").append(program.source());
        if (line > 0) place.append(':').append(line);
        place.append(": ").append(LoopPrinter.firstLine(current));
        String separator = " (";
        for (Var index : indices) {
            place.append(separator).append(index).append(" = ").append(variable(index).ints[0]);
            separator = ", ";
        }
        return place.append(indices.isEmpty() ? ": " : "): ").toString();
    }

    private Lanes.Cell variable(Var var) {
        return variables.computeIfAbsent(var, v -> new Lanes.Cell(v.type()));
    }

    private Memory memory(Buf buf) {
        Memory memory = memories.get(buf);
        if (memory == null) throw new CompileException(program.name(), "buffer " + buf + " is not declared");
        return memory;
    }

    /// @param around bindings of the loops around it, outermost first
    private Runnable statement(Loop loop, List<Binding> around) {
        return switch (loop) {
            case Loop.Block(var steps) -> {
                Runnable[] all = steps.stream().map(step -> statement(step, around)).toArray(Runnable[]::new);
                yield () -> {
                    for (Runnable step : all) step.run();
                };
            }
            case Loop.At(int number, Loop inner) -> {
                Runnable step = statement(inner, around);
                yield () -> {
                    line = number;
                    step.run();
                };
            }
            case Loop.Outline(_, Loop inner) -> statement(inner, around);
            case Loop.For loopFor -> loop(loopFor, around);
            case Loop.If(Expr condition, Loop then) -> {
                Lanes holds = values.value(condition);
                Runnable step = statement(then, around);
                yield () -> {
                    current = loop;
                    if (holds.scalar() != 0) step.run();
                };
            }
            case Loop.Let(Var var, Expr value) -> assign(loop, variable(var), values.value(value));
            case Loop.Set(Var var, Expr value) -> assign(loop, variable(var), values.value(value));
            case Loop.Store store -> store(store);
            case Loop.Barrier(var scope) -> {
                refuseInside(scope, around);
                yield () -> crew.barrier(scope);
            }
            case Loop.CopyAsync copy -> copy(copy);
            case Loop.TileProduct product -> tileProduct(product);
            case Loop.GridDependency _, Loop.Prefetch _ -> () -> {};
            case Loop.Wait(int pending) -> () -> {
                current = loop;
                await(pending);
            };
            case Loop.Group group -> group(group, around);
        };
    }

    private Runnable group(Loop.Group group, List<Binding> around) {
        int blocks = (int) around.stream().filter(b -> b == Binding.BLOCKS || b == Binding.CORES).count();
        Runnable step = switch (group) {
            case Loop.CopyBulk copy -> {
                Memory to = memory(copy.to()), from = memory(copy.from());
                Lanes toIndex = values.value(copy.toIndex()), fromIndex = values.value(copy.fromIndex()), signal = values.value(copy.signal());
                yield () -> {
                    long target = toIndex.scalar(), origin = fromIndex.scalar();
                    to.invalidate(target, copy.elements());
                    long begun = crew.now();
                    groups.start(key(blocks, copy.signals(), signal), () -> {
                        for (int i = 0; i < copy.elements(); i++) to.arrive(target + i, from, origin + i, begun);
                    });
                };
            }
            case Loop.Await(Buf signals, Expr at, Expr number) -> {
                Lanes signal = values.value(at), phase = values.value(number);
                yield () -> groups.await(key(blocks, signals, signal), phase.scalar());
            }
            case Loop.GroupProduct product -> {
                List<Lanes> a = product.a().stream().map(values::value).toList();
                List<Lanes.Cell> sums = product.sums().stream().map(this::variable).toList();
                Memory b = memory(product.b());
                Lanes index = values.value(product.bIndex());
                yield () -> {
                    long at = index.scalar() * product.b().element().bytes();
                    groups.products(thread).start(Groups.product(product, a, b, at, sums));
                };
            }
            case Loop.GroupWait(int pending) -> () -> groups.products(thread).await(pending);
        };
        return () -> {
            current = group;
            step.run();
        };
    }

    private Groups.Key key(int blocks, Buf signals, Lanes signal) {
        return new Groups.Key(List.copyOf(thread.subList(0, blocks)), signals.name(), signal.scalar());
    }

    /// A barrier among iterations that run one after the other, each to its end, cannot be kept.
    private void refuseInside(Binding scope, List<Binding> around) {
        for (Binding binding : around) {
            boolean parts = switch (scope) {
                case CORES, BLOCKS -> isParallel(binding);
                case THREADS -> binding == Binding.THREADS || binding == Binding.WARPS;
                case WARPS -> binding == Binding.THREADS;
                case SERIAL, UNROLLED -> true;
            };
            if (parts)
                throw new CompileException(program.name(), "the reference cannot wait at a %s inside a loop on %s"
                        .formatted(LoopPrinter.print(new Loop.Barrier(scope)), binding.name().toLowerCase(Locale.ROOT)));
        }
    }

    private static boolean isParallel(Binding binding) {
        return switch (binding) {
            case SERIAL, UNROLLED -> false;
            case CORES, BLOCKS, WARPS, THREADS -> true;
        };
    }

    private Runnable assign(Loop statement, Lanes.Cell cell, Lanes value) {
        return () -> {
            current = statement;
            value.run();
            cell.assign(value);
        };
    }

    private Runnable store(Loop.Store store) {
        Memory memory = memory(store.buffer());
        Lanes index = values.value(store.index()), value = values.value(store.value());
        Lanes limit = store.limit() == null ? null : values.value(store.limit());
        return () -> {
            current = store;
            value.run();
            long from = index.scalar(), end = Math.min(Values.end(limit), from + value.lanes());
            for (long i = from; i < end; i++) {
                int lane = (int) (i - from);
                if (value.isFloat()) memory.storeFloat(i, value.floats[lane]);
                else memory.store(i, value.ints[lane]);
            }
        };
    }

    private interface Trips {
        long[] values();
    }

    private Runnable loop(Loop.For loop, List<Binding> around) {
        Trips trips = switch (loop.range()) {
            case Loop.Range.Steps(Expr first, Expr last, int step) -> {
                Lanes from = values.value(first), to = values.value(last);
                yield () -> steps(from.scalar(), to.scalar(), step);
            }
            case Loop.Range.Listed(Buf list, Expr number) -> {
                Memory memory = memory(list);
                Lanes count = values.value(number);
                yield () -> {
                    long[] listed = new long[Math.toIntExact(Math.max(0, count.scalar()))];
                    for (int i = 0; i < listed.length; i++) listed[i] = memory.load(i);
                    return listed;
                };
            }
        };
        Lanes.Cell index = variable(loop.index());
        boolean parallel = isParallel(loop.binding());
        var inside = new ArrayList<>(around);
        inside.add(loop.binding());
        Runnable inner = statement(loop.body(), inside);
        return () -> {
            current = loop;
            long[] taken = trips.values();
            if (parallel) shuffle(taken);
            indices.add(loop.index());
            for (long i : taken) {
                index.ints[0] = i;
                if (!parallel) {
                    inner.run();
                    continue;
                }
                var before = crew.enter(loop.binding());
                thread.add(i);
                inner.run();
                thread.removeLast();
                crew.leave(before);
            }
            indices.removeLast();
        };
    }

    private static long[] steps(long from, long to, int step) {
        if (from >= to) return new long[0];
        long[] steps = new long[Math.toIntExact((to - from + step - 1) / step)];
        for (int i = 0; i < steps.length; i++) steps[i] = from + (long) i * step;
        return steps;
    }

    private void shuffle(long[] values) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            long value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }

    private Runnable copy(Loop.CopyAsync copy) {
        Memory to = memory(copy.to()), from = memory(copy.from());
        Lanes toIndex = values.value(copy.toIndex()), fromIndex = values.value(copy.fromIndex());
        return () -> {
            current = copy;
            long target = toIndex.scalar(), origin = fromIndex.scalar();
            to.invalidate(target, copy.elements());
            copies.computeIfAbsent(List.copyOf(thread), _ -> new Pending()).start(() -> {
                for (int i = 0; i < copy.elements(); i++) to.copy(target + i, from, origin + i);
            });
        };
    }

    private Runnable tileProduct(Loop.TileProduct product) {
        Memory sums = memory(product.sums()), a = memory(product.a()), b = memory(product.b());
        Lanes sumsIndex = values.value(product.sumsIndex()), aIndex = values.value(product.aIndex()),
                bIndex = values.value(product.bIndex());
        return () -> {
            current = product;
            long to = sumsIndex.scalar(), aBytes = aIndex.scalar() * product.a().element().bytes(),
                    bBytes = bIndex.scalar() * product.b().element().bytes();
            TileSums.compute(product, (row, column, sum) -> {
                long place = to + (long) row * product.bTiles() * Loop.TileProduct.ROWS + column;
                sums.store(place, (int) sums.load(place) + sum);
            },
                    at -> a.loadByte(aBytes + at), at -> b.loadByte(bBytes + at));
        };
    }

    /// A wait outside of the loop over the threads is every thread's wait.
    private void await(int pending) {
        copies.forEach((starter, started) -> {
            int common = Math.min(thread.size(), starter.size());
            if (thread.subList(0, common).equals(starter.subList(0, common))) started.await(pending);
        });
    }
}
