/// What was measured, kept: the tuning records of this machine and of others. [tern.autotune.record.Records] is the door;
/// everything else is plain data, and every text in it is Tern's own language, so that a record can be read, checked and compiled
/// again without the files it came from.
///
/// ```
/// Records.open(file or jdbc:postgresql://...)
///    SqlRecords -- Table: rows and statements, the same for SQLite and PostgreSQL
///        |-------- Schema: tables, made by Flyway when they are missing
///        |-------- Snapshot: the winners next to a SQLite file, for a quick start
///        '-------- Database: how to connect, and what a failure means
/// ```
///
/// A record is found by SHA-256 of its exact texts and of the [tern.autotune.record.Environment]: another machine, JDK or version of the
/// code generator never sees it.
@NullMarked
package tern.autotune.record;

import org.jspecify.annotations.NullMarked;
