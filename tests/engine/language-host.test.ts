import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { writePolicyPack } from "./language-host/policy-pack.ts";
import { Project, prepareEngine, waitUntilGone } from "./language-host/project.ts";

let project: Project | undefined;
beforeAll(async () => {
  await prepareEngine();
});
afterEach(() => {
  project?.remove();
  project = undefined;
});

async function create(...args: Parameters<typeof Project.create>): Promise<Project> {
  project = await Project.create(...args);
  return project;
}

const greeting = `
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

interface GreetingArgs { readonly who: pulumi.Input<string> }

class Greeting extends pulumi.ComponentResource {
  readonly text: pulumi.Output<string>;
  constructor(name: string, args: GreetingArgs, options?: pulumi.ComponentResourceOptions) {
    super("small:index:Greeting", name, {}, options);
    const stash = new pulumi.Stash(name + "-stash", { input: args.who }, { parent: this });
    this.text = pulumi.interpolate\`hello \${stash.output}\`;
    this.registerOutputs({ text: this.text });
  }
}

const config = new pulumi.Config();
await sleep(10);
console.log("a line of the program");
console.error("an error line of the program");
export const text = new Greeting("one", { who: config.require("who") }).text;
export const password = config.requireSecret("password");
export const place = [process.cwd(), pulumi.getStack(), pulumi.getProject(), pulumi.runtime.isDryRun()].join(" ");
export const node = process.version;
`;

describe("a program of ES modules in TypeScript, without any compiler", () => {
  test("its configuration, secrets, component and outputs go through preview and up", async () => {
    const { must, pulumi, folder } = bound(await create(greeting));
    await must("config", "set", "who", "world");
    await must("config", "set", "--secret", "password", "geheim");
    const preview = await must("preview");
    expect(preview).toContain("a line of the program");
    expect(preview).toContain("an error line of the program");
    expect(preview).toContain("small:index:Greeting one create");
    expect(preview).not.toContain("geheim");
    await must("up", "--yes", "--skip-preview");
    const outputs = JSON.parse(await must("stack", "output", "--json", "--show-secrets")) as Record<
      string,
      string
    >;
    expect(outputs).toMatchObject({
      text: "hello world",
      password: "geheim",
      place: `${folder} dev small false`,
    });
    expect(outputs.node).toMatch(/^v24\./);
    expect(await must("stack", "export")).not.toContain("geheim");
    expect((await pulumi("preview", "--expect-no-changes")).stdout).toContain("3 unchanged");
    await must("config", "set", "who", "moon");
    expect((await pulumi("preview", "--expect-no-changes")).code).not.toBe(0);
  });

  test("it runs with typescript: true as well", async () => {
    const { must } = bound(await create(greeting, "", true));
    await must("config", "set", "who", "world");
    await must("config", "set", "--secret", "password", "geheim");
    expect(await must("preview")).toContain('text    : "hello world"');
  });

  test("pulumi about tells the Node that runs it", async () => {
    const { must } = bound(await create("export const nothing = 1;"));
    expect(await must("about")).toMatch(
      /This project is written in nodejs: executable='.*node' version='v24\./,
    );
  });
});

/** The methods of a project, to be used without it. */
function bound(one: Project) {
  return { must: one.must.bind(one), pulumi: one.pulumi.bind(one), folder: one.folder };
}

describe("a program that goes wrong", () => {
  test("an error is shown with its stack, once, and fails the run", async () => {
    const { pulumi } = bound(
      await create(`function deep(): never { throw new Error("broken here"); }\ndeep();\nexport {};\n`),
    );
    const { code, stdout } = await pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    const diagnostics = stdout.slice(stdout.indexOf("Diagnostics:"));
    expect(diagnostics).toMatch(
      /index\.ts' failed with an unhandled exception:\s+Error: broken here\s+at deep .*index\.ts:1:32/,
    );
    expect(diagnostics.match(/broken here/g)).toHaveLength(1);
    expect(diagnostics).not.toContain("non-zero exit code");
  });

  test("an exit code of its own is named", async () => {
    const { pulumi } = bound(await create("process.exit(7);"));
    const { code, stdout } = await pulumi("preview");
    expect(code).not.toBe(0);
    expect(stdout).toContain("Program exited with non-zero exit code: 7");
  });

  test("a rejection that nobody handles fails the run", async () => {
    const { pulumi } = bound(await create(`void Promise.reject(new Error("nobody waits for this"));`));
    const { code, stdout } = await pulumi("preview");
    expect(code).not.toBe(0);
    expect(stdout).toContain("nobody waits for this");
  });

  test("a beforeCreate hook that throws stops its resource with its message, the others are made", async () => {
    const { must, pulumi } = bound(
      await create(`
        import * as pulumi from "@pulumi/pulumi";
        const guard = new pulumi.ResourceHook("no-orphan", async ({ name }) => {
          if (name === "second") throw new Error("one with the same tag is there already");
        });
        for (const name of ["first", "second", "third"]) {
          new pulumi.Stash(name, { input: name }, { hooks: { beforeCreate: [guard] } });
        }
      `),
    );
    const { code, stdout } = await pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout).toMatch(
      /pulumi:index:Stash \(second\):\s+error: before hook "no-orphan" failed: one with the same tag is there already/,
    );
    const state = JSON.parse(await must("stack", "export")) as {
      deployment: { resources: { urn: string }[] };
    };
    const stashes = state.deployment.resources.map(({ urn }) => urn).filter((urn) => urn.includes("Stash"));
    expect(stashes.map((urn) => urn.split("::").at(-1)).toSorted()).toEqual(["first", "third"]);
  });
});

describe("nothing is left behind", () => {
  const endless = `
    import { spawn } from "node:child_process";
    import { renameSync, writeFileSync } from "node:fs";
    const child = spawn("sleep", ["100"], { stdio: "ignore" });
    writeFileSync("pids.part", [process.pid, process.ppid, child.pid].join(" "));
    renameSync("pids.part", "pids");
    await new Promise((resolve) => setTimeout(resolve, 100_000));
  `;

  test.each([
    { signal: "SIGINT", key: "Ctrl-C" },
    { signal: "SIGKILL", key: "kill -9" },
  ] as const)("$key ends language host, program and what the program started", async ({ signal }) => {
    const own = await create(endless);
    const engine = own.start("preview");
    const ended = new Promise((resolve) => engine.once("exit", resolve));
    const pids = (await own.waitForFile("pids")).split(" ").map(Number);
    expect(pids).toHaveLength(3);
    engine.kill(signal);
    await ended;
    await waitUntilGone(pids);
  });
});

describe("plug-ins that are written for Node", () => {
  test("a policy pack gets the stack's configuration, and its mandatory rules stop the run", async () => {
    const own = await create(`
      import * as pulumi from "@pulumi/pulumi";
      new pulumi.Stash("s", { input: new pulumi.Config().require("word") });
    `);
    writePolicyPack(own, "rules");
    await own.must("config", "set", "forbidden", "bad");
    await own.must("config", "set", "word", "good");
    expect(await own.must("preview", "--policy-pack", "rules")).toContain("rules@v1.0.0");
    await own.must("config", "set", "word", "bad");
    const { code, stdout } = await own.pulumi("preview", "--policy-pack", "rules");
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/\[mandatory\]\s+no-forbidden-word\s+\(pulumi:index:Stash: s\)/);
    expect(stdout).toContain("in stack dev this word is forbidden");
  });

  test("a component provider runs from its folder", async () => {
    const own = await create(
      `
      import * as pulumi from "@pulumi/pulumi";
      class Hello extends pulumi.ComponentResource {
        declare readonly text: pulumi.Output<string>;
        constructor(name: string, args: object) {
          super("hello:index:Hello", name, { ...args, text: undefined }, {}, true);
        }
      }
      export const text = new Hello("one", { who: "world" }).text;
      `,
      "plugins: {providers: [{name: hello, path: ./hello}]}\n",
    );
    own.write("hello/PulumiPlugin.yaml", "runtime: {name: nodejs, options: {typescript: false}}\n");
    own.write(
      "hello/package.json",
      JSON.stringify({ name: "hello", version: "1.0.0", type: "module", main: "index.ts" }),
    );
    own.write(
      "hello/index.ts",
      `
      import * as pulumi from "@pulumi/pulumi";
      export interface HelloArgs { who: pulumi.Input<string> }
      export class Hello extends pulumi.ComponentResource {
        public readonly text: pulumi.Output<string>;
        constructor(name: string, args: HelloArgs, options?: pulumi.ComponentResourceOptions) {
          super("hello:index:Hello", name, args, options);
          this.text = pulumi.interpolate\`hello \${args.who} from afar\`;
          this.registerOutputs({ text: this.text });
        }
      }
      `,
    );
    expect(await own.must("preview")).toContain('text: "hello world from afar"');
  });
});
