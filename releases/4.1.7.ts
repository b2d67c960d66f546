import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.7",
  build: "4170039",
  sha256: "71022a1258e9707f534c6880997b11f97b9128439c8507c5d09255fe60812e21",
  source: { file: "allrisnet-4.1.7.war" },
  generation: 4,
  minimumBaseImage: 2,
  published: "2026-06-04",
  expectedMinutes: 4,
});
