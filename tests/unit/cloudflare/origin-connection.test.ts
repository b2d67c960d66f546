import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { readClientHello } from "../../../lab/cloudflare/edge/client-hello.ts";
import { connectOrigin } from "../../../lab/cloudflare/edge/origin.ts";

/** A server that stopped: the kernel takes two connections for it, and leaves the next ones without an answer. */
const stopped = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));
`;

test("an origin that does not answer is given up", async () => {
  const child = spawn(process.execPath, ["-e", stopped], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const port = Number(String(line));
  child.kill("SIGSTOP");
  const fillers: Socket[] = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, "connect")));
  const target = { address: "127.0.0.1", port, localAddress: "127.0.0.1", connectTimeout: 400 };
  await expect(connectOrigin(target)).rejects.toMatchObject({ status: 522 });
  for (const socket of fillers) socket.destroy();
  child.kill("SIGKILL");
});

test("a first message that comes in pieces is read when it is whole", () => {
  const name = Buffer.from("Www.Stadt.Example");
  const list = Buffer.concat([Buffer.from([0, name.length + 3, 0, 0, name.length]), name]);
  const extensions = Buffer.concat([Buffer.from([0, 43, 0, 1, 0, 0, 0, 0, list.length]), list]);
  const head = [Buffer.alloc(34, 3), Buffer.from([0, 0, 2, 0x13, 0x01, 1, 0, 0, extensions.length])];
  const message = Buffer.concat([...head, extensions]);
  const hello = Buffer.concat([Buffer.from([1, 0, 0, message.length]), message]);
  const record = Buffer.concat([Buffer.from([22, 3, 1, 0, hello.length]), hello]);
  for (let length = 0; length < record.length; length++) {
    expect(readClientHello(record.subarray(0, length))).toEqual({ state: "incomplete" });
  }
  expect(readClientHello(record)).toEqual({ state: "complete", serverName: "www.stadt.example" });
  expect(readClientHello(Buffer.from("GET / HTTP/1.1\r\n"))).toEqual({ state: "invalid" });
  record[10 + 33] = 255;
  expect(readClientHello(record)).toEqual({ state: "invalid" });
});
