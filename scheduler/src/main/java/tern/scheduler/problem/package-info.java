/// What is asked of a scheduler, and the answer that it cannot be done this way.
///
/// Begin with [tern.scheduler.problem.Problem].
@NullMarked
package tern.scheduler.problem;

import org.jspecify.annotations.NullMarked;
