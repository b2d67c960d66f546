import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { writeFileAtomic } from "../../../lib/atomic-file.ts";
import { withLock } from "../../../lib/lock.ts";
import { cacheFolder } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

/** GitHub's own description of its REST interface. Unpacked the package has 400 MB, of which one file is needed. */
const source = {
  package: "@octokit/openapi@23.0.2",
  integrity:
    "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
  file: "package/generated/api.github.com.json",
};

/** What pipelines use of it; all else is left out, which makes 1 MB of 13. */
export const paths = {
  comment: "/repos/{owner}/{repo}/issues/comments/{comment_id}",
  comments: "/repos/{owner}/{repo}/issues/{issue_number}/comments",
  issue: "/repos/{owner}/{repo}/issues/{issue_number}",
  issues: "/repos/{owner}/{repo}/issues",
  pulls: "/repos/{owner}/{repo}/commits/{commit_sha}/pulls",
} as const;

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Answer {
  readonly content?: {
    readonly "application/json"?: {
      readonly schema: Schema;
      readonly examples?: Readonly<Record<string, { readonly value?: unknown; readonly $ref?: string }>>;
    };
  };
}

interface Operation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: { readonly "application/json": { readonly schema: Schema } };
  };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The published shape of GitHub's REST interface. */
export class GitHubSpec {
  readonly #document: Document;
  readonly #ajv: Ajv;
  readonly #checks = new Map<string, ValidateFunction>();

  private constructor(document: Document) {
    this.#document = document;
    // The description is no plain JSON schema: "example", "nullable" and the like stand in it.
    this.#ajv = new Ajv({ strict: false, validateSchema: false, coerceTypes: false, allErrors: true });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, "github");
  }

  static async load(): Promise<GitHubSpec> {
    return new GitHubSpec(JSON.parse(readFileSync(await ensureFile(), "utf8")) as Document);
  }

  /** What is wrong with a request to an operation; nothing for one as published. */
  requestProblems(
    method: string,
    path: string,
    request: {
      readonly path: Record<string, string>;
      readonly query: URLSearchParams;
      readonly body: unknown;
    },
  ): string[] {
    const operation = this.#operation(method, path);
    const parameters = (operation.parameters ?? []).map((one) =>
      "$ref" in one ? (this.#resolve(one.$ref) as Parameter) : one,
    );
    const problems = [...request.query.keys()]
      .filter((name) => !parameters.some((one) => one.in === "query" && one.name === name))
      .map((name) => `there is no query parameter ${name}`);
    for (const { name, in: place, schema } of parameters) {
      const text = place === "path" ? request.path[name] : (request.query.get(name) ?? undefined);
      if (text === undefined) continue;
      const value = schema.type === "integer" ? Number(text) : text;
      problems.push(...this.#problems(schema, value).map((problem) => `parameter ${name}: ${problem}`));
    }
    const { requestBody } = operation;
    if (requestBody === undefined)
      return request.body === undefined ? problems : [...problems, "no body is read"];
    if (request.body === undefined)
      return requestBody.required ? [...problems, "the body is missing"] : problems;
    const { schema } = requestBody.content["application/json"];
    // The description allows more; a field that it does not name would be dropped without a word.
    const unknown = Object.keys(Object(request.body)).filter((key) => !(key in (schema.properties ?? {})));
    return [
      ...problems,
      ...unknown.map((key) => `body: there is no ${key}`),
      ...this.#problems(schema, request.body).map((problem) => `body${problem}`),
    ];
  }

  /** @throws Error when an answer of the stand-in is none that GitHub would give */
  requireAnswer(method: string, path: string, status: number, body: unknown): void {
    const schema = this.#operation(method, path).responses[status]?.content?.["application/json"]?.schema;
    if (schema === undefined) throw new Error(`${method} ${path} is not published with the status ${status}`);
    const problems = this.#problems(schema, body);
    if (problems.length > 0) throw new Error(`${method} ${path} does not answer so: ${problems.join("; ")}`);
  }

  /** The published example of an answer. */
  example(method: string, path: string, status: number): unknown {
    const answer = this.#operation(method, path).responses[status]?.content?.["application/json"];
    const [example] = Object.values(answer?.examples ?? {});
    if (example === undefined) throw new Error(`${method} ${path} has no example`);
    const { value } = (example.$ref ? this.#resolve(example.$ref) : example) as { readonly value?: unknown };
    return structuredClone(value);
  }

  #operation(method: string, path: string): Operation {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${path} is not published`);
    return operation;
  }

  #resolve(reference: string): unknown {
    return reference
      .replace(/^#\//, "")
      .split("/")
      .reduce<unknown>((at, key) => Reflect.get(Object(at), key), this.#document);
  }

  #problems(schema: Schema, value: unknown): string[] {
    const key = JSON.stringify(schema);
    let check = this.#checks.get(key);
    if (check === undefined) {
      check = this.#ajv.compile(JSON.parse(key.replaceAll('"#/', '"github#/')) as object);
      this.#checks.set(key, check);
    }
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
  }
}

/** The file in the cache of all checkouts; brought by npm once, and only as the one that was looked at. */
async function ensureFile(): Promise<string> {
  const wanted = createHash("sha256")
    .update(JSON.stringify([source, paths]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `github-api-${wanted}`);
  const file = join(folder, "api.github.com.json");
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  return withLock(`${folder}.lock`, { onWait: () => {}, doing: "brings GitHub's description" }, async () => {
    if (existsSync(file)) return file;
    const packed = await run("npm", ["pack", source.package, "--silent", "--pack-destination", folder]);
    const archive = join(folder, packed.trim());
    const sum = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (sum !== source.integrity) throw new Error(`${source.package} is another file: ${sum}`);
    const whole = await run("tar", ["-xOzf", archive, source.file]);
    writeFileAtomic(file, JSON.stringify(reduced(JSON.parse(whole, nullAllowed) as Document)));
    rmSync(archive);
    return file;
  });
}

/** "nullable" beside no "type" is no JSON schema: there it says that null will do as well. */
function nullAllowed(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("nullable" in value) || "type" in value) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { enum: [null] }] } : schema;
}

/** The operations that are used, and all that they refer to. */
function reduced(whole: Document): Document {
  const used: Record<string, Record<string, unknown>> = {};
  const take = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const reference = "$ref" in value && typeof value.$ref === "string" ? value.$ref : "";
    const [, kind = "", name = ""] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(reference) ?? [];
    if (kind !== "" && used[kind]?.[name] === undefined) {
      const found = whole.components[kind]?.[name];
      used[kind] = { ...used[kind], [name]: found };
      take(found);
    }
    for (const item of Object.values(value)) take(item);
  };
  const own = Object.fromEntries(Object.values(paths).map((path) => [path, whole.paths[path] ?? {}]));
  take(own);
  return { paths: own, components: used };
}
