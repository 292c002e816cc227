package tern.spark;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import tern.api.Tern;

/// The rows of a partition, with what a model found. As many as may generate together are under way at a time, along with those of other tasks;
/// they come in their order.
final class Rows implements Iterator<Row> {

    private final RowWork work;
    private final Job.Counts counts;
    private final Iterator<Row> left;
    private final int ahead;
    private final ArrayDeque<Future<RowWork.Done>> under = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    Rows(Job job, Job.Counts counts, Iterator<Row> rows) {
        Tern model = Hosted.of(job.model());
        work = new RowWork(job, model);
        this.counts = counts;
        left = rows;
        ahead = job.model().parallel();
        counts.rate().add(0L);
        TaskContext task = TaskContext.get();
        if (task != null)
            task.addTaskCompletionListener(_ -> {
                threads.shutdownNow();
            });
    }

    @Override
    public boolean hasNext() {
        return !under.isEmpty() || left.hasNext();
    }

    @Override
    public Row next() {
        while (under.size() < ahead && left.hasNext()) {
            Row row = left.next();
            under.add(threads.submit(() -> work.of(row)));
        }
        Future<RowWork.Done> first = under.poll();
        if (first == null) throw new NoSuchElementException();
        try {
            RowWork.Done done = first.get();
            counts.rows().add(1);
            counts.errors().add(done.isBad() ? 1 : 0);
            counts.tokens().add(done.tokens());
            counts.rate().add((long) done.tokens());
            return done.row();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            // Of the model or the executor, not of the row: Spark tries the task again.
            throw new IllegalStateException(String.valueOf(e.getCause()), e);
        }
    }
}
