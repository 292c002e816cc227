"""Logits of transformers' own BitNet classes, for weights that Tern made or converted, and how far Tern's are from them.

    ./tern synth --preset tiny --out tiny.gguf
    ./tern convert tiny.gguf tiny-packed --weights packed
    ./tern logits --model tiny.gguf --ids ids.i32 --out ours.f32 --device cuda
    python3 codegen-cuda/peers/transformers_logits.py tiny-packed ids.i32 theirs.f32 [ours.f32]

Ids are little-endian int32, logits little-endian float32 [tokens, vocabulary].
"""

import sys

import numpy
import torch
from transformers import AutoModelForCausalLM


def main(folder, ids_file, out, ours=None):
    ids = numpy.fromfile(ids_file, dtype="<i4")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device).eval()
    with torch.no_grad():
        logits = model(torch.tensor(ids[None].astype("i8"), device=device)).logits[0].float().cpu().numpy()
    logits.astype("<f4").tofile(out)
    print(f"{len(ids)} tokens, vocabulary {logits.shape[1]}, on {device}")
    if ours is None:
        return
    other = numpy.fromfile(ours, dtype="<f4").reshape(logits.shape)
    difference = numpy.abs(logits - other)
    print(f"largest difference {difference.max():.6g} at token {difference.max(axis=1).argmax()}, "
          f"relative to the norm {numpy.linalg.norm(logits - other) / numpy.linalg.norm(logits):.3g}, "
          f"same likeliest token {(logits.argmax(1) == other.argmax(1)).mean():.1%}")


main(*sys.argv[1:])
