package tern.ir.device;

import java.util.List;
import tern.ir.loop.Program;

/// An operation lowered for a target.
///
/// @param tables   contents of the program's last parameters, which nobody passes in a launch
/// @param schedule name of the way in which it is computed, for people
public record LoweredOp(Program program, List<float[]> tables, String schedule) {
    public LoweredOp {
        tables = List.copyOf(tables);
    }
}
