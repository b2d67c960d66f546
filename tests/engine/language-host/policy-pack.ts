import { join } from "node:path";
import { checkout } from "../../../lib/paths.ts";
import type { Project } from "./project.ts";

/**
 * A policy pack on the bare protocol: a Stash must not hold the stack's own word. Its entry is a .mts file,
 * which Node runs by itself; the SDK's runner has ts-node compile .ts files.
 */
const program = `
import { createRequire } from "node:module";
const require = createRequire(${JSON.stringify(join(checkout, "package.json"))});
const grpc = require("@grpc/grpc-js");
const services = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js");
const plugins = require("@pulumi/pulumi/proto/plugin_pb.js");
const empty = require("google-protobuf/google/protobuf/empty_pb.js");

const forbidden: string = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}")["small:forbidden"];
const names: string[] = Object.keys(services.AnalyzerService);
const missing = (_: unknown, answer: Function) => answer({ code: grpc.status.UNIMPLEMENTED, details: "not here" });
const level = messages.EnforcementLevel.MANDATORY;
const methods = Object.fromEntries(names.map((name): [string, Function] => [name, missing]));
methods["getPluginInfo"] = (_: unknown, answer: Function) => answer(null, new plugins.PluginInfo().setVersion("1.0.0"));
methods["configure"] = (_: unknown, answer: Function) => answer(null, new empty.Empty());
methods["cancel"] = methods["configure"];
methods["getAnalyzerInfo"] = (_: unknown, answer: Function) => {
  const policy = new messages.PolicyInfo().setName("no-forbidden-word").setEnforcementlevel(level);
  const info = new messages.AnalyzerInfo().setName("rules").setVersion("1.0.0").setPoliciesList([policy]);
  answer(null, info.setSupportsconfig(true));
};
methods["analyzeStack"] = (_: unknown, answer: Function) => answer(null, new messages.AnalyzeResponse());
methods["remediate"] = (_: unknown, answer: Function) => answer(null, new messages.RemediateResponse());
methods["analyze"] = (call: any, answer: Function) => {
  const response = new messages.AnalyzeResponse();
  const input = call.request.getProperties().toJavaScript().input;
  if (call.request.getType() === "pulumi:index:Stash" && input === forbidden) {
    const found = new messages.AnalyzeDiagnostic().setPolicyname("no-forbidden-word").setPolicypackname("rules");
    found.setPolicypackversion("1.0.0").setEnforcementlevel(level).setUrn(call.request.getUrn());
    response.addDiagnostics(found.setMessage("in stack " + process.env["PULUMI_NODEJS_STACK"] + " this word is forbidden"));
  }
  answer(null, response);
};
const server = new grpc.Server();
server.addService(services.AnalyzerService, methods);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_: unknown, port: number) => {
  console.log(port);
});
`;

/** Writes the pack into a folder of a project. */
export function writePolicyPack(project: Project, folder: string): void {
  project.write(
    `${folder}/PulumiPolicy.yaml`,
    "runtime: {name: nodejs, options: {typescript: false}}\ndescription: rules\n",
  );
  project.write(
    `${folder}/package.json`,
    JSON.stringify({ name: "rules", version: "1.0.0", type: "module", main: "main.mts" }),
  );
  project.write(`${folder}/main.mts`, program);
}
