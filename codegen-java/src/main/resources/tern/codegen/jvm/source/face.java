/// {purpose} Does the blocks `from` to `to - 1` of {blocks}, which any threads may do at the same time{eachWithScratch}.
public static void {method}({segments}{numbers}int from, int to) {
    {checks}
    Objects.checkFromToIndex(from, to, {BLOCKS});
    {bodies}{method}Blocks({addresses}{scalars}from, to);
    {fences}
}
/// {purpose} Does everything, on the calling thread.
public static void {method}({memory}{numbers}) {
    {method}({all}{scalars}0, {BLOCKS});
}
