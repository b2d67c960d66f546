import type { ImpactRule } from "./rule.ts";

const key = "xenops:index:SshHostKey";
const release = "xenops:index:Release";
const command = "command:remote:Command";
const copy = "command:remote:CopyToRemote";

const calm = { level: "calm", outage: 0, window: false, impact: "changed in place" } as const;
const notice = { ...calm, level: "notice" } as const;
const roll = { resource: command, part: "apply" } as const;
const secrets = { resource: command, part: "secrets" } as const;

/** What is done on a machine: the farm's own provider, and the command provider 1.2. */
export const rolloutRules: readonly ImpactRule[] = [
  {
    ...calm,
    id: "key-new",
    resource: key,
    op: "create",
    impact: "host key pinned",
    why: "Learned once, over the way to the machine.",
  },
  {
    ...notice,
    id: "key-host",
    resource: key,
    op: "update",
    path: "*",
    impact: "host key looked up",
    why: "The machine has to show the same key where it is reached now.",
  },
  {
    ...notice,
    id: "key-replaced",
    resource: key,
    op: "replace",
    impact: "host key pinned anew",
    why: "Another machine has another key.",
  },
  {
    ...calm,
    id: "key-forgotten",
    resource: key,
    op: "delete",
    impact: "host key forgotten",
    why: "The state forgets it; nothing happens on the machine.",
  },
  {
    ...calm,
    id: "release-installed",
    resource: release,
    op: "create",
    impact: "release installed",
    why: "Nobody is served by the machine yet.",
  },
  {
    ...notice,
    id: "release-changed",
    resource: release,
    op: "update",
    path: "version",
    impact: "release changed",
    outage: "release",
    window: true,
    why: "Snapshot, site closed, data copied and migrated beside, checked, opened again; a failing step brings the old release back.",
  },
  {
    ...notice,
    id: "release-build",
    resource: release,
    op: "update",
    path: "build",
    impact: "release changed",
    outage: "release",
    window: true,
    why: "Another build is installed as another release is.",
  },
  {
    ...calm,
    id: "release-noted",
    resource: release,
    op: "update",
    path: "*",
    why: "How it is reached, checked or recorded; what is installed stays.",
  },
  {
    ...notice,
    id: "release-again",
    resource: release,
    op: "replace",
    impact: "release installed",
    outage: "release",
    window: true,
    why: "Another machine gets the installation.",
  },
  {
    ...calm,
    id: "release-forgotten",
    resource: release,
    op: "delete",
    impact: "release forgotten",
    why: "It goes with its machine; on a machine that stays nothing happens.",
  },
  {
    ...calm,
    ...roll,
    id: "settings-new",
    op: "create",
    impact: "settings applied",
    why: "The machine's first ones.",
  },
  {
    ...calm,
    ...roll,
    id: "settings-changed",
    op: "update",
    path: "*",
    impact: "settings applied",
    why: "As one step that can be taken back, without losing a request.",
  },
  {
    ...notice,
    ...roll,
    id: "settings-again",
    op: "replace",
    impact: "settings applied",
    why: "Another machine gets them.",
  },
  {
    ...calm,
    ...roll,
    id: "settings-left",
    op: "delete",
    impact: "settings left",
    why: "Nothing is done on the machine.",
  },
  {
    ...calm,
    ...secrets,
    id: "secrets-new",
    op: "create",
    impact: "secrets placed",
    why: "By standard input, which shows in no log.",
  },
  {
    ...notice,
    ...secrets,
    id: "secrets-changed",
    op: "update",
    path: "*",
    impact: "secrets placed",
    why: "By standard input, which shows in no log; the application reads them again.",
  },
  {
    ...notice,
    ...secrets,
    id: "secrets-again",
    op: "replace",
    impact: "secrets placed",
    why: "Another machine gets them.",
  },
  {
    ...notice,
    ...secrets,
    id: "secrets-left",
    op: "delete",
    impact: "secrets left",
    why: "Nothing is done on the machine.",
  },
  ...(["create", "update", "replace", "delete"] as const).map(
    (op): ImpactRule => ({
      ...calm,
      id: `bundle-${op}`,
      resource: copy,
      op,
      impact: "programs copied",
      why:
        op === "delete"
          ? "The copy stays on the machine."
          : "To a place of their own; they count with the settings that are applied after.",
    }),
  ),
];
