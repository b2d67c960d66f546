import { createReadStream, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";

/*
 * node main.ts ADDRESS FOLDER: serves the files of a folder over HTTP, and nothing else. What apt gets is signed.
 */

const [address = "", folder = ""] = process.argv.slice(2);

createServer((request, response) => {
  const path = normalize(URL.parse(request.url ?? "", "http://lab")?.pathname ?? "/");
  if (request.method !== "GET" && request.method !== "HEAD") answer(response, 405);
  else send(response, join(folder, path), request.method === "HEAD");
}).listen(80, address);

function send(response: ServerResponse, file: string, headOnly: boolean): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) {
    answer(response, 404);
    return;
  }
  response.writeHead(200, {
    "content-length": status.size,
    "last-modified": status.mtime.toUTCString(),
    "content-type": "application/octet-stream",
  });
  if (headOnly) response.end();
  else createReadStream(file).pipe(response);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}
