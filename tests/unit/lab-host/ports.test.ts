import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { labPlaces, readLab, tryReadLab, writeLab } from "../../../lab/lab-file.ts";
import { startDaemon, stopDaemon, tryRunning, waitForDaemon } from "../../../lab/services/daemon.ts";
import { openPort } from "../../../lab/services/ports.ts";
import { FarmError } from "../../../lib/farm-error.ts";

describe("ports on the loopback", () => {
  test("a wanted port is taken when it is free, else another", async () => {
    const first = await openPort();
    const second = await openPort(first.port);
    expect(second.port).not.toBe(first.port);
    for (const { server } of [first, second]) await new Promise((resolve) => server.close(resolve));
    const again = await openPort(first.port);
    expect(again.port).toBe(first.port);
    again.server.close();
  });
});

describe("daemons", () => {
  const folder = mkdtempSync(join(tmpdir(), "daemon-"));
  const places = { ...labPlaces(folder), run: folder };

  test("a daemon serves on the socket that it was handed, in a session of its own, and ends when it is told to", async () => {
    const { port, server } = await openPort();
    const script = `require("node:net").createServer((s) => s.end(process.env.FARM_HOME)).listen({ fd: 3 })`;
    const record = await startDaemon(places, {
      name: "greeter",
      command: [process.execPath, "-e", script],
      sockets: [server],
      inside: false,
    });
    await waitForDaemon(
      places,
      "greeter",
      record,
      async () => tryRunning(places, "greeter")?.pid === record.pid,
    );
    const socket = connect(port, "127.0.0.1");
    const [bytes] = (await once(socket, "data")) as [Buffer];
    expect(bytes.toString()).toBe(folder);
    // Field 6 of stat is the session: its own number.
    const stat = readFileSync(`/proc/${record.pid}/stat`, "utf8");
    expect(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]).toBe(String(record.pid));
    await stopDaemon(places, "greeter");
    expect(tryRunning(places, "greeter")).toBeUndefined();
  });

  test("one that dies while starting is reported with the end of its log", async () => {
    const command = [process.execPath, "-e", "console.error('no such thing'); process.exit(3)"] as const;
    const starting = (async () => {
      const record = await startDaemon(places, { name: "broken", command, inside: false });
      await waitForDaemon(places, "broken", record, async () => false);
    })();
    await expect(starting).rejects.toThrow(
      /broken of the lab ended while it was starting[\s\S]*no such thing/,
    );
  });

  test("one that never answers is given up", async () => {
    const record = await startDaemon(places, { name: "silent", command: ["sleep", "60"], inside: false });
    await expect(waitForDaemon(places, "silent", record, async () => false, 100)).rejects.toThrow(
      /does not answer after 0.1 s/,
    );
    await stopDaemon(places, "silent", 100);
  });

  test("a program that is not there is an error, and its socket is closed", async () => {
    const { server } = await openPort();
    const starting = startDaemon(places, {
      name: "none",
      command: ["/nonexistent"],
      sockets: [server],
      inside: false,
    });
    await expect(starting).rejects.toThrow("ENOENT");
    expect(server.listening).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

describe("the lab file", () => {
  test("it is read as it was written; a damaged or missing one says what to do", () => {
    const places = labPlaces(mkdtempSync(join(tmpdir(), "lab-file-")));
    expect(tryReadLab(places)).toBeUndefined();
    expect(() => readLab(places)).toThrow(/never been started[\s\S]*\.\/farm lab up/);
    const lab = {
      version: 1,
      namespace: places.namespace,
      xo: { url: "ws://127.0.0.1:1", statusPage: "http://127.0.0.1:1/" },
      cloudflare: { baseUrl: "http://127.0.0.1:2/client/v4" },
      jump: { host: "127.0.0.1", port: 3, user: "jump", hostKey: "ssh-ed25519 AAAA" },
      quarantine: { host: "127.0.0.1", port: 5, user: "jump", hostKey: "ssh-ed25519 BBBB" },
      proxy: "http://127.0.0.1:4",
      acme: { directory: "https://198.18.0.14:14000/dir", caFile: "/ca.pem" },
      roots: { folder: places.roots },
    } as const;
    writeLab(places, lab);
    expect(readLab(places)).toEqual(lab);
    writeFileSync(places.labFile, "{");
    expect(() => readLab(places)).toThrow(FarmError);
    rmSync(places.farm, { recursive: true });
  });

  test("two folders have different names on the machine", () => {
    expect(labPlaces("/a/.farm").namespace).not.toBe(labPlaces("/b/.farm").namespace);
    expect(labPlaces("/a/.farm").namespace).toMatch(/^farm-[0-9a-f]{8}$/);
  });
});
