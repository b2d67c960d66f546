import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.9",
  build: "4190003",
  sha256: "60a543788d43d75e2ef56eba2d0dc089c9204b8e6cd940ba59c076e289ac8b85",
  source: { file: "allrisnet-4.1.9.war" },
  generation: 4,
  minimumBaseImage: 2,
  published: "2026-11-16",
  expectedMinutes: 4,
});
