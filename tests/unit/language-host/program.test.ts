import messages from "@pulumi/pulumi/proto/language_pb.js";
import { expect, test } from "vitest";
import { argumentsOf, configurationOf, resultOf } from "../../../toolchain/language-host/program.ts";
import { programInfo } from "./host.ts";

test("configuration has the form that every SDK reads", () => {
  const pairs = [
    ["project:name", "a"],
    ["cloudflare:config:apiToken", "b"],
  ] as const;
  expect(configurationOf(pairs)).toEqual({ "project:config:name": "a", "cloudflare:config:apiToken": "b" });
});

test.each(["name", "a:b:c", "a:config:b:c"])("%s is no configuration key", (key) => {
  expect(() => configurationOf([[key, "secret value"]])).toThrow(`${key} is no configuration key`);
});

test("the runner's command line", () => {
  const request = new messages.RunRequest()
    .setMonitorAddress("127.0.0.1:2")
    .setProject("p")
    .setStack("s")
    .setOrganization("o")
    .setParallel(8)
    .setDryrun(true)
    .setArgsList(["one", "--two"])
    .setInfo(programInfo("/somewhere/with blank"));
  const host = { engineAddress: "127.0.0.1:1", tracing: "" };
  expect(argumentsOf(request, host)).toEqual([
    "--monitor=127.0.0.1:2",
    "--engine=127.0.0.1:1",
    "--organization=o",
    "--project=p",
    "--root-directory=/somewhere/with blank",
    "--stack=s",
    "--pwd=/somewhere/with blank",
    "--parallel=8",
    "--dry-run",
    ".",
    "one",
    "--two",
  ]);
  request.setDryrun(false);
  expect(argumentsOf(request, { ...host, tracing: "http://t" })).toContain("--tracing=http://t");
  expect(argumentsOf(request, host)).not.toContain("--dry-run");
});

test.each([
  [{ code: 0, signal: undefined }, "", { error: "", bail: false }],
  [{ code: 32, signal: undefined }, "", { error: "", bail: true }],
  [{ code: 7, signal: undefined }, "", { error: "Program exited with non-zero exit code: 7", bail: false }],
  [
    { code: undefined, signal: "SIGKILL" as const },
    "",
    { error: "Program was ended by signal SIGKILL", bail: false },
  ],
])("the end %j", (ending, words, result) => {
  expect(resultOf(ending, words)).toEqual(result);
});

test("a lack of memory is named with the remedy", () => {
  const { error } = resultOf({ code: undefined, signal: "SIGABRT" }, "a\n<--- Last few GCs --->\nb");
  expect(error).toContain("SIGABRT. It probably ran out of memory");
  expect(error).toContain("--max-old-space-size");
});
