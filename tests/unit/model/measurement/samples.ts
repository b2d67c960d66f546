const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH0c1vyR9w3GmF0E3n4nS1J2y1c5wq3V9u9mC8b0b5aK";

/** Two probers as the stack settings name them, with what differs. */
export function measurement(differs: object = {}): object {
  return {
    probers: [
      { name: "rand-1", failureDomain: "Brandabschnitt 1", host: "198.18.0.31", hostKey },
      { name: "rand-2", failureDomain: "Brandabschnitt 2", host: "198.18.0.32", hostKey },
    ],
    ...differs,
  };
}
