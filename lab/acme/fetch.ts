import { readFileSync } from "node:fs";
import { get } from "node:https";

/*
 * node fetch.ts URL CA-FILE: prints what is there, or fails. A program of its own, because a process cannot
 * change into another network namespace for one request.
 */

const [url = "", caFile = ""] = process.argv.slice(2);

const request = get(url, { ca: readFileSync(caFile), timeout: 5000 }, (response) => {
  if (response.statusCode !== 200) {
    process.stderr.write(`${url} answers ${response.statusCode}\n`);
    process.exitCode = 1;
  }
  response.pipe(process.stdout);
});
request.on("timeout", () => request.destroy(new Error(`${url} does not answer`)));
request.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
