import type { remote } from "@pulumi/command/types/input.js";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Field } from "../kit/fields.ts";
import type { Context, Properties, Value } from "../kit/types.ts";
import { connect, type SshConnection, type SshServer } from "./connect.ts";
import { withPatience } from "./patience.ts";

const serverFields = {
  host: { type: "text", required: true },
  port: { type: "number", default: 22 },
  user: { type: "text", default: "root" },
  password: { type: "text" },
  privateKey: { type: "text" },
  privateKeyPassword: { type: "text" },
  agentSocketPath: { type: "text" },
  hostKey: { type: "text" },
  dialErrorLimit: { type: "number", default: 10 },
  perDialTimeout: { type: "number", default: 15 },
} satisfies Record<keyof remote.ProxyConnectionArgs, Field>;

/** A property `connection`, as `@pulumi/command` has it. */
export const connectionField: Field = {
  type: "object",
  required: true,
  fields: {
    ...serverFields,
    proxy: { type: "object", fields: serverFields },
  } satisfies Record<keyof remote.ConnectionArgs, Field>,
};

function optionalText(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function serverFrom(args: Properties): SshServer {
  return {
    host: String(args.host),
    port: Number(args.port ?? 22),
    user: String(args.user ?? "root"),
    hostKey: optionalText(args.hostKey),
    password: optionalText(args.password),
    privateKey: optionalText(args.privateKey),
    privateKeyPassword: optionalText(args.privateKeyPassword),
    agentSocket: optionalText(args.agentSocketPath),
    timeout: Number(args.perDialTimeout ?? 15) * 1000,
  };
}

/** Nobody could be reached, or got in, however often it was tried. */
export class DialFailed extends FarmError {}

/** The machine and the jump host before it that a `connection` names. */
export function serversOf(args: Properties): { server: SshServer; proxy: SshServer | undefined } {
  const proxy = args.proxy === undefined || args.proxy === null ? undefined : (args.proxy as Properties);
  return { server: serverFrom(args), proxy: proxy && serverFrom(proxy) };
}

/**
 * Connects, trying again after failures of any kind as the official command provider does: a wrong key as well.
 * @param args the property `connection`
 */
export async function dial(
  context: Pick<Context<unknown>, "signal">,
  args: Properties,
): Promise<SshConnection> {
  const { server, proxy } = serversOf(args);
  const limit = Number(args.dialErrorLimit ?? 10);
  let attempts = 0;
  const attempt = (): Promise<SshConnection> => {
    attempts++;
    return connect(server, proxy, context.signal);
  };
  const again = (failures: number): boolean => limit < 0 || failures <= limit;
  return withPatience(attempt, { again }, context.signal).catch((error: unknown) => {
    if (context.signal.aborted) throw error;
    throw new DialFailed(
      {
        what: `cannot connect to ${server.user}@${server.host}:${server.port} by ssh, ${attempts} attempts failed`,
        ...(proxy === undefined ? {} : { where: `through ${proxy.user}@${proxy.host}:${proxy.port}` }),
        why: messageOf(error),
        next: "check that the machine runs, that sshd answers, and that ssh-add -l shows the key",
      },
      { cause: error },
    );
  });
}
