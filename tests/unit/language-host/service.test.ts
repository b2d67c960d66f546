import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import { collect, Folder, Host, programInfo, writeRunner } from "./host.ts";

let host: Host;
let tools: Folder;
let folder: Folder;
beforeAll(async () => {
  tools = new Folder();
  tools.write(
    "npm",
    `#!/bin/sh\nif [ "$1" = --version ]; then echo 99.1.0; exit; fi\necho "npm $*" in "$PWD"; echo grumble >&2; [ ! -e fail ]\n`,
    0o755,
  );
  host = await Host.start([], { PATH: `${tools.path}:/usr/bin:/bin` });
});
afterAll(async () => {
  await host.stop();
  tools.remove();
});
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

test("--version prints the SDK's version", async () => {
  const wrapper = join(checkout, "toolchain/language-host/pulumi-language-nodejs");
  expect(await tryRun(wrapper, ["--version"])).toMatchObject({ code: 0, stdout: "3.259.0\n" });
});

test("it is of the SDK's version, and takes the engine's address from Handshake", async () => {
  const info = await host.call(host.client.getPluginInfo, new empty.Empty());
  expect(info.getVersion()).toBe("3.259.0");
  writeRunner(folder, "run", "console.log(process.argv.join(' '))");
  const run = new messages.RunRequest().setInfo(programInfo(folder.path)).setMonitorAddress("127.0.0.1:2");
  expect((await host.run(run)).getError()).toContain("Handshake comes before Run");
  await host.call(
    host.client.handshake,
    new messages.LanguageHandshakeRequest().setEngineAddress("127.0.0.1:3"),
  );
  expect((await host.run(run)).getError()).toBe("");
  expect(host.stdout).toContain("--engine=127.0.0.1:3");
});

test("required packages are the providers in node_modules", async () => {
  const request = new messages.GetRequiredPackagesRequest().setInfo(programInfo(checkout));
  const response = await host.call(host.client.getRequiredPackages, request);
  const found = response
    .getPackagesList()
    .map((one) => [one.getName(), one.getKind(), one.getVersion()].join(" "));
  expect(found).toEqual(
    expect.arrayContaining(["xenorchestra resource v2.4.0", "cloudflare resource v6.22.1"]),
  );
});

test("packages are installed with npm, whose words come as they are", async () => {
  const request = new messages.InstallDependenciesRequest().setInfo(
    programInfo(folder.path, { production: true }),
  );
  const answers = await collect(host.client.installDependencies(request));
  const stdout = answers.map((answer) => Buffer.from(answer.getStdout_asU8()).toString()).join("");
  const stderr = answers.map((answer) => Buffer.from(answer.getStderr_asU8()).toString()).join("");
  expect(stdout).toBe(
    `Installing dependencies...\n\nnpm install --loglevel=error --production in ${folder.path}\nFinished installing dependencies\n\n`,
  );
  expect(stderr).toBe("grumble\n");
});

test("an installation that fails says so", async () => {
  folder.write("fail", "");
  const request = new messages.InstallDependenciesRequest().setInfo(programInfo(folder.path));
  await expect(collect(host.client.installDependencies(request))).rejects.toThrow(
    "npm install --loglevel=error failed: exit code 1",
  );
  const missing = new messages.InstallDependenciesRequest().setInfo(
    programInfo(folder.path, { packagemanager: "yarn" }),
  );
  await expect(collect(host.client.installDependencies(missing))).rejects.toThrow("yarn cannot be started");
});

test("about: this Node, the package manager, TypeScript where it is installed", async () => {
  folder.write("node_modules/typescript/package.json", { name: "typescript", version: "5.0.1" });
  const request = new messages.AboutRequest().setInfo(programInfo(folder.path));
  const about = await host.call(host.client.about, request);
  expect(about.getExecutable()).toBe(join(checkout, "node_modules/node/bin/node"));
  expect(about.getVersion()).toMatch(/^v24\./);
  expect(Object.fromEntries(about.getMetadataMap().toArray())).toEqual({
    packagemanager: "npm",
    packagemanagerVersion: "99.1.0",
    typescriptVersion: "5.0.1",
  });
});

test("dependencies come from what is installed", async () => {
  folder.write("package.json", { dependencies: { a: "1" } });
  folder.write("node_modules/a/package.json", { name: "a", version: "1.0.1" });
  const request = new messages.GetProgramDependenciesRequest().setInfo(programInfo(folder.path));
  const response = await host.call(host.client.getProgramDependencies, request);
  expect(response.toObject().dependenciesList).toEqual([{ name: "a", version: "1.0.1" }]);
});

test("a new project is asked for its package manager, once", async () => {
  const ask = (options: Record<string, string>) =>
    host.call(
      host.client.runtimeOptionsPrompts,
      new messages.RuntimeOptionsRequest().setInfo(programInfo(folder.path, options)),
    );
  const [prompt] = (await ask({})).getPromptsList();
  expect(prompt?.getKey()).toBe("packagemanager");
  expect(prompt?.getDefault()?.getStringvalue()).toBe("npm");
  expect(prompt?.getChoicesList().map((choice) => choice.getDisplayname())[0]).toBe("npm");
  expect(prompt?.getChoicesList().map((choice) => choice.getDisplayname())).toContain("yarn [not found]");
  expect((await ask({ packagemanager: "npm" })).getPromptsList()).toEqual([]);
  const template = new messages.TemplateRequest().setInfo(programInfo(folder.path));
  expect((await host.call(host.client.template, template)).toObject()).toEqual({});
});

test("what this host does not do it answers with a sentence", async () => {
  const { client } = host;
  const calls = [
    host.call(client.getRequiredPlugins, new messages.GetRequiredPluginsRequest()),
    host.call(client.generateProgram, new messages.GenerateProgramRequest()),
    host.call(client.generateProject, new messages.GenerateProjectRequest()),
    host.call(client.generatePackage, new messages.GeneratePackageRequest()),
    host.call(client.pack, new messages.PackRequest()),
    host.call(client.link, new messages.LinkRequest()),
  ];
  // All are waited for at once: a later one may be answered before the first.
  const errors = await Promise.all(
    calls.map((call) =>
      call.then(
        () => undefined,
        (thrown: { code: number; details: string }) => thrown,
      ),
    ),
  );
  for (const error of errors) {
    expect(error?.code).toBe(status.UNIMPLEMENTED);
    expect(error?.details.length).toBeGreaterThan(20);
  }
});
