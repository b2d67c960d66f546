/** What a new machine must know to be reachable, and nothing more: any user of XO can read it. */
export interface FirstBoot {
  /** The administration's id; becomes the host name. */
  readonly id: string;
  readonly domain: string;
  /** The operators' account. */
  readonly user: string;
  /** Public keys that may use it. */
  readonly authorizedKeys: readonly string[];
}

/** The address of a new machine. */
export interface FirstNetwork {
  readonly address: string;
  /** Prefix length of its network. */
  readonly prefix: number;
  readonly gateway: string;
  readonly nameservers: readonly string[];
  /** Second address with its network. @default - IPv4 only */
  readonly six?: { readonly address: string; readonly prefix: number; readonly gateway: string };
}

/** JSON is YAML, and a quoted string is safe whatever it holds. */
const quoted = (text: string): string => JSON.stringify(text);

/**
 * cloud-init's user-data. The host key is made on the machine at its first boot and kept for good, also when
 * a power cut makes cloud-init begin again: the template holds no key that would have to be deleted. Its
 * public half is read over ssh, so nothing secret ever travels here.
 */
export function userData(boot: FirstBoot): string {
  return `#cloud-config
hostname: ${quoted(boot.id)}
fqdn: ${quoted(boot.domain)}
prefer_fqdn_over_hostname: false
manage_etc_hosts: true
ssh_pwauth: false
disable_root: true
ssh_deletekeys: false
ssh_genkeytypes: ["ed25519"]
users:
  - name: ${quoted(boot.user)}
    gecos: "operators of the farm"
    shell: "/bin/bash"
    lock_passwd: true
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    ssh_authorized_keys:
${boot.authorizedKeys.map((key) => `      - ${quoted(key)}`).join("\n")}
`;
}

/**
 * cloud-init's network configuration, version 2. The first card of a guest of XenServer is enX0. Debian 12's
 * cloud-init 22.4 knows neither a pattern for the name nor the word "default" for a route.
 */
export function networkConfig({ address, prefix, gateway, nameservers, six }: FirstNetwork): string {
  const addresses = [`${address}/${prefix}`, ...(six ? [`${six.address}/${six.prefix}`] : [])];
  const routes = [["0.0.0.0/0", gateway], ...(six ? [["::/0", six.gateway]] : [])];
  return `version: 2
ethernets:
  enX0:
    dhcp4: false
    dhcp6: false
    addresses: [${addresses.map(quoted).join(", ")}]
    routes:
${routes.map(([to = "", via = ""]) => `      - {to: ${quoted(to)}, via: ${quoted(via)}}`).join("\n")}
    nameservers: {addresses: [${nameservers.map(quoted).join(", ")}]}
`;
}
