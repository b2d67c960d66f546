import { expect, test } from "vitest";
import { defineTenant, type Tenant } from "../../../model/tenant.ts";
import type { TenantInput } from "../../../model/tenant-input.ts";
import { tenant as example, parse } from "./fixtures.ts";

// Each line marked below has to be refused by the compiler; at run time defineTenant returns what it was given.

const least = {
  id: "hohenbrueck",
  name: "Stadt Hohenbrück",
  kind: "stadt",
  domain: "ratsinfo.hohenbrueck.de",
  dns: { mode: "theirs" },
  pool: "nord",
  address: "10.20.0.11",
  links: { imprint: "", privacy: "", accessibility: "", home: "" },
  contact: { email: "" },
  contract: { customer: "", number: "", liveFrom: "" },
  allrisnet: {
    release: "",
    citizens: { accessibility: { feedbackEmail: "", enforcementBodyUrl: "", statementDate: "" } },
  },
} as const satisfies TenantInput;

defineTenant(least);
defineTenant({
  ...least,
  size: { cpus: 2, memory: "2 GiB", disk: "20 GiB" },
  certificate: { issuer: "acme" },
});

const { citizens } = least.allrisnet;
const ldap = { kind: "ldap", url: "", bindDn: "", baseDn: "" } as const;
defineTenant({
  ...least,
  allrisnet: {
    release: "",
    citizens,
    politicians: { auth: { method: { ...ldap, bindPassword: { from: "config", key: "" } } } },
  },
});
// @ts-expect-error no accessibility statement
defineTenant({ ...least, allrisnet: { release: "", citizens: {} } });
// @ts-expect-error a generation that is not run here, and no field for another
defineTenant({ ...least, allrisnet: { release: "", citizens, generation: 3 } });
// @ts-expect-error a module that there is no licence for
defineTenant({ ...least, allrisnet: { release: "", citizens, licensedModules: ["chat"] } });
// @ts-expect-error a module that is none
defineTenant({ ...least, allrisnet: { release: "", citizens: { ...citizens, modules: { chat: true } } } });
defineTenant({
  ...least,
  // @ts-expect-error a secret that is written into the file
  allrisnet: { release: "", citizens, politicians: { auth: { method: { ...ldap, bindPassword: "x" } } } },
});

// @ts-expect-error an unknown key
defineTenant({ ...least, domian: "a.de" });
// @ts-expect-error a kind that is none
defineTenant({ ...least, kind: "dorf" });
// @ts-expect-error our zone without its name
defineTenant({ ...least, dns: { mode: "ours" } });
// @ts-expect-error a zone where the records are theirs
defineTenant({ ...least, dns: { mode: "theirs", zone: "a.de" } });
// @ts-expect-error a lifetime that Cloudflare does not offer
defineTenant({ ...least, certificate: { issuer: "cloudflare-origin", validityDays: 364 } });
// @ts-expect-error a certificate of the customer without its delivery
defineTenant({ ...least, certificate: { issuer: "customer" } });
// @ts-expect-error another HA priority than the one that there is
defineTenant({ ...least, highAvailability: "best-effort" });
// @ts-expect-error the end of a site without who ordered it
defineTenant({ ...least, lifecycle: { state: "terminating", since: "", deleteAfter: "" } });
// @ts-expect-error a field that is there but undefined
defineTenant({ ...least, ags: undefined });
// @ts-expect-error a required field that is missing
defineTenant({ id: "hohenbrueck" });

test("a tenant file's value is what was written", () => {
  expect(defineTenant(least)).toBe(least);
});

test("a parsed tenant is read-only for the compiler, and a text is no host name before it was parsed", () => {
  const [tenant] = parse([example()]).tenants;
  const misuse = (parsed: Tenant): Tenant => {
    // @ts-expect-error read-only
    parsed.pool = "sued";
    // @ts-expect-error read-only list
    parsed.aliases.push(parsed.domain);
    // @ts-expect-error a text that nobody parsed
    return { ...parsed, domain: "not parsed" };
  };
  expect(misuse).toBeTypeOf("function");
  expect(tenant?.pool).toBe("nord");
});
