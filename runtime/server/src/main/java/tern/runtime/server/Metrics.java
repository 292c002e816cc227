package tern.runtime.server;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.ToDoubleFunction;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Counts;

/// What a server tells a Prometheus.
final class Metrics {

    static final String FORMAT = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Batcher batcher;
    private final Histogram first, gap;

    Metrics(Batcher batcher, Served.Work work) {
        this.batcher = batcher;
        first = histogram("tern_first_token_seconds", "From a request to its first token.", 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100);
        gap = histogram("tern_token_seconds", "From a token of a stream to the next one.", 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 3);
        gauge("tern_running", "Texts that have a place.", Counts::running);
        gauge("tern_queue", "Requests that wait.", Counts::waiting);
        gauge("tern_mean_batch", "Texts that go on together in a pass, on average.", Counts::meanBatch);
        gauge("tern_longest_pass_seconds", "The longest pass: no stream waited longer for one.", Counts::longestPass);
        gauge("tern_bandwidth_share", "Bytes of weights that passes read, of those that the memory gives in their time; 0 if that is not known.",
                c -> share(c, work));
        counter("tern_requests", "Texts that were asked for and taken.", Counts::requests);
        counter("tern_refused", "Texts for which the queue was full.", Counts::refused);
        counter("tern_cancelled", "Texts whose reader went away.", Counts::cancelled);
        counter("tern_passes", "Passes over the weights.", Counts::passes);
        counter("tern_generated_tokens", "Tokens that were generated.", Counts::made);
        counter("tern_prompt_tokens", "Tokens of prompts that were computed.", Counts::prompt);
        counter("tern_prefix_tokens", "Tokens of prompts that were there already.", Counts::shared);
        counter("tern_busy_seconds", "Time of all passes.", Counts::busySeconds);
    }

    private static double share(Counts c, Served.Work work) {
        double most = c.busySeconds() * work.bandwidth().getAsDouble();
        return most == 0 ? 0 : work.bytes() * c.passes() / most;
    }

    private Histogram histogram(String name, String help, double... bounds) {
        return Histogram.builder().name(name).help(help).classicOnly().classicUpperBounds(bounds).register(registry);
    }

    private void gauge(String name, String help, ToDoubleFunction<Counts> value) {
        GaugeWithCallback.builder().name(name).help(help).callback(to -> to.call(value.applyAsDouble(batcher.counts()))).register(registry);
    }

    private void counter(String name, String help, ToDoubleFunction<Counts> value) {
        CounterWithCallback.builder().name(name).help(help).callback(to -> to.call(value.applyAsDouble(batcher.counts()))).register(registry);
    }

    void first(double seconds) {
        first.observe(seconds);
    }

    void gap(double seconds) {
        gap.observe(seconds);
    }

    byte[] text() {
        var out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
