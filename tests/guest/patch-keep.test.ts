import { beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import { loadPatchLevels } from "../../loading/patches.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";

const address = "198.18.10.11";
/** Of the rings' packages those with links in their paths, settings, modes and scripts of their own. */
const names = ["libc6", "nginx-common", "openssh-server", "sudo", "tomcat10"];

const program = `
import pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from farm_patch.keep import repack
for name in sys.argv[2:]:
    repack(name, pathlib.Path(sys.argv[1]) / f"{name}.deb")
`;

describe("a package that the repository does not hold any more", () => {
  let key: string;
  let folder: string;
  const guest = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await onMachine(address, key, command);
    if (code !== 0) throw new Error(`${command.slice(0, 200)}: ${stderr}`);
    return stdout.trim();
  };

  beforeAll(async () => {
    key = (await pinnedKeys()).get("hohenbrueck") ?? "";
    folder = await guest("mktemp -d");
    const modules = ["farm_patch", "farm_release", "farm_apply"];
    const packed = await run("sh", [
      "-c",
      `tar -C ${checkout}/guest --exclude=__pycache__ -cz ${modules.join(" ")} | base64 -w0`,
    ]);
    await guest(`echo ${packed} | base64 -d | tar -C ${folder} -xz`);
    await guest(`sudo python3 -I -c '${program}' ${folder} ${names.join(" ")}`);
    return async () => {
      await guest(`sudo rm -rf ${folder}`);
    };
  });

  it("is one of those that the rings fix", async () => {
    const fixed = (await loadPatchLevels()).flatMap(({ packages }) => Object.keys(packages));
    expect(fixed).toEqual(expect.arrayContaining(names));
  });

  it.each(names)("is packed with every file as it is: %s", async (name) => {
    const archive = `${folder}/${name}.deb`;
    // tar looks at contents, owners, modes, links and times. Links of the machine are folders in the archive.
    const differs = await guest(
      `sudo dpkg-deb --fsys-tarfile ${archive} | sudo tar --diff -C / 2>&1 | grep -vE '^\\./(lib|lib64|bin|sbin): File type differs$' || true`,
    );
    expect(differs).toBe("");
    const listed = await guest(
      `dpkg-deb --fsys-tarfile ${archive} | tar -t | sed 's|^\\.||; s|/$||' | grep . | sort`,
    );
    const installed = await guest(
      `dpkg -L ${name} | grep ^/ | grep -vx /. | while read -r path; do [ -e "$path" ] || [ -L "$path" ] && echo "$path" || true; done | sort`,
    );
    expect(listed.split("\n")).toEqual(expect.arrayContaining(installed.split("\n")));
  });

  it.each(names)("has the fields, settings and scripts that dpkg knows: %s", async (name) => {
    const fields = ["Package", "Version", "Architecture", "Depends", "Pre-Depends", "Provides", "Multi-Arch"];
    const format = fields.map((field) => `\${${field}}`).join("|");
    const shown = await guest(`cd ${folder}
dpkg-query --show --showformat='${format}\\n' ${name}
dpkg-deb --show --showformat='${format}\\n' ${name}.deb`);
    const [known, packed] = shown.split("\n");
    expect(known).toContain(`${name}|`);
    expect(packed).toBe(known);

    const differs = await guest(`cd ${folder}
dpkg-query --show --showformat='\${Conffiles}' ${name} | grep -v ' obsolete' | awk 'NF {print $1}' >known-conffiles
dpkg-deb --info ${name}.deb conffiles >packed-conffiles 2>/dev/null
for part in preinst postinst prerm postrm triggers; do
  dpkg-query --control-show ${name} $part >known-$part 2>/dev/null
  dpkg-deb --info ${name}.deb $part >packed-$part 2>/dev/null
done
for part in conffiles preinst postinst prerm postrm triggers; do cmp known-$part packed-$part; done 2>&1 || true`);
    expect(differs).toBe("");
  });
});
