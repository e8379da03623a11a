"""Data sets that score models: what of each is the benchmark, and must not be trained on."""

EVERY = frozenset({"*"})
_TEST = frozenset({"test"})
_ALL_BUT_TRAIN = frozenset({"test", "validation", "dev"})

# By id on the Hub, in lower case, old ids without an owner too. `EVERY` where each split is the
# benchmark: most of these have a single split, and often it is called `train`.
SPLITS: dict[str, frozenset[str]] = {
    # Mathematics
    "openai/gsm8k": _TEST,
    "gsm8k": _TEST,
    "huggingfaceh4/math-500": EVERY,
    "hendrycks/competition_math": _TEST,
    "eleutherai/hendrycks_math": _TEST,
    "huggingfaceh4/aime_2024": EVERY,
    "maxwell-jia/aime_2024": EVERY,
    "math-ai/aime24": EVERY,
    "math-ai/aime25": EVERY,
    "opencompass/aime2025": EVERY,
    "yentinglin/aime_2025": EVERY,
    "ai-mo/aimo-validation-aime": EVERY,
    "ai-mo/aimo-validation-amc": EVERY,
    "ai-mo/aimo-validation-math-level-5": EVERY,
    # Knowledge and reasoning
    "idavidrein/gpqa": EVERY,
    "cais/hle": EVERY,
    "cais/mmlu": _ALL_BUT_TRAIN,
    "tiger-lab/mmlu-pro": EVERY,
    "allenai/ai2_arc": _TEST,
    "ai2_arc": _TEST,
    "rowan/hellaswag": _ALL_BUT_TRAIN,
    "hellaswag": _ALL_BUT_TRAIN,
    "truthfulqa/truthful_qa": EVERY,
    "truthful_qa": EVERY,
    "lukaemon/bbh": EVERY,
    "maveriq/bigbenchhard": EVERY,
    # Code
    "openai/openai_humaneval": EVERY,
    "openai_humaneval": EVERY,
    "evalplus/humanevalplus": EVERY,
    "evalplus/mbppplus": EVERY,
    "google-research-datasets/mbpp": _TEST,
    "mbpp": _TEST,
    "livecodebench/code_generation": EVERY,
    "livecodebench/code_generation_lite": EVERY,
    "princeton-nlp/swe-bench": _TEST,
    "princeton-nlp/swe-bench_lite": EVERY,
    "princeton-nlp/swe-bench_verified": EVERY,
    # Instructions, tools, judges
    "google/ifeval": EVERY,
    "tatsu-lab/alpaca_eval": EVERY,
    "huggingfaceh4/mt_bench_prompts": EVERY,
    "gorilla-llm/berkeley-function-calling-leaderboard": EVERY,
    "allenai/reward-bench": EVERY,
}


def is_benchmark(name: str, splits: set[str]) -> bool:
    """Whether a data set's splits hold what models are scored on.

    Args:
        splits: their names; empty: not known.
    """
    scored = SPLITS.get(name.lower())
    return scored is not None and (scored == EVERY or bool(splits & scored))
