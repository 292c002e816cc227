package tern.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// From Scala: what the documentation shows is compiled. What it calls is tested from Java.
@EnabledIfSystemProperty(named = "tern.spark.jar", matches = ".+", disabledReason = "the campaign has Scala's compiler")
class ScalaTest {

    @Test
    void theExampleOfTheDocumentationCompiles(@TempDir Path folder) throws Exception {
        Matcher example = Pattern.compile("```scala\n(.*?)```", Pattern.DOTALL).matcher(ScheduleSimulationTest.documentation());
        assertThat(example.find()).isTrue();
        Path source = Files.writeString(folder.resolve("Example.scala"), "object Example {\n  def run(): Unit = {\n" + example.group(1) + "  }\n}\n");
        Process compiler = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"), "scala.tools.nsc.Main",
                "-usejavacp", "-d", folder.toString(), source.toString()).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(said).isZero();
        assertThat(folder.resolve("Example.class")).exists();
    }
}
