import { once } from "node:events";
import { createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { forwardTo } from "../../../lab/gateway/forward.ts";
import { type Lookup, makeProxy } from "../../../lab/gateway/proxy.ts";

const open: Server[] = [];

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return (server.address() as AddressInfo).port;
}

/** Sends back what it gets; whoever hangs up is no concern of it. */
function makeEcho(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
}

const lookup: Lookup = async (name) => {
  if (name === "known.example") return "127.0.0.1";
  throw new Error(`the lab's DNS has no address for ${name}`);
};

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** Opens a tunnel and sends a text through it; returns all that comes back. */
async function tunnel(proxy: number, target: string, text: string): Promise<string> {
  const socket = connect(proxy, "127.0.0.1");
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  let got = "";
  socket.on("data", (bytes) => {
    const first = got === "";
    got += bytes.toString();
    if (first && got.includes(" 200 ")) socket.end(text);
  });
  await once(socket, "close");
  return got;
}

describe("the gateway", () => {
  test("forwards both directions, and the end of one side to the other", async () => {
    const echo = await listen(makeEcho());
    const port = await listen(forwardTo("127.0.0.1", echo));
    const socket = connect(port, "127.0.0.1");
    socket.end("hello");
    const chunks: Buffer[] = [];
    socket.on("data", (bytes) => chunks.push(bytes));
    await once(socket, "close");
    expect(Buffer.concat(chunks).toString()).toBe("hello");
  });

  test("a target that is not there closes the client's connection", async () => {
    const gone = createServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const socket = connect(await listen(forwardTo("127.0.0.1", port)), "127.0.0.1");
    await once(socket, "close");
    expect(socket.bytesRead).toBe(0);
  });

  test("CONNECT goes to the name's address in the lab", async () => {
    const echo = await listen(makeEcho());
    const proxy = await listen(makeProxy(lookup));
    const answer = await tunnel(proxy, `known.example:${echo}`, "through");
    expect(answer).toBe("HTTP/1.1 200 Connection established\r\n\r\nthrough");
  });

  test("a name that the lab does not know is a 502 with a sentence", async () => {
    const proxy = await listen(makeProxy(lookup));
    const answer = await tunnel(proxy, "other.example:443", "");
    expect(answer).toContain("HTTP/1.1 502 ");
    expect(answer).toContain("the lab's DNS has no address for other.example");
  });

  test("requests in absolute form keep method, path, host and body; others are refused", async () => {
    const site = await listen(
      createHttpServer((incoming, response) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (bytes: Buffer) => chunks.push(bytes));
        incoming.on("end", () => {
          const body = Buffer.concat(chunks).toString();
          response.end(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${body}`);
        });
      }),
    );
    const proxy = await listen(makeProxy(lookup));
    const ask = async (path: string): Promise<{ status: number | undefined; body: string }> => {
      const sent = request({ host: "127.0.0.1", port: proxy, method: "POST", path, agent: false });
      sent.end("body");
      const [answer] = await once(sent, "response");
      let body = "";
      for await (const chunk of answer) body += String(chunk);
      return { status: answer.statusCode, body };
    };
    expect(await ask(`http://known.example:${site}/a?b=c`)).toEqual({
      status: 200,
      body: `POST /a?b=c known.example:${site} body`,
    });
    expect((await ask("/a")).status).toBe(400);
    expect((await ask("http://other.example/")).status).toBe(502);
  });
});
