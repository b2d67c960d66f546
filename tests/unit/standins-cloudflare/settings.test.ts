import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Properties } from "../../../providers/kit/types.ts";
import { Bench, typeOf } from "./bench.ts";
import { makeRequest } from "./request.ts";

let bench: Bench;
let zoneId: string;
beforeAll(async () => {
  bench = await Bench.start();
  zoneId = await bench.zone("settings.example");
});
afterAll(() => bench.stop());

const setting = "zoneSetting:ZoneSetting";
const pulls = "authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings";
const certificate = "originCaCertificate:OriginCaCertificate";
const path = (id: string): string => `/zones/${zoneId}/settings/${id}`;

test("a zone setting is written by PATCH, read with drift, and stays when it is deleted", async () => {
  const news = { zoneId, settingId: "min_tls_version", value: "1.2" };
  bench.front.take();
  const kept = await bench.create(setting, news);
  expect(bench.front.take()).toEqual([["PATCH", path("min_tls_version"), { value: "1.2" }]]);
  expect([kept.id, kept.outputs.editable]).toEqual(["min_tls_version", true]);
  expect(await bench.diff(setting, kept, news)).toEqual({});

  await bench.behind("PATCH", path("min_tls_version"), { value: "1.0" });
  const drifted = (await bench.refresh(setting, kept)) ?? kept;
  expect(await bench.diff(setting, drifted, news)).toEqual({ value: "update" });
  await bench.update(setting, drifted, news);
  expect(await bench.behind("GET", path("min_tls_version"))).toMatchObject({ value: "1.2" });

  bench.front.take();
  await bench.delete(setting, kept);
  expect(bench.front.take()).toEqual([]);
  expect(bench.context.lines.at(-1)).toContain("cannot be destroyed");
  expect(await bench.behind("GET", path("min_tls_version"))).toMatchObject({ value: "1.2" });
});

test("a security header in the wire's names has no difference; in other names it has one for ever", async () => {
  const header = {
    enabled: true,
    max_age: 31_536_000,
    include_subdomains: true,
    preload: false,
    nosniff: true,
  };
  const news = { zoneId, settingId: "security_header", value: { strict_transport_security: header } };
  const kept = await bench.create(setting, news);
  const read = (await bench.refresh(setting, kept)) ?? kept;
  expect(await bench.diff(setting, read, news)).toEqual({});
  const { max_age, include_subdomains, ...rest } = header;
  const camel = { ...rest, maxAge: max_age, includeSubdomains: include_subdomains };
  const differences = await bench.diff(setting, read, { ...news, value: { strictTransportSecurity: camel } });
  expect(Object.keys(differences).length).toBeGreaterThan(0);
});

test("another zone or setting replaces; an import names both", async () => {
  const kept = await bench.create(setting, { zoneId, settingId: "ssl", value: "strict" });
  expect(await bench.diff(setting, kept, { zoneId, settingId: "http3", value: "on" })).toEqual({
    settingId: "update-replace",
    value: "update",
  });
  const adopted = await bench.adopt(setting, `${zoneId}/ssl`);
  expect(adopted.inputs).toEqual({ zoneId, settingId: "ssl", value: "strict" });
  await expect(bench.create(setting, { zoneId, settingId: "ssl", value: "sometimes" })).rejects.toThrow(
    /^PATCH ".*\/settings\/ssl": 400 Bad Request \{/,
  );
});

test("authenticated origin pulls of a zone are switched by PUT and stay when deleted", async () => {
  bench.front.take();
  const kept = await bench.create(pulls, { zoneId, enabled: true });
  const where = `/zones/${zoneId}/origin_tls_client_auth/settings`;
  expect(bench.front.take()).toEqual([["PUT", where, { enabled: true }]]);
  expect(kept.id).toBe(zoneId);
  await bench.behind("PUT", where, { enabled: false });
  const drifted = (await bench.refresh(pulls, kept)) ?? kept;
  expect(await bench.diff(pulls, drifted, { zoneId, enabled: true })).toEqual({ enabled: "update" });
  expect((await bench.update(pulls, drifted, { zoneId, enabled: true })).outputs).toEqual({
    zoneId,
    enabled: true,
  });
  await bench.delete(pulls, kept);
  expect(await bench.behind("GET", where)).toEqual({ enabled: true });
  expect((await bench.adopt(pulls, zoneId)).inputs).toEqual({ zoneId, enabled: true });
});

test("an origin certificate is issued, keeps request and validity on a refresh, and is revoked", async () => {
  const csr = await makeRequest("settings.example");
  const hostnames = ["ratsinfo.settings.example", "*.settings.example"];
  const news: Properties = { csr, hostnames, requestType: "origin-ecc" };
  bench.front.take();
  const kept = await bench.create(certificate, news);
  expect(bench.front.take()).toEqual([
    ["POST", "/certificates", { csr, hostnames, request_type: "origin-ecc", requested_validity: 5475 }],
  ]);
  expect(kept.id).toMatch(/^\d+$/);
  expect(new X509Certificate(String(kept.outputs.certificate)).subjectAltName).toContain(
    "ratsinfo.settings.example",
  );
  const read = (await bench.refresh(certificate, kept)) ?? kept;
  expect(read.outputs).toMatchObject({ csr, hostnames, requestType: "origin-ecc", requestedValidity: 5475 });
  expect(await bench.diff(certificate, read, news)).toEqual({});
  const changed = {
    csr: await makeRequest("x"),
    hostnames: [...hostnames].reverse(),
    requestType: "origin-rsa",
    requestedValidity: 90,
  };
  expect(await bench.diff(certificate, read, changed)).toEqual({
    csr: "update-replace",
    "hostnames[0]": "update-replace",
    "hostnames[1]": "update-replace",
    requestType: "update-replace",
    requestedValidity: "update-replace",
  });
  expect(typeOf(certificate).update).toBeUndefined();
  bench.front.take();
  await bench.delete(certificate, kept);
  expect(bench.front.take()).toEqual([["DELETE", `/certificates/${kept.id}`, undefined]]);
  const { failures } = await typeOf(certificate).check(
    bench.context,
    { ...news, requestedValidity: 100 },
    {},
  );
  expect(failures).toMatchObject([{ property: "requestedValidity" }]);
});
