/// Numbered programs that teach one idea each. The tests run them.
package tern.examples;
