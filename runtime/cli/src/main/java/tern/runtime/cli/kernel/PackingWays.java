package tern.runtime.cli.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tern.autotune.verify.Ways;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.Packing;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.runtime.cli.report.Grid;
import tern.scheduler.Candidates;
import tern.scheduler.problem.Problem;

/// In which ways the scheduler can use a packing, and why not in the others: what it says itself of a matrix of whole tiles.
final class PackingWays {

    /// A machine with each way to multiply.
    private static final List<Target> MACHINES = List.of(Targets.AVX2_VNNI, Targets.SAPPHIRE_RAPIDS, Targets.H200);

    /// Rows and inputs, at least, and the tokens that are tried.
    private static final int ROWS = 256, INPUTS = 2048, MANY = 32;

    private static final String NO = "no: ";

    private PackingWays() {}

    /// For each way of the machines, the first of them in which it applies; else the reason of the last. Where the packing has scales of groups, with
    /// these and with one scale a row.
    ///
    /// @param machines none for one with each way
    static Grid table(Packing packing, List<Target> machines) {
        KernelDef ofRows = Tir.library().kernel("bitlinear");
        List<Target> all = machines.isEmpty() ? MACHINES : machines;
        if (packing.group() == 0) return table(List.of("applies"), List.of(ways(ofRows, packing, all)));
        return table(List.of("with one scale a row", "with scales of groups of " + packing.group()),
                List.of(ways(ofRows, packing, all), ways(ofRows.byGroups(kind(packing), packing.group()), packing, all)));
    }

    private static Grid table(List<String> heads, List<Map<String, String>> columns) {
        var grid = new Grid(Stream.concat(Stream.of("way"), heads.stream()).toArray(String[]::new));
        for (String way : columns.getFirst().keySet())
            grid.row(Stream.concat(Stream.of(way), columns.stream().map(column -> column.get(way))).toArray());
        return grid;
    }

    private static Map<String, String> ways(KernelDef kernel, Packing packing, List<Target> machines) {
        int m = Math.ceilDiv(ROWS, 8 * packing.rows()) * 8 * packing.rows(), k = Math.ceilDiv(INPUTS, packing.columns()) * packing.columns();
        Map<String, String> ways = new LinkedHashMap<>();
        for (Target target : machines) {
            Candidates.Result few = Candidates.of(new Problem(kernel, m, k, 1), List.of(packing), target);
            Candidates.Result many = Candidates.of(new Problem(kernel, m, k, MANY), List.of(packing), target);
            for (String way : Ways.names(target)) {
                boolean applies = few.applies(way) || many.applies(way);
                String said = !applies ? NO + many.reason(way, target)
                        : "on " + target.name() + (!many.applies(way) ? ", one token" : !few.applies(way) ? ", several tokens" : "");
                // Of two machines without it, one may lack the instructions, the other tell what is wrong with the packing.
                String before = ways.putIfAbsent(way, said);
                if (before != null && before.startsWith(NO) && (applies || isLacking(before, machines))) ways.put(way, said);
            }
        }
        return ways;
    }

    private static boolean isLacking(String said, List<Target> machines) {
        return machines.stream().anyMatch(machine -> said.startsWith(NO + machine.name() + " has no"));
    }

    private static Kind kind(Packing packing) {
        return switch (Objects.requireNonNull(packing.scale()).type()) {
            case F16 -> Kind.F16;
            case BF16, E8M0 -> Kind.BF16;
            case F32 -> Kind.F32;
        };
    }
}
