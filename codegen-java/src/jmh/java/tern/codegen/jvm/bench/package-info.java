/// Benchmarks of this back end, separate from its tests: `./mvnw -Pbench -pl codegen-java -am verify -DskipTests`.
///
/// Begin with [tern.codegen.jvm.bench.KernelBenchmark].
package tern.codegen.jvm.bench;
