package tern.runtime.serve;

import java.util.ArrayList;
import java.util.List;
import tern.runtime.model.BatchedDecoder;

/// The rows of one pass, in the order that [BatchedDecoder#pass] wants: a token of each text that generates, and tokens of prompts as far as
/// there is room.
///
/// @param best those whose likeliest token is wanted, in the order of their rows
/// @param all  those after them, which want all logits
record Pass(List<Seat> best, List<Seat> all, int[] slots, int[] places, int[] tokens) {

    /// @param seats in the order in which they came
    /// @param chunk tokens of prompts while some text generates, at least one
    static Pass of(List<Seat> seats, BatchedDecoder sequences, int chunk) {
        boolean isGenerating = seats.stream().anyMatch(Seat::hasBegun);
        int generating = (int) seats.stream().filter(Seat::hasBegun).count();
        int room = Math.min(isGenerating ? chunk : Integer.MAX_VALUE, sequences.most() - generating);
        boolean severalOfOne = sequences.most() > sequences.count();
        var best = new ArrayList<Seat>();
        var all = new ArrayList<Seat>();
        var rest = new ArrayList<int[]>();
        for (Seat seat : seats) {
            int from = sequences.position(seat.slot), open = seat.length() - from;
            int count = seat.hasBegun() ? 1 : Math.min(open, Math.min(room, severalOfOne ? open : 1));
            if (!seat.hasBegun()) room -= count;
            boolean complete = count == open && count > 0;
            for (int i = from; i < from + count - (complete ? 1 : 0); i++) rest.add(new int[] {seat.slot, i, seat.token(i)});
            if (complete) (seat.isPlain() ? best : all).add(seat);
        }
        int n = best.size() + all.size() + rest.size();
        int[] slots = new int[n], places = new int[n], tokens = new int[n];
        int row = 0;
        for (List<Seat> group : List.of(best, all))
            for (Seat seat : group) {
                slots[row] = seat.slot;
                places[row] = seat.length() - 1;
                tokens[row++] = seat.token(seat.length() - 1);
            }
        for (int[] one : rest) {
            slots[row] = one[0];
            places[row] = one[1];
            tokens[row++] = one[2];
        }
        return new Pass(best, all, slots, places, tokens);
    }

    /// Texts that go on by a token.
    int generating() {
        return (int) (best.stream().filter(Seat::hasBegun).count() + all.stream().filter(Seat::hasBegun).count());
    }

    int rows() {
        return slots.length;
    }

    void run(BatchedDecoder sequences) {
        sequences.pass(slots, places, tokens, best.size(), all.size());
    }
}
