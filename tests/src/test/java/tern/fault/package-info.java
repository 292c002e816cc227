/// Processes that are killed, crowded, short of memory or of disk: nothing that was reported is lost, nothing is half there, and the next start
/// works.
package tern.fault;
