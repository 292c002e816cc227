package tern.autotune.trial;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tern.autotune.trial.Message.Proof;
import tern.autotune.trial.Message.Reply;
import tern.autotune.trial.Message.Request;
import tern.autotune.trial.Message.Result;
import tern.ir.device.Device;

/// The other end of a [ChildRunner]: a process that does one request after the other, and may be killed at any time.
public final class TrialProcess {

    private TrialProcess() {}

    /// @param arguments name of a [Device.Provider], perhaps with one of its devices after a colon; cores to use (0 = all)
    public static void main(String[] arguments) {
        PrintStream replies = System.out;
        System.setOut(System.err); // nobody else may speak there
        var gone = new CountDownLatch(1);
        keepWorkingUntil(gone);
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().name("requests").start(() -> listen(lines, gone));
        try {
            work(arguments[0], Integer.parseInt(arguments[1]), lines, replies);
        } catch (Throwable failure) { // whatever it is: the parent must hear of it
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void work(String provider, int threads, BlockingQueue<String> lines, PrintStream replies)
            throws InterruptedException {
        Device device = open(provider, threads);
        Environment environment = Environment.of(device, threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        LocalRunner runner = new LocalRunner(device, environment, LocalRunner.Settings.usual());
        replies.println(new Message.Hello(environment).line());
        while (true) {
            Request request = Message.read(lines.take(), Request.class);
            replies.println(reply(runner, request).line());
        }
    }

    /// Ctrl-C on a terminal reaches this process as well as its parent, which alone decides what becomes of a trial under way.
    private static void keepWorkingUntil(CountDownLatch gone) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                gone.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    /// Ends the process with its parent.
    private static void listen(BlockingQueue<String> lines, CountDownLatch gone) {
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) lines.add(line);
        } catch (IOException e) {
            System.err.println("requests cannot be read: " + e.getMessage());
        }
        gone.countDown();
        Runtime.getRuntime().halt(0);
    }

    private static Device open(String name, int threads) {
        int colon = name.indexOf(':');
        String kind = colon < 0 ? name : name.substring(0, colon);
        for (Device.Provider one : ServiceLoader.load(Device.Provider.class))
            if (one.name().equals(kind)) return one.open(colon < 0 ? one.devices().getFirst() : name.substring(colon + 1), threads);
        throw new IllegalArgumentException("no device is named '%s'".formatted(name));
    }

    private static Reply reply(LocalRunner runner, Request request) {
        ProblemKey problem = request.problem();
        List<Candidate> candidates = request.candidates();
        return switch (request.act()) {
            case BANDWIDTH -> new Reply(runner.readBandwidth(), List.of(), null);
            case PROVE ->
                new Reply(0, List.of(), Proof.of(runner.prove(known(problem), candidates.getFirst(), request.number())));
            case PREPARE -> new Reply(0, List.of(result(runner.prepare(known(problem), candidates.getFirst()))), null);
            case TIME -> new Reply(0, results(runner.time(known(problem), candidates, (int) request.number())), null);
            case RELEASE -> {
                runner.release(known(problem), candidates.getFirst());
                yield Reply.DONE;
            }
        };
    }

    private static ProblemKey known(@Nullable ProblemKey problem) {
        if (problem == null) throw new IllegalArgumentException("a request without a problem");
        return problem;
    }

    private static Result result(Optional<Failed> failure) {
        return new Result(failure.orElse(null), new double[0]);
    }

    private static List<Result> results(List<Timing> timings) {
        var results = new ArrayList<Result>();
        for (Timing timing : timings)
            results.add(switch (timing) {
                case Timing.Timed timed -> new Result(null, timed.seconds().toArray());
                case Timing.Untimed(Failed failure) -> new Result(failure, new double[0]);
            });
        return results;
    }
}
