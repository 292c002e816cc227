package tern.ir;

/// A closed range of integers, and arithmetic on such ranges: the proof that a sum fits its accumulator.
///
/// Bounds saturate at the ends of `long`, so a result that saturated never fits a narrower element.
public record Interval(long low, long high) {

    public Interval {
        if (low > high) throw new IllegalArgumentException("empty interval " + low + ".." + high);
    }

    public static final Interval ANY = new Interval(Long.MIN_VALUE, Long.MAX_VALUE);

    public static Interval of(long value) {
        return new Interval(value, value);
    }

    public static Interval of(long low, long high) {
        return new Interval(low, high);
    }

    /// All values that `element`, an integer or bool type, can hold.
    public static Interval of(Element element) {
        if (element == Element.BOOL) return of(0, 1);
        if (!element.isInteger()) throw new IllegalArgumentException("no integer interval for " + element);
        if (element.bits() == 64) return element.isSigned() ? ANY : of(0, Long.MAX_VALUE);
        return element.isSigned()
                ? of(-(1L << (element.bits() - 1)), (1L << (element.bits() - 1)) - 1)
                : of(0, (1L << element.bits()) - 1);
    }

    public boolean contains(Interval other) {
        return low <= other.low && other.high <= high;
    }

    public boolean contains(long value) {
        return low <= value && value <= high;
    }

    public boolean fits(Element element) {
        return of(element).contains(this);
    }

    public Interval union(Interval other) {
        return of(Math.min(low, other.low), Math.max(high, other.high));
    }

    public Interval plus(Interval other) {
        return of(saturatedSum(low, other.low), saturatedSum(high, other.high));
    }

    public Interval negate() {
        return of(high == Long.MIN_VALUE ? Long.MAX_VALUE : -high, low == Long.MIN_VALUE ? Long.MAX_VALUE : -low);
    }

    public Interval minus(Interval other) {
        return plus(other.negate());
    }

    public Interval times(Interval other) {
        long a = saturatedProduct(low, other.low), b = saturatedProduct(low, other.high);
        long c = saturatedProduct(high, other.low), d = saturatedProduct(high, other.high);
        return of(Math.min(Math.min(a, b), Math.min(c, d)), Math.max(Math.max(a, b), Math.max(c, d)));
    }

    /// The range of a sum of at most `count` values of this range, none included.
    public Interval upTo(long count) {
        return of(saturatedProduct(Math.min(low, 0), count), saturatedProduct(Math.max(high, 0), count));
    }

    public Interval min(Interval other) {
        return of(Math.min(low, other.low), Math.min(high, other.high));
    }

    public Interval max(Interval other) {
        return of(Math.max(low, other.low), Math.max(high, other.high));
    }

    /// Largest absolute value.
    public long magnitude() {
        return low == Long.MIN_VALUE ? Long.MAX_VALUE : Math.max(Math.abs(low), Math.abs(high));
    }

    private static long saturatedSum(long a, long b) {
        long sum = a + b;
        if (((a ^ sum) & (b ^ sum)) < 0) return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        return sum;
    }

    private static long saturatedProduct(long a, long b) {
        long high = Math.multiplyHigh(a, b), product = a * b;
        if (high != product >> 63) return (a < 0) == (b < 0) ? Long.MAX_VALUE : Long.MIN_VALUE;
        return product;
    }

    @Override
    public String toString() {
        return low + ".." + high;
    }
}
