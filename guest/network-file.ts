/** Where a machine answers in one pool's network. */
export interface MachineNetwork {
  readonly address: string;
  /** Prefix length of the network. */
  readonly prefix: number;
  readonly gateway: string;
  readonly nameservers: readonly string[];
  /** Second address with its network. @default - IPv4 only */
  readonly six?: { readonly address: string; readonly prefix: number; readonly gateway: string };
}

/**
 * The farm's own network file. networkd takes the first by name that fits a card, so it stands before the one that
 * cloud-init wrote at the first boot. Once it is there it stays: that one has the address of the first pool of all.
 */
export const networkFile = "/etc/systemd/network/05-farm.network";

/** Number of the routing table for what is sent from the second address. */
const table = 4711;

/** The card's own address alone. */
export function oneAddress(network: MachineNetwork): string {
  return [...head(network), ...routes(network), ""].join("\n");
}

/**
 * Both addresses at once: what is asked at the second one is answered by that network's router. Whichever of the two
 * networks the card hangs on, the machine can be reached at the address that belongs there.
 * @param network where it is now: all it sends by itself goes there
 */
export function bothAddresses(network: MachineNetwork, second: MachineNetwork): string {
  return [
    ...head(network),
    "",
    "[Address]",
    // Alone, without its network: neighbours over there are not to be looked for here.
    `Address=${second.address}/32`,
    ...routes(network),
    ...route(second.gateway),
    "GatewayOnLink=yes",
    `Table=${table}`,
    "",
    "[RoutingPolicyRule]",
    `From=${second.address}`,
    `Table=${table}`,
    "",
  ].join("\n");
}

function head({ address, prefix, nameservers, six }: MachineNetwork): string[] {
  return [
    "# Written by the farm when the machine moved to another pool.",
    "[Match]",
    "Name=enX0",
    "",
    "[Network]",
    "DHCP=no",
    `Address=${address}/${prefix}`,
    ...(six ? [`Address=${six.address}/${six.prefix}`] : []),
    ...nameservers.map((server) => `DNS=${server}`),
  ];
}

function routes({ gateway, six }: MachineNetwork): string[] {
  return [...route(gateway), ...(six ? route(six.gateway) : [])];
}

function route(gateway: string): string[] {
  return ["", "[Route]", `Gateway=${gateway}`];
}

/**
 * The command that lets a machine answer at these addresses from now on and after each boot.
 * @param text the network file
 */
export function applyNetwork(text: string, expected: readonly string[]): string {
  const write =
    `printf %s ${Buffer.from(`${text.trimEnd()}\n`).toString("base64")} | base64 -d >${networkFile}.new && ` +
    `chmod 644 ${networkFile}.new && mv ${networkFile}.new ${networkFile}`;
  const steps = [
    "set -eu",
    // Another renderer of cloud-init would know nothing of this file.
    'networkctl list --no-legend enX0 | grep -qE " (configured|configuring)" || { echo "its card enX0 is not the business of systemd-networkd"; exit 3; }',
    write,
    "networkctl reload",
    `for n in $(seq 100); do all=$(ip -o -4 address show dev enX0); missing=; for a in ${expected.join(" ")}; do case "$all" in *" $a/"*) ;; *) missing=$a ;; esac; done; [ -z "$missing" ] && exit 0; sleep 0.1; done`,
    'echo "it does not take the address $missing"; exit 4',
  ];
  return `sudo -n sh -c '${steps.join("\n")}'`;
}
