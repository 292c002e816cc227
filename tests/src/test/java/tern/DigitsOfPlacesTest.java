package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Ranges;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.reference.ReferenceDevice;
import tern.scheduler.packing.DigitDecoder;

/// Digits by arithmetic instead of tables: right for every used code of every kind of number, and no product wraps.
class DigitsOfPlacesTest {

    @Test
    void everyKindOfNumberHasItsDigits() {
        int found = 0;
        try (Device device = new ReferenceDevice(1)) {
            for (int base : new int[] {2, 3, 4, 5})
                for (int digits = 2; digits <= 10; digits++)
                    for (int spare = 0; spare <= 1; spare++)
                        for (boolean most : new boolean[] {false, true})
                            for (boolean fixedPoint : new boolean[] {false, true}) {
                                Codec codec = radix(base, digits, digits + spare, most, fixedPoint);
                                if (codec != null && isRight(CodeBook.of(codec), device)) found++;
                            }
        }
        assertThat(found).as("codecs that need no table").isGreaterThan(100);
    }

    private static @Nullable Codec radix(int base, int digits, int places, boolean most, boolean fixedPoint) {
        double numbers = Math.pow(base, places);
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros((int) Math.min(numbers - 1, 1 << 20));
        boolean wide = bits > 12 && !(base == 3 && digits == 10 && most); // two of them will do
        return bits > Codec.MAX_BITS || wide ? null : new Codec.Radix("number", base, -1, digits, places, bits, most, fixedPoint);
    }

    /// False if a table serves it.
    private static boolean isRight(CodeBook book, Device device) {
        if (!(DigitDecoder.of(book, 1) instanceof DigitDecoder.Positional places)) {
            assertThat(book.codes()).as("%s", book.codec()).isLessThanOrEqualTo(16);
            return false;
        }
        int digits = book.codec().digits(), codes = book.codes();
        Element lane = places.laneBits() == 16 ? Element.I16 : Element.I32;
        Program program = program(places, digits, codes, lane);
        assertThat(Ranges.of(program).wraps()).as("%s", program).isEmpty();
        Buffer in = device.allocate(2L * codes + 64), out = device.allocate(4L * codes * digits + 64);
        short[] all = new short[codes];
        for (int code = 0; code < codes; code++) all[code] = (short) code;
        in.write(0, MemorySegment.ofArray(all));
        device.compile(program).launch(List.of(in, out), 1, 0);
        int[] found = new int[codes * digits];
        out.read(0, MemorySegment.ofArray(found));
        for (int code = 0; code < codes; code++)
            for (int j = 0; j < digits; j++) {
                int digit = found[code * digits + j];
                assertThat(places.range().contains(digit)).isTrue();
                if (book.isUsed(code)) assertThat(digit).as("digit %d of code %d of %s", j, code, book.codec()).isEqualTo(book.digit(code, j));
            }
        return true;
    }

    private static Program program(DigitDecoder decoder, int digits, int codes, Element lane) {
        Var n = Var.value("n", Type.I32), i = Var.value("i", Type.I32), code = Var.value("code", new Type(lane, 1));
        Buf in = Buf.in("codes", Element.U16, Expr.i32(codes), Interval.of(0, codes - 1)), out = Buf.out("digits", Element.I32, Expr.i32(codes * digits));
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(code, Expr.convert(lane, Expr.load(in, Expr.ref(i), 1))));
        for (int j = 0; j < digits; j++) {
            Expr at = Expr.add(Expr.multiply(Expr.ref(i), Expr.i32(digits)), Expr.i32(j));
            steps.add(new Loop.Store(out, at, Expr.convert(Element.I32, decoder.digit(Expr.ref(code), j, List.of())), null));
        }
        return new Program("digits", "digits", List.of(new Program.Scalar(n, Interval.of(1))), List.of(in, out),
                Loop.loop(i, codes, Loop.Binding.SERIAL, Loop.block(steps)));
    }
}
