import { defineRelease } from "../model/allrisnet/release.ts";

export const release = defineRelease({
  version: "4.1.8",
  build: "4180012",
  sha256: "ad23b6c0c9d6c494e0a1077ab4cab4039080f671ddb59ae74f5161b62a05f5a5",
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
