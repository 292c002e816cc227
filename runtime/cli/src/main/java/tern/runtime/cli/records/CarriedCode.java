package tern.runtime.cli.records;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tern.autotune.bundle.Bundle.Code;
import tern.autotune.bundle.BundleException;
import tern.autotune.record.Candidate;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Tuned;
import tern.ir.device.CompileException;
import tern.ir.device.Exporter;
import tern.ir.device.LoweredKernel;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.runtime.cli.option.Exporters;
import tern.scheduler.Lowering;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// Code that a bundle carries: made from the schedules, and when it is read, made again and compared.
final class CarriedCode {

    private CarriedCode() {}

    /// Of all winners that a machine of that name can run; the others have none.
    ///
    /// @throws IllegalArgumentException if there is no such form or machine
    static List<Code> of(List<Tuned> winners, String form, String target) {
        Exporter exporter = Exporters.of(form);
        Target machine = Targets.of(target);
        var codes = new ArrayList<Code>();
        for (Tuned winner : winners)
            for (boolean batch : new boolean[] {false, true}) {
                try {
                    codes.add(make(winner, batch, exporter, machine));
                } catch (CompileException | InapplicableException e) {
                    // A winner of another kind of machine has no such code.
                }
            }
        return codes;
    }

    /// @throws BundleException if some code is not what its schedule gives here
    static void check(String bundle, List<Code> codes) {
        for (Code code : codes) {
            String what = "%s: the %s of %s for %s".formatted(bundle, code.form(), code.batch() ? "a batch kernel" : "a step kernel", code.target());
            Code again;
            try {
                again = make(code.winner(), code.batch(), Exporters.of(code.form()), Targets.of(code.target()));
            } catch (CompileException | InapplicableException | IllegalArgumentException e) {
                throw new BundleException(what + " cannot be made here: " + e.getMessage(), e);
            }
            if (!again.equals(code))
                throw new BundleException(what + " is not what its schedule gives: made by another version of Tern, or altered; "
                        + "--without-code imports the records alone");
        }
    }

    private static Code make(Tuned winner, boolean batch, Exporter exporter, Target target) {
        ProblemKey problem = batch ? winner.batch() : winner.step();
        Recipe recipe = Recipe.of(problem, new Candidate(winner.packing(), batch ? winner.batchSchedule() : winner.stepSchedule()));
        Lowering lowering = Lowering.of(
                new Problem(recipe.kernel(), problem.m(), problem.k(), problem.maxTokens()), recipe.packing(), recipe.schedule());
        var kernel = new LoweredKernel(
                recipe.kernel(), problem.m(), problem.k(), problem.maxTokens(), recipe.packing(), recipe.schedule(), lowering.prepare(),
                lowering.multiply(), lowering.preparedBytes());
        var files = new TreeMap<String, String>();
        for (Exporter.File file : exporter.export(kernel, new Exporter.Settings(target, "kernels", false)).files())
            files.put(file.path(), new String(file.bytes(), StandardCharsets.UTF_8));
        return new Code(winner, batch, exporter.form(), target.name(), files);
    }
}
