import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.8",
  build: "4180012",
  sha256: "4db20609fc44e3c503d6f73b127f9e186ff3857bb69a2bf9c8b35d987cd52336",
  source: { file: "allrisnet-4.1.8.war" },
  generation: 4,
  minimumBaseImage: 2,
  published: "2026-09-28",
  expectedMinutes: 4,
  parameters: {
    renamed: { "citizens.search.maxResults": "bi.search.limit" },
    removed: ["citizens.feeds.rss"],
    added: ["citizens.modules.livestream"],
  },
});
