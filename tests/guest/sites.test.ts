import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkServerIdentity } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { type LabFile, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import type { Tenant } from "../../model/tenant.ts";
import { inLab, onMachine, pinnedKeys } from "../support/machine.ts";
import { labTenants } from "../support/tenants.ts";

let lab: LabFile;
let tenants: ReadonlyMap<string, Tenant>;
let keys: ReadonlyMap<string, string>;

beforeAll(async () => {
  lab = readLab();
  tenants = new Map((await labTenants()).map((tenant) => [tenant.id, tenant]));
  keys = await pinnedKeys();
});

function tenant(id: string): Tenant {
  const found = tenants.get(id);
  if (found === undefined) throw new Error(`no tenant ${id}`);
  return found;
}

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];

/** Who signs what visitors see; the root that alone must verify it. */
const issuers: Readonly<Record<string, RegExp>> = {
  hohenbrueck: /^Pebble/,
  "amt-seenplatte-nord": /Edge|edge/,
  "landkreis-auental": /^Lab Commercial/,
};

describe.each(ids)("%s", (id) => {
  it("answers over HTTPS by its name, with the right chain", async () => {
    const answer = await visit(lab, tenant(id).domain);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
    expect(answer.issuer).toMatch(issuers[id] ?? /$^/);
    expect(answer.daysLeft).toBeGreaterThan(0);
    expect(checkServerIdentity(tenant(id).domain, answer.certificate)).toBeUndefined();
  });

  it("sends HTTP to HTTPS", async () => {
    const { domain } = tenant(id);
    const answer = await inLab(
      "curl",
      "-sS",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code} %{redirect_url}",
      `http://${domain}/seite?x=1`,
    );
    expect(answer.stdout).toMatch(/^30[18] /);
    expect(answer.stdout.slice(4)).toBe(`https://${domain}/seite?x=1`);
  });

  it("finished cloud-init without errors", async () => {
    const key = keys.get(id) ?? "";
    const status = await onMachine(tenant(id).address, key, "cloud-init", "status", "--long");
    expect(status.stdout).toContain("status: done");
    const result = await onMachine(tenant(id).address, key, "cat", "/run/cloud-init/result.json");
    expect(JSON.parse(result.stdout)).toMatchObject({ v1: { errors: [] } });
  });

  it("lets operators in with the pinned host key and refuses another", async () => {
    const { address } = tenant(id);
    const key = keys.get(id) ?? "";
    const welcome = await onMachine(address, key, "hostname");
    expect(welcome).toMatchObject({ code: 0, stdout: `${id}\n` });
    const stranger = ids.find((other) => other !== id) ?? "";
    const refused = await onMachine(address, keys.get(stranger) ?? "", "hostname");
    expect(refused.code).toBe(255);
    expect(refused.stderr).toMatch(/HOST IDENTIFICATION HAS CHANGED|Host key verification failed/);
  });
});

describe("TLS of the machines", () => {
  it.each(["hohenbrueck", "landkreis-auental"])("%s refuses everything below TLS 1.2", async (id) => {
    const { domain } = tenant(id);
    for (const version of ["-tls1", "-tls1_1"]) {
      // SECLEVEL=0: the client offers the old protocol for real instead of refusing it itself.
      const old = await inLab(
        "openssl",
        "s_client",
        "-connect",
        `${domain}:443`,
        "-servername",
        domain,
        version,
        "-cipher",
        "ALL:@SECLEVEL=0",
      );
      expect(old.code, version).not.toBe(0);
      expect(old.stdout + old.stderr, version).toMatch(
        /alert protocol version|unsupported protocol|no protocols available/,
      );
    }
    const current = await inLab(
      "openssl",
      "s_client",
      "-connect",
      `${domain}:443`,
      "-servername",
      domain,
      "-tls1_2",
    );
    expect(current.stdout).toMatch(/Protocol\s*: TLSv1\.2/);
  });

  it.each(["hohenbrueck", "landkreis-auental"])(
    "%s takes no cipher under 128 bits; the ones it takes are listed",
    async (id) => {
      const { domain } = tenant(id);
      const all = await inLab(
        "sh",
        "-c",
        'openssl ciphers -s -tls1_2 "ALL:COMPLEMENTOFALL:@SECLEVEL=0" | tr ":" "\\n"',
      );
      const script = `for c in ${all.stdout.split("\n").filter(Boolean).join(" ")}; do openssl s_client -connect ${domain}:443 -servername ${domain} -tls1_2 -cipher "$c:@SECLEVEL=0" </dev/null >/dev/null 2>&1 && echo "$c"; done; true`;
      const taken = (await inLab("sh", "-c", script)).stdout.split("\n").filter(Boolean);
      expect(all.stdout.split("\n").length).toBeGreaterThan(20);
      expect(taken.sort()).toEqual(["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
      const thirteen = `for c in TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256 TLS_AES_128_CCM_8_SHA256; do openssl s_client -connect ${domain}:443 -servername ${domain} -tls1_3 -ciphersuites "$c" </dev/null >/dev/null 2>&1 && echo "$c"; done; true`;
      const modern = (await inLab("sh", "-c", thirteen)).stdout.split("\n").filter(Boolean);
      expect(modern.sort()).toEqual(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]);
    },
  );

  it("gives no certificate for a name that is not the site's", async () => {
    const { address } = tenant("hohenbrueck");
    const other = await inLab(
      "openssl",
      "s_client",
      "-connect",
      `${address}:443`,
      "-servername",
      "other.example",
    );
    expect(other.stdout).not.toContain("BEGIN CERTIFICATE");
    expect(other.stderr).toMatch(/unrecognized name/);
  });
});

describe("names", () => {
  it("redirects an alias to the site's own name", async () => {
    const { aliases, domain } = tenant("landkreis-auental");
    const answer = await visit(lab, aliases[0] ?? "", "/kreistag");
    expect(answer.status).toBe(308);
    const location = await inLab(
      "curl",
      "-sS",
      "--cacert",
      join(lab.roots.folder, "customer-ca.pem"),
      "-o",
      "/dev/null",
      "-w",
      "%{redirect_url}",
      `https://${aliases[0]}/kreistag`,
    );
    expect(location.stdout).toBe(`https://${domain}/kreistag`);
  });

  it("leads visitors of a proxied site to Cloudflare's edge, and only the edge to its machine", async () => {
    const { domain, address } = tenant("amt-seenplatte-nord");
    const seen = await inLab("dig", "+short", "A", domain);
    expect(seen.stdout.trim()).toBe("198.18.0.104");
    const origin = join(lab.roots.folder, "origin-ca.pem");
    const direct = await inLab(
      "curl",
      "-sS",
      "--cacert",
      origin,
      "--resolve",
      `${domain}:443:${address}`,
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      `https://${domain}/`,
    );
    expect(direct).toMatchObject({ code: 0, stdout: "400" });
  });

  it("allows the chosen certificate authority only", async () => {
    const caa = await inLab("dig", "+short", "CAA", tenant("hohenbrueck").domain);
    expect(caa.stdout).toBe('0 issue "pebble.lab"\n');
  });
});

describe("secrets", () => {
  it("stand in no clear state", async () => {
    const state = readFileSync(
      join(lab.roots.folder, "..", "..", "state", ".pulumi", "stacks", "allris-farm", "lab.json"),
      "utf8",
    );
    expect(state).not.toMatch(/PRIVATE KEY/);
    expect(state).toContain("xenorchestra:index/vm:Vm");
  });

  it("leave the firewall of a machine closed for ssh from anywhere but the jump host", async () => {
    const { address } = tenant("hohenbrueck");
    const web = await inLab(
      "curl",
      "-sS",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "--max-time",
      "5",
      `http://${address}/`,
    );
    expect(web.stdout).toBe("421");
    const ssh = await inLab("curl", "-sS", "--max-time", "3", `telnet://${address}:22`);
    expect(ssh.code).toBe(28);
  });
});
