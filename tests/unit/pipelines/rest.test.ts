import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readMadePlan } from "../../../cli/forge/plan-files.ts";
import { Rest } from "../../../cli/forge/rest.ts";
import { FarmError } from "../../../lib/farm-error.ts";

let server: Server;
let answer: RequestListener;
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());

function ask(method = "GET"): Promise<unknown> {
  asked = 0;
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forge = new Rest({ name: "GitHub", base, headers: {}, rights: "ask for rights", pause: 1 });
  return forge.request(method, "/user", z.object({ login: z.string() }));
}

test("a page of HTML with status 200 is told as what it is", async () => {
  answer = (_request, response) => response.end("<html><title>Anmeldung</title></html>");
  const refused = await ask().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(FarmError);
  expect((refused as FarmError).message).toMatch(/something else than expected[\s\S]*no JSON: <html>/);
});

test("an answer that breaks off is asked for again, and what may have been done is not done twice", async () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
    setTimeout(() => response.destroy(), 5);
  };
  await expect(ask()).rejects.toThrow(/GitHub does not answer/);
  expect(asked).toBe(3);
  await expect(ask("POST")).rejects.toThrow(/GitHub does not answer/);
  expect(asked).toBe(1);
});

test("what ./farm preview printed is looked at before its digest is believed", () => {
  const folder = mkdtempSync(join(tmpdir(), "farm-plan-"));
  const file = join(folder, "plan.json");
  try {
    writeFileSync(file, JSON.stringify({ at: "2026-11-26T08:00:00Z", digest: "0123456789abcdef" }));
    expect(readMadePlan(file)).toMatchObject({ digest: "0123456789abcdef" });
    writeFileSync(file, JSON.stringify({ at: "heute", digest: "echo" }));
    expect(() => readMadePlan(file)).toThrow(/at: is no instant; digest: is no digest of a plan/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
