"""The application of the archives that these tests install: starts only on a database that its migrations have seen."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

release = pathlib.Path(sys.argv[1])
facts = json.loads((release / "WEB-INF" / "release.json").read_text())
behaviour = facts.get("behaviour", {})
database = os.environ["CATALINA_OPTS"].split("jdbc:postgresql://127.0.0.1/")[1].split()[0]
seen = subprocess.run(["psql", "-X", "-A", "-t", "-d", database, "-c", "SELECT count(*) FROM note"], capture_output=True)
if seen.returncode != 0 or behaviour.get("dies"):
    sys.exit("the database is not what this release expects")
started = time.monotonic()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = 200, f'<meta name="description" content="ALLRIS net Version {facts["version"]} ({facts["build"]})">'
        broken = "breaksAfter" in behaviour and time.monotonic() - started > behaviour["breaksAfter"]
        if self.path == "/internal/health":
            body = json.dumps(facts)
        elif self.path == "/citizens/oparl/system":
            body = json.dumps({"type": "https://schema.oparl.org/1.1/System"})
        elif self.path == "/slow":
            time.sleep(1)
        elif broken and self.path.startswith("/citizens/"):
            status = 500
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever).start()
