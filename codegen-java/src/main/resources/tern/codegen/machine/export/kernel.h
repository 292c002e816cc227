/* Made by Tern: tern export. {name}
 *
 * {definition}
 * m = {m} rows, k = {k} inputs, {tokens}. Numbers are little endian; i8, i32 and f32 are int8_t, int32_t and float.
 * {order}
 *
 * Weights lie in packing {packing}, {bits} bits each; {NAME}_pack writes it.
 *
 * {packingText}
 * {packingWords}
 *
 * Instructions: {isa}. The processor must have: {flags}. Nobody checks that. For Linux, {convention} calling convention;{tiles}
 * position independent; nothing else is called, of the C library neither.
 *
 * Buffers: {SLACK} bytes behind whatever is read may be read, so allocate so many more; the macros with BYTES in their names have them
 * in. Any address will do; multiples of 64 are the fastest.
 *
{buffers}
 *
 * Order of a multiplication, each step after all of the one before:
 *     1. {NAME}_prepare   activations into the form that the next step reads; once for all matrices with these activations
 *     2. {NAME}_multiply  the kernel
 *
 * Threads: a call does the parts first, first + 1, .. last - 1 of as many as `parts` says, which together are all of the work. One thread calls
 * with 0, 1, 1; thread i of n (as ggml's ith of nth) with i, i + 1, n; threads that take what is next with i, i + 1, {NAME}_MULTIPLY_PARTS, in as
 * many calls. Parts may be done in any order, at the same time, and by whom you like: they write different results. {NAME}_WORK_BYTES of
 * `work` belong to one call at a time; what is in them is nothing to keep.
 *
 * A function returns 0; or -1, and touches nothing, if n is out of range or not 0 <= first <= last <= parts, 1 <= parts < 2^31.
 * Results are the same bits for any number of parts.
 */
#ifndef {GUARD}
#define {GUARD}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

{macros}

{prototypes}

/* The packer: {NAME}.c, portable C99. Weights are int8_t [{m}][{k}].
 * pack returns 0, or -1 if no code holds some of the weights; unpack 0, or -1 if a code means nothing; random draws weights that can be
 * packed. */
int {NAME}_pack(const int8_t *weights, {scale}void *packed);
int {NAME}_unpack(const void *packed, int8_t *weights);
void {NAME}_random(int64_t seed, int8_t *weights);

#ifdef __cplusplus
}
#endif
#endif
