package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.cuda.Gpu.Extent;
import tern.codegen.cuda.GpuException;
import tern.codegen.cuda.simulate.Fault.Kind;

/// What a kernel must not do is found, with its place; and what looks like it but is allowed is not.
class FaultsTest {

    /// @param kind    what is found, null for nothing
    /// @param marked  the line with this comment is the place
    /// @param message part of what is said
    record Case(String name, Kind kind, String body, String message) {
        @Override
        public String toString() {
            return name;
        }

        /// Thread `%t` of 64, `%x` a buffer of 64 written words, `%y` one of 64 unwritten ones, `tile` 64 words of shared memory.
        String text() {
            return Texts.module("sm_90", """
                    .visible .entry k(.param .u64 x, .param .u64 y)
                    {
                      .reg .pred %%p, %%q;
                      .reg .b32 %%t, %%a, %%b, %%c, %%d, %%s, %%lane;
                      .reg .b64 %%x, %%y, %%px, %%py;
                      .shared .align 16 .b32 tile[64];
                      mov.u32 %%t, %%tid.x;
                      mov.u32 %%lane, %%laneid;
                      ld.param.u64 %%x, [x];
                      ld.param.u64 %%y, [y];
                      mad.wide.u32 %%px, %%t, 4, %%x;
                      mad.wide.u32 %%py, %%t, 4, %%y;
                      mov.u32 %%s, tile;
                      mad.lo.u32 %%s, %%t, 4, %%s;
                    %s
                      ret;
                    }
                    """.formatted(body.indent(2)));
        }

        int line() {
            return (int) text().substring(0, text().indexOf("//!")).lines().count();
        }
    }

    private static Case fault(Kind kind, String name, String body, String message) {
        return new Case(name, kind, body, message);
    }

    static Iterable<Case> cases() {
        var cases = new LinkedHashMap<String, Case>();
        for (Case each : new Case[] {
            fault(Kind.UNKNOWN_REGISTER, "a register without a value", """
                    add.u32 %b, %a, 1; //!""", "uses %a, which has no value"),
            fault(Kind.UNKNOWN_REGISTER, "a register that one branch sets", """
                    setp.lt.u32 %p, %lane, 31;
                    @%p mov.u32 %a, 1;
                    add.u32 %b, %a, 1; //!""", "thread (31,0,0) uses %a"),
            fault(Kind.UNKNOWN_REGISTER, "a shuffle from a thread that takes no part", """
                    setp.lt.u32 %p, %lane, 16;
                    @!%p bra end;
                    shfl.sync.down.b32 %a, %t, 8, 31, 0x0000ffff;
                    add.u32 %b, %a, 1; //!
                    end:""", "thread (8,0,0) uses %a"),
            fault(Kind.UNKNOWN_MEMORY, "global memory that nothing wrote", """
                    ld.global.u32 %a, [%py]; //!""", "reads byte 0 of an allocation of 256 bytes"),
            fault(Kind.UNKNOWN_MEMORY, "shared memory that nothing wrote", """
                    ld.shared.u32 %a, [%s]; //!""", "reads byte 0 of shared memory"),
            fault(Kind.OUT_OF_BOUNDS, "behind an allocation", """
                    ld.global.u32 %a, [%px+128]; //!""", "thread (32,0,0) 4 bytes"),
            fault(Kind.OUT_OF_BOUNDS, "before an allocation", """
                    st.global.u32 [%px+-4], %t; //!""", "thread (0,0,0) 4 bytes"),
            fault(Kind.OUT_OF_BOUNDS, "a vector behind an allocation", """
                    mad.wide.u32 %py, %t, 8, %y;
                    st.global.v2.u32 [%py], {%t, %t}; //!""", "thread (32,0,0) 8 bytes"),
            fault(Kind.OUT_OF_BOUNDS, "behind shared memory", """
                    st.shared.u32 [%s+4], %t; //!""", "shared memory, which has 256"),
            fault(Kind.MISALIGNED, "a vector at half its size", """
                    ld.global.v4.u32 {%a, %b, %c, %d}, [%x+8]; //!""", "is no multiple of 16"),
            fault(Kind.RACE, "a read without a barrier", """
                    st.shared.u32 [%s], %t;
                    xor.b32 %a, %t, 32;
                    mov.u32 %b, tile;
                    mad.lo.u32 %b, %a, 4, %b;
                    setp.ge.u32 %p, %t, 32;
                    @%p ld.shared.u32 %c, [%b]; //!""", "with no barrier between"),
            fault(Kind.RACE, "a barrier of the warp is none of the block", """
                    st.shared.u32 [%s], %t;
                    xor.b32 %a, %t, 32;
                    mov.u32 %b, tile;
                    mad.lo.u32 %b, %a, 4, %b;
                    bar.warp.sync 0xffffffff;
                    setp.ge.u32 %p, %t, 32;
                    @%p ld.shared.u32 %c, [%b]; //!""", "thread 0 wrote with no barrier between"),
            fault(Kind.RACE, "a neighbour in the warp", """
                    st.shared.u32 [%s], %t;
                    xor.b32 %a, %t, 1;
                    mov.u32 %b, tile;
                    mad.lo.u32 %b, %a, 4, %b;
                    ld.shared.u32 %c, [%b]; //!""", "thread (0,0,0) reads byte 4 of shared memory, which thread 1 wrote"),
            fault(Kind.RACE, "a write after another's read", """
                    setp.eq.u32 %p, %t, 0;
                    @%p st.shared.u32 [tile], %t;
                    bar.sync 0;
                    ld.shared.u32 %a, [tile];
                    setp.eq.u32 %p, %t, 63;
                    @%p st.shared.u32 [tile], %t; //!""", "read with no barrier between"),
            fault(Kind.RACE, "two writers", """
                    st.shared.u32 [tile], %t; //!""", "thread 0 wrote with no barrier between"),
            fault(Kind.RACE, "an atomic and a plain write", """
                    setp.eq.u32 %p, %t, 0;
                    @%p st.shared.u32 [tile], 0;
                    red.shared.add.u32 [tile], 1; //!""", "thread 0 wrote"),
            fault(Kind.IN_FLIGHT, "a copy that is not waited for", """
                    and.b32 %a, %t, 31;
                    cp.async.ca.shared.global [%s], [%px], 4;
                    cp.async.commit_group;
                    ld.shared.u32 %b, [%s]; //!""", "asynchronous copy still fills it"),
            fault(Kind.IN_FLIGHT, "a wait that leaves the last group", """
                    cp.async.ca.shared.global [%s], [%px], 4;
                    cp.async.commit_group;
                    cp.async.wait_group 1;
                    ld.shared.u32 %b, [%s]; //!""", "asynchronous copy still fills it"),
            fault(Kind.RACE, "a copy of another thread, waited for without a barrier", """
                    cp.async.ca.shared.global [%s], [%px], 4;
                    cp.async.wait_all;
                    xor.b32 %a, %t, 1;
                    mov.u32 %b, tile;
                    mad.lo.u32 %b, %a, 4, %b;
                    ld.shared.u32 %c, [%b]; //!""", "with no barrier between"),
            fault(Kind.DIVERGED, "a barrier in a branch", """
                    setp.lt.u32 %p, %lane, 16;
                    @!%p bra end;
                    bar.sync 0; //!
                    end:""", "executed by threads 0000ffff of the warp's ffffffff"),
            fault(Kind.DIVERGED, "a uniform branch that is not", """
                    setp.lt.u32 %p, %lane, 16;
                    @%p bra.uni end; //!
                    mov.u32 %a, 0;
                    end:""", "divides at a bra.uni"),
            fault(Kind.DEADLOCK, "a warp that never comes to the barrier", """
                    setp.lt.u32 %p, %t, 32;
                    @%p bra end;
                    bar.sync 0; //!
                    end:""", "waits for 64 threads, but only 32 come"),
            fault(Kind.DEADLOCK, "a shuffle for threads that never come", """
                    setp.lt.u32 %p, %lane, 16;
                    @!%p bra other;
                    shfl.sync.bfly.b32 %a, %t, 1, 31, 0xffffffff; //!
                    bra end;
                    other:
                    shfl.sync.bfly.b32 %a, %t, 1, 31, 0xffffffff;
                    end:""", "waits for threads of its warp that never come here"),
            fault(Kind.UNDEFINED, "division by zero", """
                    div.u32 %a, 7, %t; //!""", "divides by zero"),
            fault(Kind.UNDEFINED, "a member mask without its thread", """
                    shfl.sync.bfly.b32 %a, %t, 1, 31, 0x0000ffff; //!""", "thread (16,0,0) is not in its member mask"),
            fault(Kind.TRAP, "a trap", """
                    setp.eq.u32 %p, %t, 40;
                    @%p trap; //!""", "thread (40,0,0) traps"),
            fault(null, "allowed: neighbours with a barrier of the warp", """
                    st.shared.u32 [%s], %t;
                    xor.b32 %a, %t, 1;
                    mov.u32 %b, tile;
                    mad.lo.u32 %b, %a, 4, %b;
                    bar.warp.sync 0xffffffff;
                    ld.shared.u32 %c, [%b];
                    st.global.u32 [%py], %c;""", ""),
            fault(null, "allowed: all read what one wrote, then one writes", """
                    setp.eq.u32 %p, %t, 0;
                    @%p st.shared.u32 [tile], %t;
                    bar.sync 0;
                    ld.shared.u32 %a, [tile];
                    bar.sync 0;
                    setp.eq.u32 %p, %t, 63;
                    @%p st.shared.u32 [tile], %t;""", ""),
            fault(null, "allowed: atomics of all threads", """
                    setp.eq.u32 %p, %t, 0;
                    @%p st.shared.u32 [tile], 0;
                    bar.sync 1, 64;
                    red.shared.add.u32 [tile], 1;
                    bar.sync 0;
                    ld.shared.u32 %a, [tile];
                    st.global.u32 [%py], %a;""", ""),
            fault(null, "allowed: bytes of one word of several threads", """
                    mov.u32 %a, tile;
                    add.u32 %a, %a, %t;
                    st.shared.u8 [%a], %t;
                    ld.shared.u8 %b, [%a];
                    st.global.u32 [%py], %b;""", ""),
            fault(null, "allowed: a warp that parts and meets again", """
                    setp.lt.u32 %p, %lane, 7;
                    @%p bra low;
                    mov.u32 %a, 5;
                    bra meet;
                    low:
                    mov.u32 %a, 3;
                    meet:
                    shfl.sync.bfly.b32 %b, %a, 31, 31, 0xffffffff;
                    bar.sync 0;
                    st.global.u32 [%py], %b;""", ""),
            fault(null, "allowed: threads of a loop that leave one by one", """
                    mov.u32 %a, 0;
                    more:
                    add.u32 %a, %a, 1;
                    setp.le.u32 %p, %a, %lane;
                    @%p bra more;
                    bar.sync 0;
                    st.global.u32 [%py], %a;""", ""),
            fault(null, "allowed: threads that leave before the others shuffle", """
                    setp.ge.u32 %p, %lane, 16;
                    @%p exit;
                    shfl.sync.bfly.b32 %a, %t, 1, 31, 0xffffffff;
                    st.global.u32 [%py], %a;""", "")}) cases.put(each.name(), each);
        return cases.values();
    }

    private static void run(String text) {
        var bench = new Bench();
        bench.launch(text, "k", Extent.of(1), Extent.of(64), 0, bench.up(new int[64]), bench.card.allocate(256));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void itIsFound(Case each) {
        if (each.kind() == null) {
            run(each.text());
            return;
        }
        Fault fault = catchThrowableOfType(Fault.class, () -> run(each.text()));
        assertThat(fault).as(each.name()).isNotNull();
        assertThat(fault.kind()).as(fault.getMessage()).isEqualTo(each.kind());
        assertThat(fault).hasMessageContaining(each.message());
        assertThat(fault.line()).as(fault.getMessage()).isEqualTo(each.line());
    }

    @Test
    void aLoopWithoutAnEndIsFound() {
        String text = new Case("", null, "more: bra more; //!", "").text();
        var card = new Simulator(new Bench().card.numbers(), 50_000_000);
        var function = card.load(text).function("k");
        long x = card.allocate(256);
        var arguments = java.util.List.of(tern.codegen.cuda.Gpu.Argument.of(x), tern.codegen.cuda.Gpu.Argument.of(x));
        Fault fault = catchThrowableOfType(Fault.class, () -> card.stream().give(
                new tern.codegen.cuda.Gpu.Launch(function, Extent.of(1), Extent.of(64), 0, arguments)));
        assertThat(fault.kind()).isEqualTo(Kind.ENDLESS);
    }

    @Test
    void theAssemblerTakesAll() {
        Map<String, String> texts = new LinkedHashMap<>();
        int i = 0;
        for (Case each : cases()) texts.put(each.name(), each.text().substring(each.text().indexOf(".visible")).replace("entry k", "entry k" + i++));
        Ptxas.accepts(Texts.module("sm_90", String.join("\n", texts.values())), "sm_90");
    }

    @Test
    void whatCannotBeReadIsRefusedWithItsLine() {
        refused("mov.u32 %a, %nothing;", "line 18: nothing is named '%nothing'");
        refused("tex.1d.v4.f32.s32 {%a}, [x, {%b}];", "line 18: ");
        refused("wmma.load.a.sync %a, [%x];", "line 18: wmma.load.a.sync is not supported by the simulator");
        refused("add.u32 %a, %b;", "line 18: add.u32: 3 operands, not 2");
        refused("add.u64 %x, %x, %a;", "line 18: add.u64: %a has 32 bits, .u64 has 64");
        refused("add.odd.u32 %a, %b, %c;", "line 18: add.odd.u32: .odd is not supported by the simulator");
        refused("bra nowhere;", "line 18: nothing is named 'nowhere'");
        refused("mov.u32 %a, 1", "line 20: ';' was expected, not 'ret'");
        refused(".reg .b32 %a;", "line 18: ");
    }

    private static void refused(String body, String message) {
        assertThatThrownBy(() -> new Bench().card.load(new Case("", null, body, "").text()))
                .isInstanceOf(GpuException.class)
                .hasMessageStartingWith("cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX: ")
                .hasMessageContaining(message);
    }

    @Test
    void whatACardWouldRefuseIsRefused() {
        var bench = new Bench();
        assertThatThrownBy(() -> bench.launch(Texts.SUM, "sum", Extent.of(1), Extent.of(2048), 0, 0, 0))
                .hasMessage("launch sum: CUDA_ERROR_INVALID_VALUE: a block of 2048 threads, the kernel takes 1 to 1024");
        assertThatThrownBy(() -> bench.launch(Texts.SUM, "sum", Extent.of(1), Extent.of(256), 230 << 10, 0, 0))
                .hasMessageContaining("shared memory");
        assertThatThrownBy(() -> bench.launch(Texts.SUM, "sum", Extent.of(1), Extent.of(256), 0, 0))
                .hasMessage("launch sum: CUDA_ERROR_INVALID_VALUE: 1 arguments, the kernel takes 2");
        assertThatThrownBy(() -> bench.launch(Texts.SUM, "total", Extent.of(1), Extent.of(256), 0, 0))
                .hasMessage("cuModuleGetFunction: CUDA_ERROR_NOT_FOUND: 'total'; there are [sum]");
        assertThatThrownBy(() -> bench.card.load(Texts.SUM.replace("sm_80", "sm_100")))
                .hasMessage("cuModuleLoadDataEx: CUDA_ERROR_NO_BINARY_FOR_GPU: the text is for sm_100, the card is sm_90");
        assertThatThrownBy(() -> bench.card.allocate(100L << 30)).hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
        assertThatThrownBy(() -> bench.card.free(77)).hasMessageContaining("0x4d is no allocation");
    }
}
