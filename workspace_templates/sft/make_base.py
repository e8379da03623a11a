"""Makes `base/tiny`: a Qwen3 of 0.13 million parameters with a character-level tokenizer.

It is pretrained on raw text about six string operations ("rev abc = cba", "reverse abc = cba") and
on a few chat logs ("user: rev abc, assistant: cba"). So it can do the operations, but it has never
seen a ticket. Deterministic on one machine; two to three minutes on one core:

    OMP_NUM_THREADS=1 python make_base.py
"""

import argparse
import math
import random
import string
from pathlib import Path

import torch
from make_data import OPERATIONS, REQUESTS, draw_text
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SPECIAL = ["<|pad|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|unk|>"]
ROLES = ["user", "assistant"]  # one token each keeps the sequences short
CHARACTERS = string.ascii_letters + string.digits + " .,:;+-*/=?!()'\"<>_\n#@&%|"

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{%- if message['role'] == 'assistant' -%}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{%- else -%}{{ message['content'] + '<|im_end|>\n' }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)

STEPS = 2500
BATCH = 64
LENGTH = 48
LEARNING_RATE = 3e-3
WARMUP = 100
CHAT_SHARE = 0.1
WORDS_SHARE = 0.4  # of the raw lines: those that name the operation in plain words


def make_tokenizer():
    """One token a character, one a role, ChatML around the turns."""
    vocabulary = {token: n for n, token in enumerate([*SPECIAL, *ROLES, *CHARACTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|unk|>"))
    pattern = Regex(r"user(?=\n)|assistant(?=\n)|[\s\S]")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(pattern, "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|im_end|>",
        unk_token="<|unk|>",
        additional_special_tokens=["<|im_start|>", "<|endoftext|>"],
        model_max_length=128,
        chat_template=CHAT_TEMPLATE,
    )


def make_model(tokenizer):
    """The untrained network."""
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=80,
            intermediate_size=160,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            head_dim=20,
            max_position_embeddings=128,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )


def draw_document(rng, tokenizer):
    """One line of raw text, or one chat log, as text."""
    operation, text = rng.choice(list(OPERATIONS)), draw_text(rng)
    answer = OPERATIONS[operation](text)
    if rng.random() < CHAT_SHARE:
        turns = [
            {"role": "user", "content": f"{operation} {text}"},
            {"role": "assistant", "content": answer},
        ]
        return tokenizer.apply_chat_template(turns, tokenize=False)
    if rng.random() < WORDS_SHARE:
        return f"{rng.choice(REQUESTS[operation]).format(text)} = {answer}\n"
    return f"{operation} {text} = {answer}\n"


def batches(tokenizer):
    """Endless batches of shape (BATCH, LENGTH), documents one after the other."""
    rng = random.Random(1)
    tokens = []
    while True:
        while len(tokens) < BATCH * LENGTH:
            documents = [draw_document(rng, tokenizer) for _ in range(BATCH)]
            for row in tokenizer(documents, add_special_tokens=False)["input_ids"]:
                tokens += row
        yield torch.tensor(tokens[: BATCH * LENGTH]).view(BATCH, LENGTH)
        tokens = tokens[BATCH * LENGTH :]


def learning_rate(step):
    """Linear warm-up, then a cosine down to zero, as a factor of LEARNING_RATE."""
    return min(1, (step + 1) / WARMUP) * 0.5 * (1 + math.cos(math.pi * step / STEPS))


def main():
    """Pretrain and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "base" / "tiny")
    out = parser.parse_args().out

    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=0.01, betas=(0.9, 0.98)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, learning_rate)
    for step, tokens in zip(range(STEPS), batches(tokenizer), strict=False):
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 250 == 0 or step == STEPS - 1:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


if __name__ == "__main__":
    main()
