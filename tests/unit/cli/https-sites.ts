import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Route } from "../../../cli/visit.ts";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";

/** Sites over HTTPS by their names, behind a proxy that alone knows where they are, as the lab's are. */
export class HttpsSites {
  readonly route: Route;
  readonly #close: () => void;

  private constructor(route: Route, close: () => void) {
    this.route = route;
    this.#close = close;
  }

  /**
   * @param answers whether the site of this name answers now; one that does not has its connection cut
   * @param page what an address shows; undefined is not found. @default - every one the same
   */
  static async start(
    names: readonly string[],
    answers: (name: string) => boolean,
    page: (name: string, path: string) => string | undefined = () => "here",
  ): Promise<HttpsSites> {
    const root = mkdtempSync(join(tmpdir(), "farm-sites-"));
    const folder = join(root, "certificate");
    await issueCustomerCertificate({ folder, names, days: 3, authorities: join(root, "ca"), roots: root });
    const read = (file: string): Buffer => readFileSync(join(folder, file));
    const site = createServer({ cert: read("chain.pem"), key: read("key.pem") }, (request, response) => {
      const body = page(request.headers.host ?? "", request.url ?? "");
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    const port = await listen(site);
    const proxy = createProxy().on("connect", (request, socket) => {
      socket.on("error", () => {});
      if (!answers(String(request.url).split(":")[0] ?? "")) {
        socket.destroy();
        return;
      }
      const onward = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    const route = {
      proxy: `http://127.0.0.1:${await listen(proxy)}`,
      authorities: [readFileSync(join(root, "customer-ca.pem"), "utf8")],
    };
    return new HttpsSites(route, () => {
      for (const server of [site, proxy]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(root, { recursive: true });
    });
  }

  close(): void {
    this.#close();
  }
}

async function listen(server: Pick<Server, "listen" | "address">): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
