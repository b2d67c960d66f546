import type { MailSettings } from "../mail-settings.ts";
import { signOfLife, windowAlerts } from "./alert.ts";
import { inhibitRules } from "./inhibit-rules.ts";
import { monitoringPaths } from "./prometheus.ts";
import type { Heartbeat, MonitoringSettings } from "./settings.ts";

const subject =
  '[{{ if eq .Status "firing" }}Alarm{{ else }}Entwarnung{{ end }}] {{ .GroupLabels.alertname }}{{ if .GroupLabels.tenant }} · {{ .GroupLabels.tenant }}{{ end }}';

// Local is Berlin's: the service's unit says so.
const text = `{{ range .Alerts }}{{ if eq .Status "firing" }}Alarm{{ else }}Entwarnung{{ end }}: {{ .Annotations.summary }}
{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .Annotations.runbook_url }}Vorgehen: {{ . }}
{{ end }}seit {{ .StartsAt.Local.Format "02.01.2006 15:04:05 MST" }}

{{ end }}`;

function heartbeatReceiver({ url, tokenVariable }: Heartbeat): object {
  const authorization = { type: "Bearer", credentials_file: monitoringPaths.heartbeatToken };
  return {
    name: "heartbeat",
    webhook_configs: [
      {
        url,
        send_resolved: false,
        ...(tokenVariable === undefined ? {} : { http_config: { authorization } }),
      },
    ],
  };
}

/**
 * Who hears of an alert, and how: one mail for each alert and administration. What is urgent is repeated each hour,
 * everything else once a day. What follows from an alert that is told already is not told.
 */
export function alertmanagerConfig(
  { recipients, heartbeat }: Pick<MonitoringSettings, "recipients" | "heartbeat">,
  mail: MailSettings,
): object {
  const { host, port, from, user, security, caFile } = mail;
  return {
    global: {
      smtp_smarthost: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      smtp_from: from,
      // At port 465 it begins under TLS whatever stands here.
      smtp_require_tls: security === "starttls",
      ...(user === undefined
        ? {}
        : { smtp_auth_username: user, smtp_auth_password_file: monitoringPaths.mailPassword }),
    },
    route: {
      receiver: "operators",
      group_by: ["alertname", "tenant"],
      // Targets of one site are asked at moments of their own within 15 s, and rules are looked at every 15 s: an outage is
      // noticed in two steps, and one mail tells both. Otherwise it may begin with the certificate alone.
      group_wait: "20s",
      group_interval: "1m",
      repeat_interval: "24h",
      routes: [
        // Sent anew each time that the group is looked at.
        {
          receiver: heartbeat === undefined ? "nobody" : "heartbeat",
          matchers: [`alertname="${signOfLife}"`],
          ...{ group_wait: "0s", group_interval: "1m", repeat_interval: "30s" },
        },
        { receiver: "nobody", matchers: [`alertname=~"${Object.values(windowAlerts).join("|")}"`] },
        { receiver: "operators", matchers: ['severity="critical"'], repeat_interval: "1h" },
      ],
    },
    inhibit_rules: inhibitRules(),
    receivers: [
      { name: "nobody" },
      ...(heartbeat === undefined ? [] : [heartbeatReceiver(heartbeat)]),
      {
        name: "operators",
        email_configs: recipients.map((to) => ({
          to,
          send_resolved: true,
          headers: { Subject: subject },
          html: "",
          ...(caFile === undefined ? {} : { tls_config: { ca_file: monitoringPaths.mailAuthorities } }),
          text,
        })),
      },
    ],
  };
}
