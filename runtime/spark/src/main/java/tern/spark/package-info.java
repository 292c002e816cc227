/// A model over the rows of a Spark data set.
///
/// ```
/// Main     options of spark-submit -> Job -> read, apply, write
/// Job      what is done to a row: a verb, columns, options; Dataset in, Dataset out
///   Rows   the rows of a partition, some of them under way at a time, in their order
///   Hosted the model of an executor's JVM, opened by the first task, shared by all: their rows generate together
/// TernSql  the same as functions of SQL
/// ```
///
/// `spark.tern.cache` names the folder of packed weights on each host; `~/.cache/tern` if it is not set.
///
/// What a row becomes depends on the row and the options alone: not on partitions, executors, retries or what else runs.
///
/// Begin with [tern.spark.Job].
@NullMarked
package tern.spark;

import org.jspecify.annotations.NullMarked;
