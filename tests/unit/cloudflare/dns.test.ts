import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Simulator } from "./simulator.ts";

const simulator = new Simulator();
let zoneId: string;

beforeAll(async () => {
  await simulator.start("--dns", "127.0.0.1:0", "--edge", "127.0.0.1:0:0");
  zoneId = await simulator.zone("stadt.example");
  for (const record of [
    { type: "A", name: "www", content: "198.51.100.1", ttl: 300 },
    { type: "A", name: "www", content: "198.51.100.2", ttl: 300 },
    { type: "AAAA", name: "www", content: "2001:db8::1", ttl: 300 },
    { type: "CNAME", name: "alias", content: "www.stadt.example", ttl: 120 },
    { type: "CNAME", name: "dangling", content: "missing.stadt.example" },
    { type: "CNAME", name: "away", content: "www.elsewhere.test" },
    { type: "CNAME", name: "round", content: "trip.stadt.example" },
    { type: "CNAME", name: "trip", content: "round.stadt.example" },
    { type: "A", name: "edge", content: "203.0.113.9", proxied: true },
    { type: "CAA", name: "@", data: { flags: 0, tag: "issue", value: "letsencrypt.org" } },
    { type: "CAA", name: "edge", data: { flags: 128, tag: "issuewild", value: ";" } },
    { type: "MX", name: "@", content: "mx.stadt.example", priority: 10 },
    { type: "TXT", name: "txt", content: '"v=spf1" " -all"' },
    { type: "TXT", name: "_acme-challenge.deep.name", content: "abc" },
    { type: "NS", name: "given", content: "ns.elsewhere.test" },
    { type: "CNAME", name: "@", content: "www.stadt.example", ttl: 60 },
  ]) {
    await simulator.record(zoneId, record);
  }
  for (const index of Array.from({ length: 20 }).keys()) {
    await simulator.record(zoneId, { type: "TXT", name: "big", content: `${index} ${"x".repeat(200)}` });
  }
});
afterAll(() => simulator.remove());

async function short(...args: string[]): Promise<string[]> {
  return (await simulator.dig("+short", ...args))
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

/** Status, flags, and the numbers of records in the three sections. */
async function header(...args: string[]) {
  const output = await simulator.dig("+norecurse", ...args);
  const counts = /ANSWER: (\d+), AUTHORITY: (\d+)/.exec(output);
  return {
    status: /status: (\w+)/.exec(output)?.[1],
    flags: /flags: ([a-z ]*);/.exec(output)?.[1]?.trim(),
    answers: Number(counts?.[1]),
    authority: Number(counts?.[2]),
    output,
  };
}

test.each(["+notcp", "+tcp"])("dig reads every type of record with %s", async (transport) => {
  expect(await short(transport, "www.stadt.example", "A")).toEqual(["198.51.100.1", "198.51.100.2"]);
  expect(await short(transport, "www.stadt.example", "AAAA")).toEqual(["2001:db8::1"]);
  expect(await short(transport, "stadt.example", "CAA")).toEqual(['0 issue "letsencrypt.org"']);
  expect(await short(transport, "edge.stadt.example", "CAA")).toEqual(['128 issuewild ";"']);
  expect(await short(transport, "stadt.example", "MX")).toEqual(["10 mx.stadt.example."]);
  expect(await short(transport, "txt.stadt.example", "TXT")).toEqual(['"v=spf1" " -all"']);
  const servers = ["amber.ns.cloudflare.example.", "boris.ns.cloudflare.example."];
  expect(await short(transport, "stadt.example", "NS")).toEqual(servers);
  expect(await short(transport, "amber.ns.cloudflare.example", "A")).toEqual(["127.0.0.1"]);
});

test("an answer is authoritative and keeps the spelling of the question", async () => {
  const { flags, output } = await header("WwW.StAdT.eXaMpLe", "A");
  expect(flags).toBe("qr aa");
  expect(output).toMatch(/^WwW\.StAdT\.eXaMpLe\.\s+300\s+IN\s+A\s+198\.51\.100\.1$/m);
});

test("aliases are followed as far as our data goes, and no further", async () => {
  const alias = await header("alias.stadt.example", "A");
  expect(alias).toMatchObject({ status: "NOERROR", answers: 3 });
  expect(alias.output).toMatch(/^alias\.stadt\.example\.\s+120\s+IN\s+CNAME\s+www\.stadt\.example\.$/m);
  expect(await short("alias.stadt.example", "CNAME")).toEqual(["www.stadt.example."]);
  expect(await header("dangling.stadt.example", "A")).toMatchObject({
    status: "NXDOMAIN",
    answers: 1,
    authority: 1,
  });
  expect(await header("away.stadt.example", "A")).toMatchObject({
    status: "NOERROR",
    answers: 1,
    authority: 0,
  });
  expect(await header("round.stadt.example", "A")).toMatchObject({ status: "NOERROR", answers: 2 });
  expect(await short("stadt.example", "A")).toEqual(["198.51.100.1", "198.51.100.2"]);
});

test("a proxied name has the edge's address, and none of another family", async () => {
  expect(await short("edge.stadt.example", "A")).toEqual(["127.0.0.1"]);
  expect(await header("edge.stadt.example", "AAAA")).toMatchObject({
    status: "NOERROR",
    answers: 0,
    authority: 1,
  });
});

test("missing names and missing types are told apart, with the SOA record", async () => {
  const missing = await header("nowhere.stadt.example", "A");
  expect(missing).toMatchObject({ status: "NXDOMAIN", flags: "qr aa", answers: 0, authority: 1 });
  expect(missing.output).toMatch(/^stadt\.example\.\s+5\s+IN\s+SOA\s+amber\.ns\.cloudflare\.example\. /m);
  expect(await header("www.stadt.example", "MX")).toMatchObject({
    status: "NOERROR",
    answers: 0,
    authority: 1,
  });
  expect(await header("deep.name.stadt.example", "TXT")).toMatchObject({
    status: "NOERROR",
    answers: 0,
    authority: 1,
  });
  expect(await header("www.stadt.example", "TYPE65")).toMatchObject({
    status: "NOERROR",
    answers: 0,
    authority: 1,
  });
});

test("other people's zones are refused, and what was given away is referred to its servers", async () => {
  expect(await header("www.elsewhere.test", "A")).toMatchObject({
    status: "REFUSED",
    flags: "qr",
    answers: 0,
  });
  expect(await header("x.given.stadt.example", "A")).toMatchObject({
    status: "NOERROR",
    flags: "qr",
    authority: 1,
  });
  expect(await header("stadt.example", "ANY")).toMatchObject({ status: "NOTIMP" });
  expect(await header("-c", "CH", "version.bind", "TXT")).toMatchObject({ status: "REFUSED" });
  expect(await header("+edns=1", "+noednsneg", "www.stadt.example")).toMatchObject({ status: "BADVERS" });
});

test("an answer that is too large for UDP is cut, and comes whole over TCP", async () => {
  const cut = await header("+notcp", "+ignore", "big.stadt.example", "TXT");
  expect(cut).toMatchObject({ status: "NOERROR", flags: "qr aa tc", answers: 0 });
  expect(await short("big.stadt.example", "TXT")).toHaveLength(20);
  const small = await header("+notcp", "+ignore", "+noedns", "stadt.example", "MX");
  expect(small).toMatchObject({ flags: "qr aa", answers: 1 });
  expect(small.output).not.toContain("OPT PSEUDOSECTION");
  expect((await header("stadt.example", "MX")).output).toMatch(/EDNS: version: 0, flags:; udp: 1232/);
});

test("the serial grows with each change, and a change is seen at once", async () => {
  const serial = async (): Promise<number> => Number((await short("stadt.example", "SOA"))[0]?.split(" ")[2]);
  const before = await serial();
  const id = await simulator.record(zoneId, { type: "A", name: "new", content: "198.51.100.77" });
  expect(await short("new.stadt.example", "A")).toEqual(["198.51.100.77"]);
  await simulator.client.dns.records.delete(id, { zone_id: zoneId });
  expect(await header("new.stadt.example", "A")).toMatchObject({ status: "NXDOMAIN" });
  expect(await serial()).toBe(before + 2);
});

test("a town's own zone is answered as the town says, though Cloudflare does not know it", async () => {
  const records = [
    { type: "A", name: "ratsinfo", content: "198.51.100.50", ttl: 600 },
    { type: "CAA", name: "@", content: '0 issue "pebble"' },
    { type: "NS", name: "@", content: "ns2.kreis.example" },
  ];
  const put = await simulator.call("PUT", "/lab/foreign-zones/kreis.example", records);
  expect(put.status).toBe(200);
  expect(await short("ratsinfo.kreis.example", "A")).toEqual(["198.51.100.50"]);
  expect(await short("kreis.example", "NS")).toEqual(["ns1.kreis.example.", "ns2.kreis.example."]);
  const id = await simulator.zone("kreis.example");
  expect((await simulator.client.zones.get({ zone_id: id })).status).toBe("pending");
  await simulator.record(id, { type: "A", name: "ratsinfo", content: "198.51.100.51" });
  expect(await short("ratsinfo.kreis.example", "A")).toEqual(["198.51.100.50"]);
  expect((await simulator.call("DELETE", "/lab/foreign-zones/kreis.example")).status).toBe(200);
  expect(await short("ratsinfo.kreis.example", "A")).toEqual(["198.51.100.51"]);
  expect((await simulator.client.zones.get({ zone_id: id })).status).toBe("active");
  expect((await simulator.call("PUT", "/lab/foreign-zones/kreis.example", records, "")).status).toBe(400);
});

test("an undelegated zone is not visible", async () => {
  const id = await simulator.zone("unbekannt.test");
  await simulator.record(id, { type: "A", name: "www", content: "198.51.100.1" });
  expect(await header("www.unbekannt.test", "A")).toMatchObject({ status: "REFUSED" });
});

test("noise ends nothing", async () => {
  const socket = createSocket("udp4");
  for (const noise of [
    "",
    "x",
    "\x00".repeat(12),
    "\xff".repeat(40),
    `\x00\x01\x01\x00\x00\x01${"\x00".repeat(6)}\x3f`,
  ]) {
    socket.send(Buffer.from(noise, "latin1"), simulator.port("dns"), "127.0.0.1");
  }
  const [answer] = await once(socket, "message");
  expect((answer as Buffer).readUInt16BE(2) & 0x800f).toBe(0x8001);
  socket.close();
  expect(await short("www.stadt.example", "AAAA")).toEqual(["2001:db8::1"]);
});
