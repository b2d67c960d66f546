import { defineWindow } from "../model/window.ts";

export const window = defineWindow({
  id: "2026-09-15",
  kind: "maintenance",
  start: "2026-09-15T21:00:00+02:00",
  end: "2026-09-15T23:00:00+02:00",
  administrations: "all",
  reason: "Firmware der Storage-Controller",
  notice: { sentAt: "2026-09-04T10:15:00+02:00", evidence: "mail to all recipients, ticket 2026-0917" },
  expectedMinutes: 15,
});
