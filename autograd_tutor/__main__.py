"""`python -m autograd_tutor` is `autograd-tutor`."""

import sys

from autograd_tutor.cli import main

sys.exit(main())
