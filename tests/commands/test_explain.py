"""`explain`: any program, as JSON that others rely on, or as text."""

import math

import pytest
from jsonschema import Draft202012Validator

VALUE = {"type": ["number", "string", "array", "object", "null", "boolean"]}
LINE = {"type": ["integer", "null"]}
KEYS = ["format", "torch", "source", "outcome", "warnings", "printed", "tensors", "nodes", "edges", "passes", "targets"]
REASONS = ["time", "memory", "output", "processes", "crashed", "exited", "refused", "too large"]
DOCUMENT = {
    "type": "object",
    "required": KEYS,
    "properties": {
        "format": {"const": 1},
        "outcome": {
            "oneOf": [
                {"properties": {"kind": {"const": "finished"}}, "required": ["kind"]},
                {
                    "properties": {"kind": {"const": "raised"}, "line": LINE},
                    "required": ["kind", "type", "message", "line"],
                },
                {
                    "properties": {
                        "kind": {"const": "stopped"},
                        "reason": {"enum": REASONS},
                    },
                    "required": ["kind", "reason", "message"],
                },
            ]
        },
        "warnings": {"items": {"required": ["message", "line"]}},
        "tensors": {
            "additionalProperties": {"required": ["value", "shape", "dtype", "requires_grad", "is_leaf", "grad"]}
        },
        "nodes": {
            "items": {
                "required": ["id", "name", "operation", "kind", "reason", "span"],
                "properties": {"kind": {"enum": ["function", "accumulate", "ghost"]}},
            }
        },
        "edges": {"items": {"required": ["from", "to", "input", "output", "contributions"]}},
        "passes": {
            "items": {
                "required": ["line", "leaves"],
                "properties": {"leaves": {"additionalProperties": {"required": ["before", "added", "after"]}}},
            }
        },
        "targets": {
            "additionalProperties": {
                "required": ["value", "formula", "witnesses", "agree", "disagreement", "steps"],
                "properties": {
                    "witnesses": {"required": ["torch", "symbolic", "differences"]},
                    "steps": {
                        "items": {"required": ["node", "rule", "local", "upstream", "contribution", "words"]},
                    },
                },
            }
        },
    },
}


def test_the_sine_of_a_square_in_full(tutor, sine):
    found = tutor("explain", sine, "--json")
    assert found.code == 0
    document = found.json
    Draft202012Validator(DOCUMENT).validate(document)
    target = document["targets"]["x.grad"]
    assert target["value"] == pytest.approx(8 * math.cos(16), rel=1e-6)
    assert target["formula"] == "2*x*cos(x**2)"
    assert target["agree"] is True
    assert [node["kind"] for node in document["nodes"]].count("accumulate") == 1
    power = next(node for node in document["nodes"] if node["name"] == "PowBackward0")
    assert power["operation"] == "x ** 2"
    assert power["span"] == [3, 4, 3, 10]


def test_nodes_tell_the_module_they_ran_in(tutor):
    program = (
        "import torch\nmodel = torch.nn.Sequential(torch.nn.Linear(1, 1))\nmodel(torch.ones(1)).sum().backward()\n"
    )
    document = tutor("explain", "-", "--json", stdin=program).json
    assert [call["module"] for call in document["modules"]] == ["model", "model[0]"]
    assert document["modules"][1] == {"module": "model[0]", "kind": "Linear", "parent": 0, "repeat": 0}
    modules = {node["name"]: (node["module"], node["call"]) for node in document["nodes"]}
    assert modules["AddmmBackward0"] == ("model[0]", 1)
    assert modules["SumBackward0"] == modules["AccumulateGrad"] == (None, None)


CHAIN = """\
import torch
x = torch.tensor(1.0, requires_grad=True)
y = x
for _ in range(500):
    y = torch.sin(y) + 1
y.backward()
"""


def test_a_loops_steps_are_all_in_json_and_grouped(tutor):
    target = tutor("explain", "-", "--json", stdin=CHAIN).json["targets"]["x.grad"]
    assert len(target["steps"]) == 1001
    (repeat,) = target["repeats"]
    assert (repeat["start"], repeat["end"], repeat["period"], repeat["times"]) == (5, 999, 2, 497)
    assert repeat["nodes"] == [step["node"] for step in target["steps"][5:999]]
    assert repeat["upstream"] == target["steps"][5]["upstream"]
    assert repeat["passed"] == target["steps"][999]["upstream"]


@pytest.mark.parametrize("form", [[], ["--markdown"]])
def test_a_loops_steps_are_few_lines(tutor, form):
    text = tutor("explain", "-", *form, stdin=CHAIN).out
    assert "⋮  ×497: steps 6 to 999" in text
    assert "997  ∂" not in text
    assert text.count("\n") < 90


def test_steps_that_an_earlier_target_had_are_not_told_again(tutor):
    program = "import torch\nx = torch.tensor(1., requires_grad=True)\nw = torch.tensor(2., requires_grad=True)\n"
    program += "b = torch.tensor(0., requires_grad=True)\n(torch.sin((x * w + b) * 3) ** 2).backward()\n"
    text = tutor(
        "explain",
        "-",
        stdin=program,
    ).out
    assert "(steps 1 to 4 are the same as for x.grad)" in text
    assert text.count("Backward starts at") == 1


def test_contributions_into_a_leaf_make_up_what_was_added(tutor, tmp_path):
    program = tmp_path / "fork.py"
    program.write_text(
        "import torch\nx = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\n"
        "for _ in range(2):\n    z = x * y + y\n    z.backward(retain_graph=True)\n"
    )
    document = tutor("explain", str(program), "--json").json
    leaf = next(node["id"] for node in document["nodes"] if node["kind"] == "accumulate")
    for at, one in enumerate(document["passes"]):
        arrived = [edge["contributions"][at] for edge in document["edges"] if edge["to"] == leaf]
        assert sum(value for value in arrived if value is not None) == one["leaves"]["x"]["added"]
    assert document["passes"][1]["leaves"]["x"] == {
        **document["passes"][1]["leaves"]["x"],
        "before": 33.0,
        "added": 33.0,
        "after": 66.0,
    }


def test_a_program_that_raises_is_explained_and_is_done_work(tutor, detached):
    found = tutor("explain", detached, "--json", "--wrt", "x.grad")
    assert found.code == 0
    document = found.json
    assert document["outcome"]["kind"] == "raised"
    assert document["outcome"]["line"] == 7
    assert document["targets"]["x.grad"]["value"] == 4.0
    assert {"ghost"} <= {node["kind"] for node in document["nodes"]}
    assert "detach" in {node["reason"] for node in document["nodes"]}


def test_a_program_from_standard_input(tutor):
    found = tutor("explain", "-", "--json", stdin="import torch\nprint(torch.ones(2).sum())\n")
    assert found.code == 0
    assert found.json["printed"] == "tensor(2.)\n"


def test_nan_and_inf_are_strings(tutor):
    program = "import torch\nx = torch.tensor(0., requires_grad=True)\ntorch.sqrt(x ** 2).backward()\ny = 1 / x\n"
    document = tutor("explain", "-", "--json", stdin=program).json
    assert document["targets"]["x.grad"]["value"] == "nan"
    assert document["tensors"]["y"]["value"] == "inf"


def test_a_large_tensor_is_summed_up(tutor):
    program = "import torch\nx = torch.arange(100., requires_grad=True)\n(x ** 2).mean().backward()\n"
    document = tutor("explain", "-", "--json", stdin=program).json
    assert document["tensors"]["x"]["value"] == {"summary": {"min": 0.0, "max": 99.0, "mean": 49.5, "numel": 100}}


def test_the_text_tells_the_steps_and_the_witnesses(tutor, sine):
    text = tutor("explain", sine).out
    for expected in ("x.grad = −7.6613", "1 · (−0.9577) = −0.9577", "2x·cos(x²)", "all three agree", "PowBackward0"):
        assert expected in text


def test_markdown_keeps_brackets_and_fences(tutor, sine):
    text = tutor("explain", sine, "--markdown").out
    assert text.startswith("## Program\n\n```python\n")


def test_svg_is_well_formed(tutor, sine):
    from xml.etree import ElementTree

    root = ElementTree.fromstring(tutor("explain", sine, "--svg").out)
    assert root.tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain", "/no/such/file.py"), "Can't read /no/such/file.py"),
        (("explain", "/tmp"), "Can't read /tmp"),
        (("explain", "-", "--wrt", "x..grad"), "is not an expression"),
        (("explain",), "FILE"),
        (("list", "--no-such-option"), "--no-such-option"),
        (("no-such-lesson",), "There is no lesson called no-such-lesson"),
        (("play", "slopes"), "--plain"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(tutor, arguments, says):
    found = tutor(*arguments)
    assert found.code == 2
    assert says in found.complaint
    assert "Traceback" not in found.complaint
    assert found.out == ""
    assert found.complaint.count("\n") == 1


def test_a_program_that_is_not_text_is_refused(tutor, tmp_path):
    path = tmp_path / "picture.py"
    path.write_bytes(b"x = 1\n\xff\xfe")
    found = tutor("explain", str(path), "--json")
    assert (found.code, found.out) == (2, "")
    assert "line 2" in found.complaint


def test_a_syntax_error_is_an_outcome(tutor):
    found = tutor("explain", "-", "--json", stdin="import torch\nx = = 3\n")
    assert found.code == 0
    assert found.json["outcome"] == {**found.json["outcome"], "kind": "raised", "type": "SyntaxError", "line": 2}


def test_with_respect_to_a_leafs_name_means_its_gradient(tutor, sine):
    targets = tutor("explain", sine, "--json", "--wrt", "x", "--wrt", "z").json["targets"]
    assert list(targets) == ["x.grad", "z"]


def test_what_a_program_prints_reaches_the_terminal_without_what_a_terminal_obeys(tutor, tmp_path):
    file = tmp_path / "escapes.py"
    file.write_text("print('red \\x1b[31m and \\x9b2J clear')\n")
    told = tutor("explain", str(file))
    assert "red [31m and 2J clear" in told.out
    assert "\x1b" not in told.out


def test_a_computed_tensor_asked_for_by_name_brings_no_warning_about_its_grad(tutor, sine):
    assert tutor("explain", sine, "--wrt", "y", "--json").json["warnings"] == []
    (warning,) = tutor("explain", sine, "--wrt", "y.grad", "--json").json["warnings"]
    assert warning["line"] is None


def test_a_repair_is_told_with_what_torch_made_of_it(tutor, detached):
    text = tutor("explain", detached).out
    json = tutor("explain", detached, "--json").json
    repair = next(iter(json["targets"].values()))["repair"]
    assert repair["confirmed"] is True
    assert json["problems"][-1]["caught"] is False
    for line in repair["lines"]:
        sign = "−" if line["sign"] == "-" else "+"
        assert text.count(f"{sign} {line['line']}  {line['text']}\n") == 1
    assert "With this change torch gives" in text


def test_many_targets_make_no_long_text(tutor):
    source = "import torch\nfrom torch import nn\nnet = nn.Sequential(*(nn.Linear(4, 4) for _ in range(12)))\n"
    printed = tutor("explain", "-", stdin=f"{source}net(torch.ones(2, 4)).sum().backward()\n").out
    assert printed.count("\n") < 250
    assert "--wrt NAME tells one of them step by step" in printed
    assert "net[11].bias.grad = [2, 2, 2, 2]" in printed


def test_a_matrix_is_laid_out_in_rows(tutor):
    leaf = "import torch\nw = torch.arange(12.).reshape(4, 3).div(7).requires_grad_()\n"
    source = f"{leaf}(w * w).sin().sum().backward()\n"
    printed = tutor("explain", "-", stdin=source).out
    assert "w.grad, a 4×3 matrix" in printed
    block = printed[printed.index("w.grad, a") :].split("\n\n")[1].splitlines()
    assert len(block) == 4
    assert len({len(line) for line in block[:-1]}) == 1
    assert block[0].startswith("[[")
    assert block[-1].endswith("]]")
    assert "all three agree" in printed


def test_each_backward_pass_is_headed_and_the_plain_formula_is_told_apart_from_a_hook(tutor):
    program = "import torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x ** 3\n"
    twice = "z = 5 * y\nz.backward(retain_graph=True)\nz.backward()\n"
    hooked = tutor("explain", "-", stdin=f"{program}y.register_hook(lambda g: g.clamp(max=1))\n{twice}").out
    assert [line for line in hooked.splitlines() if "The backward pass of" in line] == [
        "     The backward pass of line 6:",
        "     The backward pass of line 7:",
    ]
    assert "Closed form, without the hook: 30x²" in hooked
    plain = tutor("explain", "-", stdin=f"{program}{twice.splitlines()[0]}\nz.backward()\n").out
    assert "The backward pass of" not in plain
    assert "Closed form: 15x²" in plain
    assert "held fixed" not in plain


def test_passes_of_one_line_are_told_apart_by_their_rounds(tutor):
    loop = "import torch\nx = torch.tensor(2.0, requires_grad=True)\nfor _ in range(2):\n    (x ** 2).backward()\n"
    text = tutor("explain", "-", stdin=loop).out
    assert "The backward pass of line 4, round 2:" in text
    assert "Line 4, round 2: x.grad held 4, and backward adds: 4 + 4 = 8." in text


def test_the_page_keeps_to_the_terminals_width(tutor, monkeypatch):
    leaves = "import torch\na, b, c, d = (torch.ones(2, 2, requires_grad=True) for _ in range(4))\n"
    wide = f"{leaves}(a @ b + c @ d).sum().backward()\n"
    for columns in (60, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        graph = tutor("explain", "-", stdin=wide).out.partition("Graph\n")[2].partition("a.grad =")[0]
        assert max(map(len, graph.splitlines())) <= columns


def test_a_warning_that_came_twice_is_told_once(tutor):
    twice = "import torch\nx = torch.ones(1, requires_grad=True)\ny = x * 2\ng = y.grad\nh = y.grad\n"
    text = tutor("explain", "-", stdin=twice).out
    assert text.count("is not a leaf Tensor is being accessed") == 1
    assert "Warning, line 4, line 5: " in text


def test_the_note_on_differences_says_that_detached_values_were_held(tutor):
    cut = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x.detach() * x).backward()\n"
    assert "detached values held fixed" in tutor("explain", "-", stdin=cut).out


def test_a_none_that_the_program_prints_is_told_beside_it(tutor):
    source = "import torch\nx = torch.tensor(2., requires_grad=True)\nprint(x.grad)\n(x**2).backward()\n"
    told = tutor("explain", "-", "--json", stdin=source).json["read_as_none"]
    assert [(one["line"], one["target"]) for one in told] == [(3, "x.grad")]
    assert told[0]["why"] in tutor("explain", "-", stdin=source).out
