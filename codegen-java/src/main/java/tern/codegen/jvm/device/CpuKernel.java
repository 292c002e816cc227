package tern.codegen.jvm.device;

import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;

/// Code with the addresses of the memory that it brings along.
abstract sealed class CpuKernel implements Kernel permits ProgramKernel, OpKernel {

    private final String name;
    private final Team team;
    private final Spmd body;
    private final int parameters;
    private final long[] own;
    private final long[] addresses;
    /// Written by whoever launches, one at a time; read by others now and then.
    private final AtomicLong launches = new AtomicLong(), nanos = new AtomicLong();

    /// @param parameters buffers that a launch passes
    /// @param own        addresses that follow those of the parameters
    CpuKernel(String name, Team team, Spmd body, int parameters, long... own) {
        this.name = name;
        this.team = team;
        this.body = body;
        this.parameters = parameters;
        this.own = own;
        this.addresses = new long[parameters + own.length];
    }

    /// @throws IllegalArgumentException if the buffers or numbers of a launch do not fit
    abstract void check(List<? extends Buffer> arguments, int n, int position);

    /// The same for a launch that was checked with so many tokens before: what depends on the position and on what the buffers hold.
    abstract void checkAgain(List<? extends Buffer> arguments, int n, int position);

    /// Into how many parts a launch may be cut so that each is small and yet does what the others do.
    abstract int slices();

    @Override
    public final String name() {
        return name;
    }

    final Team team() {
        return team;
    }

    final long[] own() {
        return own.clone();
    }

    final Spmd body() {
        return body;
    }

    @Override
    public final void launch(List<? extends Buffer> arguments, int n, int position) {
        check(arguments, n, position);
        fill(addresses, arguments);
        long start = System.nanoTime();
        body.prepare(addresses, n, position);
        try {
            team.run(body, addresses, n, position);
            spend(System.nanoTime() - start);
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    /// Counts a launch.
    final void spend(long time) {
        launches.setOpaque(launches.getPlain() + 1);
        nanos.setOpaque(nanos.getPlain() + time);
    }

    @Override
    public final Spent spent() {
        return new Spent(launches.getOpaque(), nanos.getOpaque() * 1e-9);
    }

    @Override
    public final String code() {
        return body.code();
    }

    /// The addresses that the body wants, in an array of their own.
    final long[] addresses(List<? extends Buffer> arguments) {
        long[] all = new long[addresses.length];
        fill(all, arguments);
        return all;
    }

    private void fill(long[] all, List<? extends Buffer> arguments) {
        if (arguments.size() != parameters)
            throw new IllegalArgumentException(name + " takes " + parameters + " buffers, not " + arguments.size());
        for (int i = 0; i < parameters; i++) all[i] = buffer(arguments, i).address();
        System.arraycopy(own, 0, all, parameters, own.length);
    }

    final CpuBuffer buffer(List<? extends Buffer> arguments, int number) {
        if (arguments.get(number) instanceof CpuBuffer buffer) return buffer;
        throw new IllegalArgumentException(name + ": buffer " + number + " belongs to another device");
    }
}
