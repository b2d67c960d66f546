/** A Debian package of the lab: small, real, and made for one question each. */
export interface PackageRecipe {
  readonly name: string;
  readonly version: string;
  /** One line for people. */
  readonly summary: string;
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of `files` that may be executed. @default - none */
  readonly programs?: readonly string[];
  /** Scripts of the package by their name in Debian: "postinst". @default - none */
  readonly scripts?: Readonly<Record<string, string>>;
}

const script = (text: string): string => `#!/bin/sh\nset -e\n${text}`;

/** A tool that prints its version. While /run/farm-probe-wait exists its installation stands still in the middle. */
function tool(version: string, scripts: Readonly<Record<string, string>> = {}): PackageRecipe {
  const path = "/usr/bin/farm-probe-tool";
  return {
    name: "farm-probe-tool",
    version,
    summary: "says which version it is",
    files: { [path]: script(`echo ${version}\n`) },
    programs: [path],
    scripts,
  };
}

const waits = script(`[ ! -e /run/farm-probe-wait ] || touch /run/farm-probe-waiting
while [ -e /run/farm-probe-wait ]; do sleep 0.2; done
`);

const fails = script(`echo "farm-probe-tool cannot be configured" >&2
exit 1
`);

/** A service that runs one file of the package; the package itself restarts nothing. */
function service(version: string, work = "while :; do sleep 5; done\n"): PackageRecipe {
  const program = "/usr/lib/farm-probe-service/serve";
  return {
    name: "farm-probe-service",
    version,
    summary: "a service that says which version runs",
    files: {
      [program]: script(`echo ${version} >/run/farm-probe-service\n${work}`),
      "/lib/systemd/system/farm-probe-service.service": `[Unit]
Description=Service of a test package

[Service]
ExecStart=${program}

[Install]
WantedBy=multi-user.target
`,
    },
    programs: [program],
    scripts: {
      postinst: script(`systemctl daemon-reload
[ -n "$2" ] || systemctl enable --quiet --now farm-probe-service.service
`),
    },
  };
}

/** Asks for a restart of the machine as Debian's kernels do: /run/reboot-required (debian-policy has no better). */
function system(version: string): PackageRecipe {
  return {
    name: "farm-probe-system",
    version,
    summary: "takes effect by a restart of the machine",
    files: { "/usr/share/farm-probe-system/version": `${version}\n` },
    scripts: {
      postinst: script(`[ -z "$2" ] || echo farm-probe-system >>/run/reboot-required
`),
    },
  };
}

/** What the repository holds; the numbers say what becomes of an update to them. */
export const recipes: readonly PackageRecipe[] = [
  tool("1.0"),
  tool("1.1", { postinst: waits }),
  // Cannot be configured: dpkg goes back to the version before.
  tool("1.2", { postinst: fails }),
  // Cannot be configured and does not let itself be replaced: only the snapshot of the machine helps.
  tool("1.3", { postinst: fails, prerm: fails }),
  service("1.0"),
  service("1.1"),
  // Ends some seconds after it started.
  service("1.2", "sleep 3\nexit 1\n"),
  system("1.0"),
  system("1.1"),
];
