"""cuBLAS in bf16, through PyTorch, on the shapes that gpu-check measures.

    python3 codegen-cuda/peers/cublas_bf16.py [OUT.json]

Weights take turns, so that they come from memory and not from a cache; all products of a turn are one CUDA graph. Random data, medians.
"""

import json
import statistics
import sys

import torch

SHAPES = [(2560, 2560), (3840, 2560), (13824, 2560), (2560, 6912)]
COLD_BYTES = 512 << 20
ROUNDS = 9


def seconds(work):
    """Median time of one call, by events, after two that warm up."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    times = []
    for round_ in range(-2, ROUNDS):
        begin.record()
        work()
        end.record()
        end.synchronize()
        if round_ >= 0:
            times.append(begin.elapsed_time(end) * 1e-3)
    return statistics.median(times)


def graph_of(work):
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph


def product(m, k, n):
    count = max(2, COLD_BYTES // (2 * m * k))
    weights = [torch.randn(m, k, device="cuda", dtype=torch.bfloat16) for _ in range(count)]
    x = torch.randn(n, k, device="cuda", dtype=torch.bfloat16)
    y = torch.empty(n, m, device="cuda", dtype=torch.bfloat16)

    def work():
        for w in weights:
            torch.matmul(x, w.t(), out=y)

    each = seconds(graph_of(work).replay) / count
    return {
        "m": m, "k": k, "n": n, "us": each * 1e6, "TFLOP/s": 2 * m * k * n / each * 1e-12,
        "GB/s": 2 * (m * k + n * k + n * m) / each * 1e-9,
    }


def copying():
    a = torch.randn(1 << 28, device="cuda")
    b = torch.empty_like(a)
    return {"copy GB/s": 2 * a.numel() * 4 / seconds(lambda: b.copy_(a)) * 1e-9}


def main():
    results = [{"card": torch.cuda.get_device_name(), "torch": torch.__version__}]
    print(results[0])
    for work in [copying] + [lambda s=s, n=n: product(*s, n) for n in (1, 512, 2048) for s in SHAPES]:
        try:
            result = work()
        except RuntimeError as problem:  # the others are still worth having
            result = {"failed": str(problem).splitlines()[0]}
        results.append(result)
        print({name: round(value, 2) if isinstance(value, float) else value for name, value in result.items()}, flush=True)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as out:
            json.dump(results, out, indent=1)


main()
