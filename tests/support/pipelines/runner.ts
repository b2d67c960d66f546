import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../../../lib/run.ts";
import { act } from "./actions.ts";
import { type Context, expand, holds, type Status } from "./expressions.ts";
import type { Permissions } from "./github-api.ts";
import { needsOf, readWorkflow, type Workflow, type WorkflowJob, type WorkflowStep } from "./workflow.ts";

/** What set a workflow off. */
export interface WorkflowEvent {
  /** "pull_request", "push", "schedule", "workflow_dispatch" */
  readonly name: string;
  /** The commit that is checked out. */
  readonly sha: string;
  /** The event's own data, as GitHub sends it. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether the change comes from a fork: GitHub gives its run no secrets. @default false */
  readonly fromFork?: boolean;
}

/** The place that workflows run in. */
export interface RunnerOptions {
  /** A folder of the runner's own. */
  readonly folder: string;
  /** The bare repository. */
  readonly repository: string;
  /** "owner/name" */
  readonly name: string;
  readonly apiUrl: string;
  /** A token with these rights. */
  readonly token: (permissions: Permissions) => string;
  /** Secrets by environment. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly vars: Readonly<Record<string, string>>;
  /** What the runner's machine has in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** What became of a job. */
export interface JobResult {
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** What its steps printed, with their names. */
  readonly log: string;
  /** Names of the steps that ran. */
  readonly steps: readonly string[];
  /** What it wrote for the run's page. */
  readonly summary: string;
}

const skipped: JobResult = { result: "skipped", outputs: {}, log: "", steps: [], summary: "" };

/**
 * Runs workflow files of GitHub Actions, the files themselves: expressions by GitHub's own evaluator, scripts by bash
 * as GitHub's runner calls it, each job in a fresh checkout with a token of the job's own rights.
 */
export class WorkflowRunner {
  readonly #options: RunnerOptions;
  #runs = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a workflow to its end.
   * @param given results of jobs that are not run here, since something else does what they do
   */
  async run(
    file: string,
    event: WorkflowEvent,
    given: Readonly<Record<string, JobResult["result"]>> = {},
  ): Promise<Readonly<Record<string, JobResult>>> {
    const workflow = readWorkflow(file);
    if (workflow.defaults.run.shell !== "bash") throw new Error(`${file} names another shell`);
    if (!(event.name in workflow.on)) throw new Error(`${file} is not set off by ${event.name}`);
    const run = new Run(this.#options, workflow, event, ++this.#runs);
    return run.all(given);
  }
}

/** One run of a workflow. */
class Run {
  readonly #options: RunnerOptions;
  readonly #workflow: Workflow;
  readonly #event: WorkflowEvent;
  readonly #number: number;
  readonly #results: Record<string, JobResult> = {};

  constructor(options: RunnerOptions, workflow: Workflow, event: WorkflowEvent, number: number) {
    this.#options = options;
    this.#workflow = workflow;
    this.#event = event;
    this.#number = number;
  }

  async all(
    given: Readonly<Record<string, JobResult["result"]>>,
  ): Promise<Readonly<Record<string, JobResult>>> {
    const waiting = Object.entries(this.#workflow.jobs);
    while (waiting.length > 0) {
      const next = waiting.findIndex(([, job]) => needsOf(job).every((need) => need in this.#results));
      const [found] = waiting.splice(next, next === -1 ? 0 : 1);
      if (found === undefined) throw new Error("Jobs wait for each other");
      const [id, job] = found;
      const result = given[id];
      this.#results[id] = result === undefined ? await this.#job(job) : { ...skipped, result };
    }
    return this.#results;
  }

  async #job(job: WorkflowJob): Promise<JobResult> {
    const needs = Object.fromEntries(needsOf(job).map((id) => [id, this.#results[id] ?? skipped])) as Record<
      string,
      JobResult
    >;
    const ends = Object.values(needs).map(({ result }) => result);
    const status = {
      success: ends.every((end) => end === "success"),
      failure: ends.includes("failure"),
    };
    const permissions = job.permissions ?? this.#workflow.permissions ?? {};
    const github = this.#github(this.#options.token(permissions));
    const { vars } = this.#options;
    const inputs = github.event["inputs"] ?? {};
    if (!holds(job.if, { github, needs, vars, inputs }, status)) return skipped;
    const secrets = this.#event.fromFork ? {} : (this.#options.secrets[job.environment ?? ""] ?? {});
    const context: Context = { github, needs, vars, inputs, secrets, runner: { os: "Linux" } };
    return new Job(job, context, this.#variables(job, context), this.#place()).steps();
  }

  /** Variables of the workflow and of the job, in this order; later ones may name earlier ones. */
  #variables(job: WorkflowJob, context: Context): Record<string, string> {
    const all: Record<string, string> = {};
    for (const [name, value] of [this.#workflow.env, job.env].flatMap((env) => Object.entries(env ?? {})))
      all[name] = expand(value, { ...context, env: all });
    return all;
  }

  #github(token: string) {
    const { name, apiUrl } = this.#options;
    return {
      token,
      event: this.#event.payload,
      event_name: this.#event.name,
      sha: this.#event.sha,
      repository: name,
      api_url: apiUrl,
      server_url: "https://github.com",
      run_id: String(this.#number),
    };
  }

  #place(): JobPlace {
    const { folder, repository, env } = this.#options;
    return {
      // One after the other, as on a runner of one's own: each finds the place where it always is.
      workspace: join(folder, "work"),
      files: join(folder, "files"),
      artifacts: join(folder, `artifacts-${this.#number}`),
      repository,
      env,
      commit: this.#event.sha,
    };
  }
}

interface JobPlace {
  readonly workspace: string;
  readonly files: string;
  readonly artifacts: string;
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  readonly commit: string;
}

/** One job of a run. */
class Job {
  readonly #job: WorkflowJob;
  readonly #context: Context;
  readonly #env: Record<string, string>;
  readonly #place: JobPlace;
  readonly #steps: Record<string, { outputs: Record<string, string>; conclusion: string }> = {};
  readonly #names: string[] = [];
  #failed = false;
  #log = "";

  constructor(job: WorkflowJob, context: Context, env: Record<string, string>, place: JobPlace) {
    this.#job = job;
    this.#context = context;
    this.#env = env;
    this.#place = place;
  }

  async steps(): Promise<JobResult> {
    const { workspace, files } = this.#place;
    for (const folder of [workspace, files]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
    const summary = join(files, "summary");
    writeFileSync(summary, "");
    for (const step of this.#job.steps) await this.#step(step, summary);
    const outputs = Object.fromEntries(
      Object.entries(this.#job.outputs ?? {}).map(([name, text]) => [name, expand(text, this.#all())]),
    );
    return {
      result: this.#failed ? "failure" : "success",
      outputs,
      log: this.#log,
      steps: this.#names,
      summary: readFileSync(summary, "utf8"),
    };
  }

  #all(): Context {
    return { ...this.#context, env: this.#env, steps: this.#steps };
  }

  async #step(step: WorkflowStep, summary: string): Promise<void> {
    const status: Status = { success: !this.#failed, failure: this.#failed };
    if (!holds(step.if, this.#all(), status)) return;
    const name = step.name ?? step.uses ?? step.run ?? "";
    this.#names.push(name);
    this.#log += `== ${name}\n`;
    const output = join(this.#place.files, "output");
    const added = join(this.#place.files, "env");
    for (const file of [output, added]) writeFileSync(file, "");
    const good = await this.#carryOut(step, {
      GITHUB_OUTPUT: output,
      GITHUB_ENV: added,
      GITHUB_STEP_SUMMARY: summary,
    });
    Object.assign(this.#env, linesOf(added));
    if (!good) this.#failed = true;
    if (step.id !== undefined)
      this.#steps[step.id] = { outputs: linesOf(output), conclusion: good ? "success" : "failure" };
  }

  async #carryOut(step: WorkflowStep, files: Readonly<Record<string, string>>): Promise<boolean> {
    if (step.uses !== undefined) {
      const inputs = Object.entries(step.with ?? {}).map(([key, value]) => [
        key,
        expand(String(value), this.#all()),
      ]);
      try {
        await act(step.uses, this.#place, Object.fromEntries(inputs) as Record<string, string>);
        return true;
      } catch (error) {
        this.#log += `${String(error)}\n`;
        return false;
      }
    }
    const own = Object.entries(step.env ?? {}).map(([key, value]) => [key, expand(value, this.#all())]);
    const script = join(this.#place.files, "script.sh");
    writeFileSync(script, expand(step.run ?? "", this.#all()));
    const { token, event_name, sha, repository, api_url, server_url, run_id } = this.#context[
      "github"
    ] as Record<string, string>;
    void token; // A step has it only where the workflow hands it over.
    const environment = {
      ...this.#place.env,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: event_name,
      GITHUB_SHA: sha,
      GITHUB_REPOSITORY: repository,
      GITHUB_API_URL: api_url,
      GITHUB_SERVER_URL: server_url,
      GITHUB_RUN_ID: run_id,
      ...files,
      ...this.#env,
      ...(Object.fromEntries(own) as Record<string, string>),
    };
    // What "shell: bash" means, which all our workflows say.
    const args = ["--noprofile", "--norc", "-eo", "pipefail", script];
    const { code, stdout, stderr } = await tryRun("bash", args, { cwd: this.#place.workspace, environment });
    this.#log += `${stdout}${stderr}`;
    return code === 0;
  }
}

/** Lines "name=value" that a step left. */
function linesOf(file: string): Record<string, string> {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
