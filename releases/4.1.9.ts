import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.9",
  build: "4190003",
  sha256: "e37503bd369a2439f5775867be2ceb91125a1468adf3a2e93d7c013ab787fc4d",
  source: { file: "allrisnet-4.1.9.war" },
  generation: 4,
  minimumBaseImage: 2,
  published: "2026-11-16",
  expectedMinutes: 4,
});
