import { afterEach, expect, test } from "vitest";
import { ApiRefusal } from "../../../lab/standins/cloudflare/api.ts";
import { checkConfig } from "../../../lab/standins/cloudflare/config.ts";
import { cloudflare } from "../../../lab/standins/cloudflare/provider.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { token } from "./bench.ts";
import { Front } from "./front.ts";

const { signal } = new AbortController();
let front: Front | undefined;
afterEach(async () => {
  await front?.stop();
  front = undefined;
});

async function connect(args: Properties = { apiToken: token }, environment: Record<string, string> = {}) {
  front = await Front.start("http://127.0.0.1:9");
  return { front, api: cloudflare(environment).configure({ baseUrl: `${front.url}/client/v4/`, ...args }) };
}

const success = JSON.stringify({ success: true, errors: [], messages: [], result: { id: "1" } });

test("sends every credential that is set, also from the environment", async () => {
  const { front, api } = await connect(
    { apiKey: "a".repeat(40), email: "a@b.example" },
    { CLOUDFLARE_API_TOKEN: token },
  );
  front.answerNext(200, success);
  expect(await api.call("get", "/zones/1", signal)).toEqual({ id: "1" });
  expect(front.calls[0]).toMatchObject({
    path: "/client/v4/zones/1",
    headers: {
      authorization: `Bearer ${token}`,
      "x-auth-key": "a".repeat(40),
      "x-auth-email": "a@b.example",
    },
  });
});

test("a refusal shows call, status and the raw answer, and is not tried again", async () => {
  const { front, api } = await connect();
  const body =
    '{ "success": false, "errors": [{"code": 9109, "message": "Invalid access token"}], "result": null }';
  front.answerNext(403, body);
  const error = await api
    .call("patch", "/zones/1", signal, { paused: true })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiRefusal);
  expect((error as ApiRefusal).message).toBe(`PATCH "${front.url}/client/v4/zones/1": 403 Forbidden ${body}`);
  expect(front.calls).toHaveLength(1);
  expect((error as ApiRefusal).message).not.toContain(token);
});

test("is patient with a busy API as it asks for, unless it says that there is no use", async () => {
  const { front, api } = await connect();
  front.answerNext(429, "{}", { "retry-after-ms": "10" });
  front.answerNext(500, "{}", { "retry-after-ms": "10" });
  front.answerNext(200, success);
  expect(await api.call("get", "/zones/1", signal)).toEqual({ id: "1" });
  expect(front.calls).toHaveLength(3);
  front.answerNext(500, "{}", { "x-should-retry": "false" });
  await expect(api.call("get", "/zones/1", signal)).rejects.toThrow("500 Internal Server Error {}");
  expect(front.calls).toHaveLength(4);
});

test("an explicit null goes over the wire", async () => {
  const { front, api } = await connect();
  front.answerNext(200, success);
  await api.call("put", "/zones/1/dns_records/2", signal, { comment: null });
  expect(front.calls[0]?.body).toEqual({ comment: null });
});

test.each<[string, Properties, Record<string, string>, string[]]>([
  ["the environment alone", {}, { CLOUDFLARE_API_TOKEN: token }, []],
  ["arguments alone", { apiToken: token, baseUrl: "http://127.0.0.1:1/client/v4" }, {}, []],
  ["unknown arguments of a preview", { apiToken: Unknown.value, baseUrl: Unknown.value }, {}, []],
  ["nothing", {}, {}, ["apiToken"]],
  ["a short token", { apiToken: "short" }, {}, ["apiToken"]],
  ["a key without an address", { apiKey: "a".repeat(40) }, {}, ["email"]],
  ["a wrong address of the API", { apiToken: token, baseUrl: "127.0.0.1" }, {}, ["baseUrl"]],
  ["an argument that does not exist", { apiToken: token, acountId: "1" }, {}, ["acountId"]],
])("the configuration with %s", (_name, args, environment, expected) => {
  const { inputs, failures } = checkConfig(args, environment);
  expect(failures.map(({ property }) => property)).toEqual(expected);
  expect(inputs).toEqual(args);
  expect(JSON.stringify(failures)).not.toContain(token);
});
