"""`explain --confined`: a class's edited code, as one program from the command line."""

READER = (
    "import torch\nx = torch.tensor(2.0, requires_grad=True)\n(x ** 3).backward()\nprint(open('/etc/passwd').read())\n"
)


def test_a_confined_program_computes_and_reads_no_files(tutor, tmp_path):
    file = tmp_path / "reader.py"
    file.write_text(READER)
    outcome = tutor("explain", "--confined", "--no-gate", "--json", str(file)).json
    assert outcome["outcome"]["type"] == "PermissionError"
    assert outcome["printed"] == ""
    assert outcome["tensors"]["x"]["grad"] == 12


def test_a_confined_file_does_not_see_its_folder(tutor, tmp_path):
    (tmp_path / "neighbour.py").write_text("number = 1\n")
    file = tmp_path / "program.py"
    file.write_text("import neighbour\n")
    assert tutor("explain", "--json", str(file)).json["outcome"]["kind"] == "finished"
    confined = tutor("explain", "--confined", "--no-gate", "--json", str(file)).json
    assert confined["outcome"]["type"] == "ModuleNotFoundError"


def test_no_gate_alone_is_wrong_use(tutor):
    done = tutor("explain", "--no-gate", "-", stdin="x = 1\n")
    assert done.code == 2
    assert "--confined" in done.complaint
    assert done.complaint.count("\n") == 1
