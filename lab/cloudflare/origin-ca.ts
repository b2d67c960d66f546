import { type Authority, BadRequestError, parseRequest, signKey } from "../ca/authority.ts";
import { isWithin } from "../dns/zone.ts";
import { type ApiContext, ApiError, objectBody, paginate, type Route, timestamp } from "./api.ts";
import { tryNormaliseDomain } from "./names.ts";
import type { CertificateRow, Store } from "./store.ts";
import { findZone } from "./zones.ts";

/** Lifetimes that may be asked for, in days. */
const validities = [7, 30, 90, 365, 730, 1095, 5475];
const usualValidity = 5475;
const keyTypes: Readonly<Record<string, string>> = { "origin-rsa": "rsa", "origin-ecc": "ecc" };
const subject = [{ O: ["Lab Cloudflare"] }, { OU: ["Origin CA"] }, { CN: ["Origin Certificate"] }];

/** Certificates of the Origin CA: sign, read, list by zone, revoke. */
export function originCaRoutes({ store, originCa }: ApiContext): Route[] {
  return [
    {
      method: "GET",
      path: "certificates",
      handle: ({ query }) => {
        const zone = findZone(store, query.get("zone_id") ?? undefined);
        const found = store
          .all("certificates")
          .filter(
            (row) => row.revoked_at === null && row.hostnames.some((name) => isInZone(name, zone.name)),
          );
        return paginate(found.map(present), query, { usual: 20, largest: 50 });
      },
    },
    {
      method: "POST",
      path: "certificates",
      handle: async ({ body }) => {
        const row = await sign(store, originCa, body);
        await store.write(["certificates", row.id, row]);
        return { result: present(row) };
      },
    },
    {
      method: "GET",
      path: "certificates/:certificate",
      handle: ({ params }) => ({ result: present(findCertificate(store, params.certificate)) }),
    },
    {
      method: "DELETE",
      path: "certificates/:certificate",
      handle: async ({ params }) => {
        const row = findCertificate(store, params.certificate);
        const revokedAt = timestamp();
        await store.write(["certificates", row.id, { ...row, revoked_at: revokedAt }]);
        return { result: { id: row.id, revoked_at: revokedAt } };
      },
    },
  ];
}

/** Whether the Origin CA revoked the certificate with a serial number (hex digits). */
export function isRevoked(store: Store, serialNumber: string): boolean {
  const row = store.get("certificates", decimal(serialNumber));
  return row !== undefined && row.revoked_at !== null;
}

async function sign(store: Store, originCa: Authority, body: unknown): Promise<CertificateRow> {
  const sent = objectBody(body);
  const hostnames = checkHostnames(store, sent.hostnames);
  const validity = sent.requested_validity ?? usualValidity;
  if (typeof validity !== "number" || !validities.includes(validity)) {
    throw new ApiError(400, 1101, `requested_validity must be one of ${validities.join(", ")} days.`);
  }
  const keyType = typeof sent.request_type === "string" ? keyTypes[sent.request_type] : undefined;
  if (keyType === undefined) throw new ApiError(400, 1102, "request_type must be origin-rsa or origin-ecc.");
  if (typeof sent.csr !== "string")
    throw new ApiError(400, 1103, "csr must be a certificate request in PEM.");
  const request = await parseRequest(sent.csr).catch((error: unknown) => {
    throw error instanceof BadRequestError
      ? new ApiError(400, 1103, `Failed to read csr: ${error.message}.`)
      : error;
  });
  if (request.keyType !== keyType) {
    throw new ApiError(
      400,
      1104,
      `The key of the csr does not fit request_type ${String(sent.request_type)}.`,
    );
  }
  const leaf = await signKey(originCa, request.publicKey, {
    names: hostnames,
    days: validity,
    usages: ["server", "client"],
    subject,
  });
  return {
    id: decimal(leaf.serialNumber),
    certificate: leaf.pem,
    csr: sent.csr,
    hostnames,
    request_type: String(sent.request_type),
    requested_validity: validity,
    expires_on: `${leaf.notAfter.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`,
    revoked_at: null,
  };
}

function checkHostnames(store: Store, sent: unknown): string[] {
  if (!Array.isArray(sent) || sent.length === 0 || sent.length > 100) {
    throw new ApiError(400, 1105, "hostnames must be a list of 1 to 100 names.");
  }
  return sent.map((name: unknown) => {
    const known = typeof name === "string" && tryNormaliseDomain(name.replace(/^\*\./, "")) !== undefined;
    if (known && store.all("zones").some((zone) => isInZone(name, zone.name))) return name;
    throw new ApiError(
      400,
      1010,
      `Failed to validate requested hostname ${String(name)}: This zone is either not part of your account, or you do not have access to it.`,
    );
  });
}

function isInZone(hostname: string, zone: string): boolean {
  return isWithin(hostname.toLowerCase().replace(/^\*\./, ""), zone);
}

/** A revoked certificate is gone for its readers. */
function findCertificate(store: Store, id: string | undefined): CertificateRow {
  const row = id === undefined ? undefined : store.get("certificates", id);
  if (row === undefined || row.revoked_at !== null)
    throw new ApiError(404, 1106, "Certificate does not exist.");
  return row;
}

function present({ revoked_at: _, ...row }: CertificateRow) {
  return row;
}

function decimal(serialNumber: string): string {
  return BigInt(`0x${serialNumber}`).toString();
}
