import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.7",
  build: "4170039",
  sha256: "6a53573d40aca5226affad6ed80e2ece71f227681be2f725983fe4034ef430bf",
  source: { file: "allrisnet-4.1.7.war" },
  generation: 4,
  minimumBaseImage: 2,
  published: "2026-06-04",
  expectedMinutes: 4,
});
