package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The suites that touch text and files once more under other locales, without a home, and with one that takes no file. In a build one suite
/// for each; the Maven profile `campaign` has all of them in both.
class OtherEnvironmentsTest {

    private static final boolean ALL = Integer.getInteger("tern.kills", 2) > 10;

    private static final List<String> SUITES = List.of("tern.KernelGoldenTest", "tern.runtime.cli.ConvertCommandTest", "tern.models.ConversionTest",
            "tern.runtime.cli.InspectGoldenTest", "tern.runtime.cli.CommandTest",
            "tern.runtime.cli.RecordsCommandTest", "tern.runtime.cli.CacheCommandTest", "tern.runtime.cli.DoctorCommandTest");

    /// `/proc` takes no file, not even root's. Where nobody knows of a home, the JVM says `?`.
    @ParameterizedTest(name = "{0}-{1}, LC_ALL={2}, home {3}")
    @CsvSource({"ar, EG, '', ?, 0", "tr, TR, C, /proc, 1"})
    void areGreen(String language, String country, String variable, String home, int one) throws Exception {
        String[] suites = (ALL ? SUITES : SUITES.subList(one, one + 1)).toArray(String[]::new);
        String said = ChildJvm.run(EmissionSuites.class,
                List.of("-Duser.language=" + language, "-Duser.country=" + country, "-Duser.home=" + home),
                Map.of("LC_ALL", variable, "LANG", "", "HOME", home.equals("?") ? "" : home, "TERN_CACHE", "", "XDG_CACHE_HOME", "", "TERN_CONFIG", ""),
                suites);
        assertThat(said).contains(" tests passed");
    }
}
