"""Which tokens the loss counts, and where a text ends"""

import ast
import re
from collections.abc import Iterator

from ...workspace.chat_template import has_generation_markers
from ...workspace.settings import PythonModule, keyword
from ...workspace.template_files import template_source
from ..edits import removing
from ..rule import Spot, rule
from ..script import Script

_END = ("eos_token", "EOS", "</s>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>")
_ANSWER = re.compile(
    r"#+ ?(?:Response|Answer|Output|Assistant)\b|^(?:Assistant|Answer|A|Response|Output) ?:",
    re.MULTILINE,
)
_LANGUAGE = ("AutoModelForCausalLM", "FastLanguageModel", "FastModel", "LMHeadModel")


@rule(
    "L301",
    "end_is_masked",
    "warning",
    source="transformers, DataCollatorForLanguageModeling: labels of the pad token become -100",
    bad="""
from transformers import AutoTokenizer, DataCollatorForLanguageModeling, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.pad_token = tokenizer.eos_token
collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=dev, data_collator=collator)
""",
    good="""
from transformers import AutoTokenizer, DataCollatorForLanguageModeling, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.add_special_tokens({"pad_token": "<pad>"})
collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=dev, data_collator=collator)
""",
)
def end_is_masked(script: Script) -> Iterator[Spot]:
    """The pad token is the end-of-sequence token, which the collator masks: nothing teaches it.

    transformers' collator for language models leaves every pad token out of the loss. Where padding
    is the end of the sequence, the real end is left out with it, and the model never stops.
    Silent for rows that are packed into blocks of one length (`group_texts`, `ConstantLength`), and
    for TRL's trainers, whose own collator looks at lengths, not at tokens.
    """
    if script.says("group_texts", "ConstantLength", "block_size"):
        return
    masking = [
        site
        for site in script.calls("DataCollatorForLanguageModeling")
        if script.origin(site.module, "DataCollatorForLanguageModeling").startswith("transformers")
        and (word := keyword(site.call, "mlm")) is not None
        and isinstance(word.value, ast.Constant)
        and word.value.value is False
    ]
    if not masking:
        return
    for module, node in _pads_with_end(script):
        message = (
            f"Padding with the end of the sequence, the collator of line {masking[0].call.lineno} "
            "masks the end of each text too, so the model never learns to stop."
        )
        yield script.at(module, node, message)


@rule(
    "L302",
    "padding_in_loss",
    "warning",
    source="transformers documentation, causal language modeling: labels of -100 are ignored",
    bad="""
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.pad_token = tokenizer.eos_token

def encode(row):
    tokens = tokenizer(row["text"], padding="max_length", truncation=True)
    tokens["labels"] = tokens["input_ids"].copy()
    return tokens

model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model, args, train_dataset=rows.map(encode), eval_dataset=dev)
""",
    good="""
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.pad_token = tokenizer.eos_token

def encode(row):
    tokens = tokenizer(row["text"], padding="max_length", truncation=True)
    seen = zip(tokens["input_ids"], tokens["attention_mask"])
    tokens["labels"] = [token if mask else -100 for token, mask in seen]
    return tokens

model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model, args, train_dataset=rows.map(encode), eval_dataset=dev)
""",
)
def padding_in_loss(script: Script) -> Iterator[Spot]:
    """Labels are a copy of padded input, so the loss is mostly about padding.

    The loss then falls quickly to almost nothing, and the model learns to write padding. Said where
    a tokenizer pads to the full length, the labels are the inputs, and no -100 stands anywhere.
    """
    if script.says("-100", "ignore_index", "label_pad_token_id", "DataCollatorFor"):
        return
    padded = any(
        isinstance(word.value, ast.Constant) and word.value.value in {"max_length", True}
        for module in script.modules
        for call in module.calls
        if (word := keyword(call, "padding")) is not None
    )
    if not padded:
        return
    for module, node in script.nodes(ast.Assign):
        target = node.targets[0]
        match target:
            case ast.Subscript(slice=ast.Constant(value="labels")):
                if re.search(r"\[['\"]input_ids['\"]\](\.(copy|clone)\(\))?$", module.source(node)):
                    message = "The labels are a copy of the padded input, so padding is trained on."
                    yield script.at(module, node, message)


@rule(
    "L303",
    "prompt_in_loss",
    "information",
    source="TRL documentation, SFTTrainer: train on completion only, train on assistant only",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(completion_only_loss=False)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig()
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def prompt_in_loss(script: Script) -> Iterator[Spot]:
    """The loss counts the questions, which the model need not write.

    `completion_only_loss=False` counts prompts that TRL would leave out by itself. For rows of
    messages, `assistant_only_loss` is off by default: said where the local training rows have
    messages in them.
    """
    if script.code.method not in {"sft", "lora"}:
        return
    if script.setting("completion_only_loss") and script.flag("completion_only_loss") is False:
        yield script.at_setting(
            "completion_only_loss",
            "The loss counts the prompts, too, which the model need not write.",
            script.removal("completion_only_loss"),
        )
    if script.flag("assistant_only_loss", False) is not False or script.says("only_loss=True"):
        return
    for file in script.train_files:
        sample = script.samples.of(script.code.root, file.path)
        if sample is not None and sample.shape == "messages":
            yield script.at_setting(
                "assistant_only_loss",
                f"The loss counts all turns of {file.path}, what the user says included.",
                script.setting_fix("assistant_only_loss", True),
            )
            return


@rule(
    "L304",
    "no_end_of_sequence",
    "warning",
    source="Unsloth documentation, notebooks: without an EOS token generations go on for ever",
    bad="""
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")

def encode(row):
    return tokenizer(f"### Question: {row['question']}\\n### Answer: {row['answer']}")

model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model, args, train_dataset=rows.map(encode), eval_dataset=dev)
""",
    good="""
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")

def encode(row):
    text = f"### Question: {row['question']}\\n### Answer: {row['answer']}"
    return tokenizer(text + tokenizer.eos_token)

model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model, args, train_dataset=rows.map(encode), eval_dataset=dev)
""",
)
def no_end_of_sequence(script: Script) -> Iterator[Spot]:
    """A format of one's own ends without the end-of-sequence token, so the model never stops.

    Said for texts with a marker of an answer ("### Response:") that are made by hand where nothing
    in the code names an end. TRL's SFTTrainer appends the token by itself, so it is silent there;
    transformers' Trainer and Unsloth do not.
    """
    by_itself = script.code.trainer_name not in {"Trainer", "Seq2SeqTrainer"}
    if by_itself and not script.says("from unsloth", "import unsloth"):
        return
    if not script.says(*_LANGUAGE) or script.says(*_END, "apply_chat_template", "eos_id"):
        return
    for module, node, text in _texts(script):
        if _ANSWER.search(text):
            message = (
                "This format ends without the end-of-sequence token, so the model never stops."
            )
            yield script.at(module, node, message)
            return


@rule(
    "L305",
    "no_generation_markers",
    "error",
    source="TRL documentation, SFTConfig.assistant_only_loss: the template must mark generations",
    bad='''
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.chat_template = """
{%- for message in messages -%}
{{ message['role'] + ': ' + message['content'] + eos_token }}
{%- endfor -%}
"""
args = SFTConfig(assistant_only_loss=True)
trainer = SFTTrainer("gpt2", args=args, train_dataset=rows, processing_class=tokenizer)
''',
    good='''
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("gpt2")
tokenizer.chat_template = """
{%- for message in messages -%}
{%- if message['role'] == 'assistant' -%}
assistant: {% generation %}{{ message['content'] + eos_token }}{% endgeneration %}
{%- else -%}
{{ message['role'] + ': ' + message['content'] + eos_token }}
{%- endif -%}
{%- endfor -%}
"""
args = SFTConfig(assistant_only_loss=True)
trainer = SFTTrainer("gpt2", args=args, train_dataset=rows, processing_class=tokenizer)
''',
)
def no_generation_markers(script: Script) -> Iterator[Spot]:
    """The loss is to count the assistant only, but the script's chat template marks no assistant.

    TRL needs `{% generation %}` and `{% endgeneration %}` around what the assistant says. It
    patches templates that it knows, never one that a script writes itself: then every token is
    masked, or the trainer refuses to start.
    """
    if script.flag("assistant_only_loss") is not True:
        return
    found = template_source(script.code, [])
    if found is None or found.base is not None or has_generation_markers(found.text):
        return
    message = "assistant_only_loss needs {% generation %} around the answer in this chat template."
    if found.module is not None and found.node is not None:
        yield script.at(found.module, found.node, message)
    else:
        yield script.at_setting("assistant_only_loss", message)


@rule(
    "L306",
    "formatting_with_completion_loss",
    "error",
    source="TRL, SFTTrainer: refuses a formatting function with completion_only_loss=True",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(completion_only_loss=True)
trainer = SFTTrainer("gpt2", args=args, train_dataset=rows, formatting_func=as_text)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(completion_only_loss=True)
trainer = SFTTrainer("gpt2", args=args, train_dataset=rows.map(as_prompt_and_completion))
""",
)
def formatting_with_completion_loss(script: Script) -> Iterator[Spot]:
    """A formatting function makes one text of prompt and completion, of which TRL can't find the
    completion any more.

    The trainer stops with a ValueError when it is made.
    """
    site = script.code.trainer
    if script.flag("completion_only_loss") is not True or site is None:
        return
    if script.code.trainer_name == "SFTTrainer" and script.takes("formatting_func"):
        word = keyword(site.call, "formatting_func")
        if word is not None:
            yield script.at(
                site.module,
                word,
                "completion_only_loss=True can't find the completion in what a formatting_func "
                "returns.",
                removing(site.module, site.call, "formatting_func"),
            )


def _pads_with_end(script: Script) -> Iterator[tuple[PythonModule, ast.Assign]]:
    for module, node in script.nodes(ast.Assign):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(attr="pad_token" | "pad_token_id" as padding)],
                value=ast.Attribute(attr="eos_token" | "eos_token_id" as end),
            ) if padding.removesuffix("_id").replace("pad", "eos") == end.removesuffix("_id"):
                owner = ast.unparse(node.targets[0])
                if "config" not in owner:  # a model's generation settings mask nothing
                    yield module, node


def _texts(script: Script) -> Iterator[tuple[PythonModule, ast.expr, str]]:
    """Strings that have places for values: f-strings, and those of `format`."""
    for module in script.modules:
        for node in module.nodes:
            match node:
                case ast.JoinedStr(values=parts):
                    said = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
                    yield module, node, "".join(said)
                case ast.Constant(value=str(text)) if "{" in text and "\n" in text:
                    if not isinstance(module.parents.get(node), ast.Expr | ast.JoinedStr):
                        yield module, node, text
