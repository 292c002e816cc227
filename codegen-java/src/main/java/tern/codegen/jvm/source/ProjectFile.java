package tern.codegen.jvm.source;

/// A Maven project for benchmarks that lie in the folder of one package beside it.
public final class ProjectFile {

    private ProjectFile() {}

    /// The text of `pom.xml`. `mvn -q compile exec:exec -Dbenchmark=CLASS` runs one benchmark. Maven must run on JDK 25 or later.
    ///
    /// @param packageName of kernels and benchmarks
    public static String of(String packageName) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- mvn -q compile exec:exec -Dbenchmark=%1$s.NAMEBenchmark -->
                <project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>%1$s</groupId>
                  <artifactId>kernels</artifactId>
                  <version>1</version>

                  <properties>
                    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
                    <!-- Not maven.compiler.release, which hides incubator modules from later JDKs. -->
                    <maven.compiler.source>25</maven.compiler.source>
                    <maven.compiler.target>25</maven.compiler.target>
                    <jmh.version>1.37</jmh.version>
                  </properties>

                  <dependencies>
                    <dependency>
                      <groupId>org.openjdk.jmh</groupId>
                      <artifactId>jmh-core</artifactId>
                      <version>${jmh.version}</version>
                    </dependency>
                  </dependencies>

                  <build>
                    <sourceDirectory>${project.basedir}</sourceDirectory>
                    <resources>
                      <resource>
                        <directory>${project.basedir}</directory>
                        <includes>
                          <include>%2$s/*.class</include>
                        </includes>
                      </resource>
                    </resources>
                    <plugins>
                      <plugin>
                        <artifactId>maven-compiler-plugin</artifactId>
                        <version>3.15.0</version>
                        <configuration>
                          <includes>
                            <include>%2$s/*.java</include>
                          </includes>
                          <compilerArgs>
                            <arg>--add-modules=jdk.incubator.vector</arg>
                          </compilerArgs>
                          <proc>full</proc>
                          <annotationProcessorPaths>
                            <path>
                              <groupId>org.openjdk.jmh</groupId>
                              <artifactId>jmh-generator-annprocess</artifactId>
                              <version>${jmh.version}</version>
                            </path>
                          </annotationProcessorPaths>
                        </configuration>
                      </plugin>
                      <plugin>
                        <groupId>org.codehaus.mojo</groupId>
                        <artifactId>exec-maven-plugin</artifactId>
                        <version>3.6.4</version>
                        <configuration>
                          <executable>${java.home}/bin/java</executable>
                          <arguments>
                            <argument>-cp</argument>
                            <classpath/>
                            <argument>${benchmark}</argument>
                          </arguments>
                        </configuration>
                      </plugin>
                    </plugins>
                  </build>
                </project>
                """.formatted(packageName, packageName.replace('.', '/'));
    }
}
