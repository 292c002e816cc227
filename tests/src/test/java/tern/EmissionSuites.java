package tern;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import tern.codegen.jvm.probe.CpuProbe;

/// Runs test classes by name, or one test as `CLASS#METHOD`, for a JVM whose vectors are not this machine's widest: see [OtherWidthsTest].
final class EmissionSuites {

    private EmissionSuites() {}

    public static void main(String[] classes) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes).map(name -> name.contains("#") ? selectMethod(name) : selectClass(name)).toList())
                .build();
        var summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, summary);
        var results = summary.getSummary();
        var out = new PrintWriter(System.out, true);
        results.printFailuresTo(out);
        out.println("vectors of " + CpuProbe.vectorBits() + " bits: " + results.getTestsSucceededCount() + " tests passed, "
                + results.getTestsSkippedCount() + " skipped");
        System.exit(results.getTotalFailureCount() == 0 && results.getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
