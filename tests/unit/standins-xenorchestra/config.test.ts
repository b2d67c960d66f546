import { expect, test } from "vitest";
import { checkConfig, readSettings } from "../../../lab/standins/xenorchestra/config.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";

const token = { XOA_URL: "ws://127.0.0.1:1", XOA_TOKEN: "t" };

function problems(args: Properties, environment: Record<string, string> = {}): string[] {
  return checkConfig(args, environment).failures.map(({ property, reason }) => `${property} ${reason}`);
}

test("accepts the environment alone and keeps its token out of the stored arguments", () => {
  expect(checkConfig({}, token)).toEqual({ inputs: {}, failures: [] });
  expect(readSettings({}, token)).toMatchObject({
    url: "ws://127.0.0.1:1",
    credentials: { token: "t" },
    insecure: false,
    retry: true,
    retryMaxTime: 300_000,
    settleSeconds: 25,
  });
});

test("an argument goes before its variable, and the settle time comes from the environment", () => {
  const args = {
    url: "wss://xo",
    username: "u",
    password: "p",
    insecure: "true",
    retryMode: "none",
    retryMaxTime: "1.5s",
  };
  expect(problems(args)).toEqual([]);
  expect(readSettings(args, { XOA_URL: "ws://other", FARM_VM_SET_SETTLE_SECONDS: "0.2" })).toMatchObject({
    url: "wss://xo",
    credentials: { username: "u", password: "p" },
    insecure: true,
    retry: false,
    retryMaxTime: 1500,
    settleSeconds: 0.2,
  });
});

test.each<[string, Properties, RegExp]>([
  ["no address", { token: "t" }, /^url is required.*XOA_URL/],
  ["another protocol", { url: "https://xo", token: "t" }, /^url must begin with ws:\/\/ or wss:\/\//],
  [
    "no credentials",
    { url: "ws://xo" },
    /^username a token, or a user name with a password, is needed.*XOA_TOKEN/,
  ],
  ["no password", { url: "ws://xo", username: "u" }, /^password a token/],
  [
    "token and user",
    { url: "ws://xo", token: "t", username: "u", password: "p" },
    /^token conflicts with username and password/,
  ],
  [
    "a wrong retry mode",
    { url: "ws://xo", token: "t", retryMode: "often" },
    /^retryMode must be "backoff" or "none", got "often"/,
  ],
  [
    "a wrong duration",
    { url: "ws://xo", token: "t", retryMaxTime: "5 min" },
    /^retryMaxTime must be a number with a unit/,
  ],
  ["a wrong flag", { url: "ws://xo", token: "t", insecure: "yes" }, /^insecure must be true or false/],
  ["an unknown argument", { url: "ws://xo", token: "t", tokne: "x" }, /^tokne is not an argument/],
])("refuses %s", (_name, args, expected) => {
  expect(problems(args)).toEqual([expect.stringMatching(expected)]);
});

test("a settle time that is no number is refused by the name of its variable", () => {
  expect(() => readSettings({}, { ...token, FARM_VM_SET_SETTLE_SECONDS: "soon" })).toThrow(
    "FARM_VM_SET_SETTLE_SECONDS",
  );
});

test("arguments that are not known yet are no fault", () => {
  expect(problems({ url: Unknown.value, token: Unknown.value })).toEqual([]);
});
