/* Made by Tern: tern export. Random weights are packed and multiplied by random activations; every result is compared, bit for bit, with
 * plain loops over the weights. Ends with status 1 if anything differs. */
#include "{NAME}.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
{tiles}
enum { M = {m}, K = {k}, N = {n} };

static uint64_t state = 1;

static uint32_t draw(void) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t) (state >> 33);
}
/* Memory of a multiple of 64, with bytes behind it that a kernel may read. */
static void *allocate(int64_t bytes) {
    char *all = calloc(1, (size_t) bytes + {NAME}_SLACK + 64);
    if (!all) exit(2);
    return all + (64 - (uintptr_t) all % 64);
}
static bool report(const char *what, bool right) {
    printf("%s: %s\n", what, right ? "equal" : "NOT EQUAL");
    return right;
}
{functions}
/* What the kernel means. */
static void expected(int n, {parameters}, {type} *result) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < M; j++) {
            {sums}
            result[i * M + j] = {value};
        }
    }
}

int main(void) {
{ask}    int n = N;
    bool right = true;
    {data}
    void *prepared = allocate({NAME}_PREPARED_BYTES), *work = allocate({NAME}_WORK_BYTES);
    {type} *{y} = allocate(4 * (int64_t) n * M), *wanted = allocate(4 * (int64_t) n * M);
    expected(n, {arguments}, wanted);

    right &= {NAME}_prepare({prepareArguments}, work, 0, 1, 1) == 0;
    right &= {NAME}_multiply({multiplyArguments}, work, 0, 1, 1) == 0;
    right &= report("results of plain loops, bit for bit", !memcmp({y}, wanted, 4 * (size_t) n * M));

    memset({y}, 0, 4 * (size_t) n * M);
    for (int part = 6; part >= 0; part--) right &= {NAME}_multiply({multiplyArguments}, work, part, part + 1, 7) == 0;
    right &= report("in 7 parts, the last one first", !memcmp({y}, wanted, 4 * (size_t) n * M));

    right &= report("arguments out of range are refused", {NAME}_multiply({multiplyArguments}, work, 1, 0, 1) == -1
            && {NAME}_multiply({multiplyArguments}, work, 0, 2, 1) == -1 && {NAME}_multiply({multiplyArguments}, work, 0, 0, 0) == -1);

    int8_t *back = allocate((int64_t) M * K);
    right &= {NAME}_unpack({w}, back) == 0;
    right &= report("weights read back", !memcmp(back, {w}Plain, (size_t) M * K));

    int calls = 0;
    clock_t start = clock(), now = start;
    for (; now - start < CLOCKS_PER_SEC / 10; now = clock(), calls++) {NAME}_multiply({multiplyArguments}, work, 0, 1, 1);
    double seconds = (double) (now - start) / CLOCKS_PER_SEC / calls;
    printf("one thread: %.1f us a call for %d x %d weights and %d token%s, %.2f GB/s of weights where they stay in the caches\n",
            1e6 * seconds, M, K, n, n == 1 ? "" : "s", {matrices} * ({NAME}_PACKED_BYTES - {NAME}_SLACK) / seconds / 1e9);
    return right ? 0 : 1;
}
