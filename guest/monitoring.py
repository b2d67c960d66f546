"""The first part of the monitoring's bundle: what its machine is brought to, and the program that does it.

    python3 -I monitoring.py set-up     brings the machine to the bundle's state, or leaves it as it was
    python3 -I monitoring.py secrets    puts the password of the mail server, and prints nothing

Both read JSON on standard input. The last line of this text is a comment that holds the rest of the bundle as
JSON: modules in the order in which they need each other, and what is to stand on the machine.
"""

import hashlib
import json
import sys
import types

with open(__file__, "rb") as file:
    text = file.read()
bundle = json.loads(text[text.rindex(b"\n# ") + 3 :])
for name, source in bundle["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__, module.__package__ = [], name.rpartition(".")[0] or name
    exec(compile(source, f"{name}.py", "exec"), module.__dict__)
sys.modules["farm_monitoring.main"].main(sys.argv[1:], bundle, hashlib.sha256(text).hexdigest()[:16])
