"""The commands as processes: what only a process can show."""

import subprocess
import sys


def test_explain_prints_one_document_and_nothing_else(process, sine):
    found = process("explain", sine, "--json")
    assert (found.code, found.complaint) == (0, "")
    assert found.json["targets"]["x.grad"]["agree"] is True


def test_doctor_finds_everything_in_order_and_names_the_layers(process):
    found = process("doctor", "--json")
    facts = {one["name"]: one for one in found.json["findings"]}
    for name in ("torch", "sympy", "sandbox", "lessons", "records"):
        assert facts[name]["ok"], facts[name]
    assert "Landlock" in facts["confinement"]["says"]
    assert "seccomp" in facts["confinement"]["says"]


def test_a_reader_that_goes_away_is_no_error(process):
    command = f"{sys.executable} -m autograd_tutor list | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_neither_help_nor_list_nor_a_played_exercise_imports_torch_or_sympy(tmp_path):
    program = f"""
import io, os, sys
os.environ["AUTOGRAD_TUTOR_DATA"] = {str(tmp_path)!r}
from autograd_tutor.cli import main
for arguments in (["--help"], ["list"], ["play", "--plain", "2"]):
    sys.stdin = io.StringIO("7\\nhint\\nrun\\n" * 30)
    try:
        main(arguments)
    except SystemExit:
        pass
    assert not {{"torch", "sympy", "numpy"}} & set(sys.modules), (arguments, "imported")
print("the face is clean")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout.endswith("the face is clean\n"), done.stdout + done.stderr
    assert "torch says" in done.stdout
