import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages, { type ProgramInfo, type RuntimeOptionPrompt } from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { aboutRuntime, programDependencies } from "./about.ts";
import type { Children } from "./children.ts";
import { choosePackageManager, installPackages, packageManagerChoices } from "./package-manager.ts";
import { installedPackages, type Parameterization, providerPackages, sdkConflict } from "./packages.ts";
import { runPlugin } from "./plugin.ts";
import { runProgram } from "./program.ts";
import { streaming, Unimplemented, unary } from "./rpc.ts";
import { parseRuntimeOptions, type RuntimeOptions } from "./runtime-options.ts";
import { sdkVersion } from "./sdk.ts";

/** What the service is made of. */
export interface HostOptions {
  /** @default "" - Handshake says it */
  readonly engineAddress: string;
  /** @default "" - no tracing */
  readonly tracing: string;
  readonly children: Children;
}

function optionsOf(info: ProgramInfo | undefined): RuntimeOptions {
  return parseRuntimeOptions(info?.getOptions()?.toJavaScript() ?? {});
}

function folderOf(info: ProgramInfo | undefined): string {
  return info?.getProgramDirectory() ?? "";
}

function parameterizationOf(
  given: Parameterization | undefined,
): plugins.PackageParameterization | undefined {
  if (given === undefined) return undefined;
  const message = new plugins.PackageParameterization();
  message.setName(given.name).setVersion(given.version).setValue(given.value);
  return message;
}

function requiredPackages(folder: string): plugins.PackageDependency[] {
  const packages = installedPackages(folder);
  const conflict = sdkConflict(packages);
  if (conflict !== undefined) process.stderr.write(conflict);
  return providerPackages(packages).map((provider) =>
    new plugins.PackageDependency()
      .setName(provider.name)
      .setKind("resource")
      .setVersion(provider.version)
      .setServer(provider.server)
      .setParameterization(parameterizationOf(provider.parameterization))
      .setExtension$(parameterizationOf(provider.extension)),
  );
}

function packageManagerPrompt(): RuntimeOptionPrompt {
  const type = messages.RuntimeOptionPrompt.RuntimeOptionType.STRING;
  const value = (name: string, shown = ""): RuntimeOptionPrompt.RuntimeOptionValue =>
    new messages.RuntimeOptionPrompt.RuntimeOptionValue()
      .setPrompttype(type)
      .setStringvalue(name)
      .setDisplayname(shown);
  return new messages.RuntimeOptionPrompt()
    .setKey("packagemanager")
    .setDescription("The package manager to use for installing dependencies")
    .setPrompttype(type)
    .setChoicesList(
      packageManagerChoices().map(({ name, installed }) =>
        value(name, installed ? name : `${name} [not found]`),
      ),
    )
    .setDefault(value("npm"));
}

function notHere<Request, Response>(sentence: string) {
  return unary<Request, Response>(() => {
    throw new Unimplemented(sentence);
  });
}

const generation =
  "this host runs programs and plug-ins; code is generated with the language host of the official installation";

/** The methods that the engine calls on a language host. */
export function languageRuntime(options: HostOptions): ILanguageRuntimeServer {
  const { children } = options;
  let engineAddress = options.engineAddress;
  // Once the engine has said Cancel it wants no program to go on, nor another to start.
  const cancelled = new AbortController();
  const either = (gone: AbortSignal): AbortSignal => AbortSignal.any([gone, cancelled.signal]);
  return {
    handshake: unary((request) => {
      engineAddress = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(sdkVersion())),
    getRequiredPackages: unary((request) =>
      new messages.GetRequiredPackagesResponse().setPackagesList(
        requiredPackages(folderOf(request.getInfo())),
      ),
    ),
    getRequiredPlugins: notHere("GetRequiredPackages has taken the place of GetRequiredPlugins"),
    run: unary(async (request, gone) => {
      const host = { engineAddress, tracing: options.tracing, children };
      const { error, bail } = await runProgram(request, host, either(gone));
      return new messages.RunResponse().setError(error).setBail(bail);
    }),
    runPlugin: streaming((request, send, gone) => {
      const output = {
        stdout: (chunk: Uint8Array) => send(new messages.RunPluginResponse().setStdout(chunk)),
        stderr: (chunk: Uint8Array) => send(new messages.RunPluginResponse().setStderr(chunk)),
      };
      return runPlugin(request, children, output, gone);
    }),
    installDependencies: streaming((request, send, gone) => {
      const output = {
        stdout: (chunk: Uint8Array) => send(new messages.InstallDependenciesResponse().setStdout(chunk)),
        stderr: (chunk: Uint8Array) => send(new messages.InstallDependenciesResponse().setStderr(chunk)),
      };
      const info = request.getInfo();
      return installPackages(folderOf(info), optionsOf(info), children, output, either(gone));
    }),
    runtimeOptionsPrompts: unary((request) => {
      const given = request.getInfo()?.getOptions()?.toJavaScript() ?? {};
      const prompts = "packagemanager" in given ? [] : [packageManagerPrompt()];
      return new messages.RuntimeOptionsResponse().setPromptsList(prompts);
    }),
    template: unary((request) => {
      optionsOf(request.getInfo());
      return new messages.TemplateResponse();
    }),
    about: unary(async (request) => {
      const info = request.getInfo();
      const manager = choosePackageManager(optionsOf(info), folderOf(info));
      const about = await aboutRuntime(manager, folderOf(info));
      const response = new messages.AboutResponse().setExecutable(about.executable).setVersion(about.version);
      for (const [key, value] of Object.entries(about.metadata)) response.getMetadataMap().set(key, value);
      return response;
    }),
    getProgramDependencies: unary((request) => {
      const found = programDependencies(folderOf(request.getInfo()), request.getTransitivedependencies());
      return new messages.GetProgramDependenciesResponse().setDependenciesList(
        found.map(({ name, version }) => new messages.DependencyInfo().setName(name).setVersion(version)),
      );
    }),
    generateProgram: notHere(generation),
    generateProject: notHere(generation),
    generatePackage: notHere(generation),
    pack: notHere(generation),
    link: notHere(generation),
    cancel: unary(() => {
      cancelled.abort();
      return new empty.Empty();
    }),
  };
}
