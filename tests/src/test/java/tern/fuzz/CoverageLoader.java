package tern.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jacoco.core.data.ExecutionData;
import org.jacoco.core.data.IExecutionDataVisitor;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.LoggerRuntime;
import org.jacoco.core.runtime.RuntimeData;

/// Loads Tern's classes anew, with JaCoCo's probes in those that read.
final class CoverageLoader extends ClassLoader {

    private static final List<String> READ = List.of("tern.runtime.", "tern.ir.text.", "tern.ir.loop.", "tern.autotune.bundle.", "tern.autotune.record.",
            "tern.ir.store.", "tern.codegen.cuda.simulate.");

    private final Instrumenter instrumenter;
    private final RuntimeData data = new RuntimeData();
    private int reached;

    CoverageLoader(ClassLoader parent) throws Exception {
        super(parent);
        var runtime = new LoggerRuntime();
        runtime.startup(data);
        instrumenter = new Instrumenter(runtime);
    }

    /// How many branches were reached so far.
    int reached() {
        reached = 0;
        data.collect(new IExecutionDataVisitor() {
            @Override
            public void visitClassExecution(ExecutionData of) {
                for (boolean probe : of.getProbes()) if (probe) reached++;
            }
        }, _ -> {}, false);
        return reached;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (!name.startsWith("tern.")) return super.loadClass(name, resolve);
            Class<?> known = findLoadedClass(name);
            return known != null ? known : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) throw new ClassNotFoundException(name);
            byte[] bytes = in.readAllBytes();
            if (READ.stream().anyMatch(name::startsWith)) bytes = instrumenter.instrument(bytes, name);
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
